"""The protocol families: what each harvests here, and what cannot be shown to it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lake.nouns import Window
from sandbox.kinds import FAMILIES as ROOMS
from sandbox.kinds import KINDS, LISTS, Stage
from tests.faults.strikes import RANGES

_FEBRUARY = datetime(2024, 2, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Family:
    """One way to speak with providers: a collection of this portfolio, and the room it asks."""

    name: str
    room: str
    collection: str
    days: int
    takes_orders: bool

    @property
    def window(self) -> Window:
        return Window(_FEBRUARY, _FEBRUARY + timedelta(days=self.days))

    @property
    def count(self) -> int:
        """Return how many products the sandbox has in the window."""
        return self.days * (1 if self.takes_orders or self.collection in _LARGE.values() else 4)

    @property
    def one_item(self) -> Window:
        """Return a window that holds one product."""
        lasting = timedelta(days=1) if self.takes_orders else timedelta(hours=6)
        return Window(_FEBRUARY, _FEBRUARY + lasting)

    def with_large_products(self) -> "Family":
        """Return this family where products are larger than the overlap of a resumed transfer.

        It is the same family where none are, or where all are.
        """
        if self.name not in _LARGE:
            return self
        return Family(self.name, self.room, _LARGE[self.name], 4, takes_orders=False)


_LARGE = {"stac": "stac-large", "odata": "odata-large", "hda": "hda-large"}
_SMALL_ONLY = frozenset({"static", "opensearch", "eumetsat", "postjson"})

FAMILIES = {
    family.name: family
    for family in (
        *(Family(room, room, room, 3, takes_orders=False) for room in sorted(LISTS)),
        Family("cds", "cds", "cds", 4, takes_orders=True),
        Family("polytope", "polytope", "polytope", 4, takes_orders=True),
        Family("hda-orders", "hda", "hda-orders", 4, takes_orders=True),
    )
}


def why_not(fault: str, family: Family, variant: str = "") -> str | None:
    """Return why a family cannot show a fault, or a variant of it; None where it can."""
    kind = KINDS[fault]
    if family.room not in kind.families:
        able = ", ".join(sorted(kind.families & ROOMS)) or "no protocol family"
        return f"{kind.what}: only {able} can"
    if kind.stage is Stage.ORDER and not family.takes_orders:
        return "what is listed is fetched without an order; see hda-orders"
    if family.takes_orders and (kind.stage is Stage.PAGE or fault in _OF_LISTS):
        return "what is ordered is not listed; see hda"
    if family.name == "static" and (fault, variant) in _UNTOLD:
        return (
            "unreachable: what a static catalogue hides from its links and from its own account "
            "alike leaves no witness; only another provider of the same data could tell"
        )
    if fault in RANGES and family.name in _SMALL_ONLY:
        return "its products are smaller than the overlap that a resumed transfer asks for again"
    return None


def can_be_had(fault: str, family: Family) -> bool:
    """Return False where a family cannot be asked in another way for what a fault hides."""
    return not (family.name == "static" and fault == "provider_cap")


_UNTOLD = frozenset({("provider_cap", "capped")})
_OF_LISTS = frozenset(
    name
    for name, kind in KINDS.items()
    if kind.stage is Stage.PRODUCT and not kind.families & {"cds", "polytope"}
)
