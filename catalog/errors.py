"""What can go wrong between a judged cube and its signal.

CatalogError
├── InvalidStac        an item or collection does not keep to STAC; nothing was published
├── WrongItem          a description was handed in for another revision than the claimed one
├── BadQuery           a search asks for something that has no meaning
└── NotAnEvent         a message is no CloudEvent as Inlet sends it
"""


class CatalogError(Exception):
    """The catalogue could not do what was asked."""


class InvalidStac(CatalogError):
    """An item or collection does not keep to STAC; nothing was published."""


class WrongItem(CatalogError):
    """A description was handed in for another revision than the claimed one."""


class BadQuery(CatalogError):
    """A search asks for something that has no meaning; the message says how to write it."""


class NotAnEvent(CatalogError):
    """A message is no CloudEvent as Inlet sends it."""
