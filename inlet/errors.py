"""What the composition root may answer a person with.

InletError
├── PortfolioBroken     a portfolio file cannot be used; file, line and remedy are named
├── UnknownCollection   no collection of that name is in the portfolio
├── Incomplete          a census found gaps that have to be mended
└── SandboxSilent       the sandbox's process did not answer in time
"""


class InletError(Exception):
    """Something was asked of Inlet that it cannot do."""


class PortfolioBroken(InletError):
    """A portfolio file cannot be used; file, line and remedy are named."""


class UnknownCollection(InletError):
    """No collection of that name is in the portfolio."""


class Incomplete(InletError):
    """A census found gaps that have to be mended."""


class SandboxSilent(InletError):
    """The sandbox's process did not answer in time."""
