"""What can go wrong between a judged cube and its signal.

CatalogError
├── InvalidStac        an item or collection does not keep to STAC; nothing was published
├── WrongItem          a description was handed in for another revision than the claimed one
├── NotPublished       an item is to be retracted that is not in the catalogue
├── NoCatalogue        pgstac is wanted, and the ledger's database has none
├── Contended          another publisher was in the way, again and again; nothing was published
├── Unaccepted         pgstac refuses what it was given
├── BadQuery           a search asks for something that has no meaning
└── NotAnEvent         a message is no CloudEvent as Inlet sends it
"""


class CatalogError(Exception):
    """The catalogue could not do what was asked."""


class InvalidStac(CatalogError):
    """An item or collection does not keep to STAC; nothing was published."""


class WrongItem(CatalogError):
    """A description was handed in for another revision than the claimed one."""


class NotPublished(CatalogError):
    """An item is to be retracted that is not in the catalogue."""


class NoCatalogue(CatalogError):
    """pgstac is wanted, and the ledger's database has none."""


class Contended(CatalogError):
    """Another publisher was in the way; nothing was published, and it may be tried again."""


class Unaccepted(CatalogError):
    """pgstac refuses what it was given; nothing was published."""


class BadQuery(CatalogError):
    """A search asks for something that has no meaning; the message says how to write it."""


class NotAnEvent(CatalogError):
    """A message is no CloudEvent as Inlet sends it."""
