"""What to do about each thing that can go wrong in a probe, in words."""

from collections.abc import Mapping

from harvesters import errors
from harvesters.errors import HarvestError

_OFTEN = "try again later; if it stays so, ask the provider"
_CREDENTIALS = (
    "name the right credential (`--credential apikey=NAME`, and NAME in the environment or a "
    "connection of Airflow), and check at the provider that it may see this collection"
)
_TELL = "tell the provider; until it is mended nothing of this can be harvested"
_ORDER = (
    "look at what the order asks for in the collection's `queries`; the provider's words say why"
)

UNFORESEEN = (
    "compare the provider's `eodag` block with one that EODAG ships: something in it is missing, "
    "or of another kind; if it is right, tell those who keep Inlet"
)
"""What to do where EODAG or another library stumbles over what it was given."""

REMEDIES: Mapping[type[HarvestError], str] = {
    errors.HarvestError: _OFTEN,
    errors.NotNow: _OFTEN,
    errors.ProviderUnreachable: "check the URL, and whether this machine may reach it",
    errors.ProviderRefused: _CREDENTIALS,
    errors.NotHonoured: "ask for a window alone, or for what the reason names",
    errors.RateLimited: "write `quotas` into the provider's file, and try again later",
    errors.CircuitOpen: _OFTEN,
    errors.OrderUnanswered: _OFTEN,
    errors.Vanished: "the provider's link leads nowhere: check the URL or the collection's name",
    errors.BrokenPaging: "write `sorts: false`, or a smaller `page_size`; else tell the provider",
    errors.TornTransfer: "the provider breaks downloads off: try again, then tell the provider",
    errors.WrongChecksum: _TELL,
    errors.ConflictingPromises: _TELL,
    errors.DoubtfulBytes: _TELL,
    errors.PageInstead: (
        "something else came than was asked for: check the URL, then whether one must sign in"
    ),
    errors.EncodedBody: _TELL,
    errors.NoRoom: "make room on this machine's disk",
    errors.SlowTransfer: "try again when the provider is less busy, or choose a nearer one",
    errors.ActFirst: "the reason says what to change",
    errors.Misconfigured: "correct the provider's or the collection's file as the reason says",
    errors.MissingVariable: (
        "set the variable, or keep it as the password of the Airflow connection inlet_<name>"
    ),
    errors.QuotaSpent: "wait for the next month, or raise `quotas: bytes_per_month`",
    errors.RequestRefused: "look at the collection's name and `queries`; the reason is theirs",
    errors.OrderLost: _ORDER,
    errors.OrderFailed: _ORDER,
    errors.OrderOverdue: "try again later; orders of this provider take long",
    errors.ForbiddenTarget: "nothing is fetched from there; the reason says what could be changed",
    errors.TooLarge: "the sample is larger than a probe takes: choose smaller items, or `assets`",
    errors.BadBytes: _TELL,
    errors.BadNotice: _TELL,
    errors.NotAProduct: "choose what is data by the source's `assets`, or tell the provider",
    errors.UnsafeArchive: _TELL,
}


def of(error: BaseException) -> str:
    """Return what to do about an error."""
    known = (REMEDIES[kind] for kind in type(error).__mro__ if kind in REMEDIES)
    return next(known, "")


def of_reason(reason: str) -> str:
    """Return what to do about the reason that the ledger keeps, which begins with its error."""
    name = reason.partition(":")[0]
    kinds = {kind.__name__: told for kind, told in REMEDIES.items()}
    return kinds.get(name, "")
