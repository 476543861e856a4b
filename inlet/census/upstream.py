"""Provider ↔ ledger: what the provider lists today against what has landed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harvesters.errors import HarvestError
from harvesters.listing import Listing
from inlet.census.gaps import Gap, Kind
from inlet.census.spool import Spool
from inlet.collection import Collection
from inlet.house import House
from lake.ledger import survey
from lake.ledger.ledger import Transaction
from lake.ledger.stamps import age
from lake.ledger.states import OfferState
from lake.ledger.survey import OfferFacts
from lake.nouns import Offer, Window

_ENDS = frozenset(
    {
        OfferState.INVALID,
        OfferState.FAILED,
        OfferState.NO_DATA,
        OfferState.COVERED,
        OfferState.WITHDRAWN,
    }
)


class Upstream:
    """The comparison with the first of a collection's sources that answers."""

    def __init__(self, house: House, collection: Collection, window: Window) -> None:
        self.listed = 0
        self._house = house
        self._collection = collection
        self._window = window

    def gaps(self) -> Iterator[Gap]:
        """Give what is missing, stale, excused, withdrawn, or could not be counted."""
        silent = []
        for source in self._collection.sources:
            with Spool() as seen:
                comparison = _Comparison(self._house, self._collection.id, source.provider, seen)
                listing = Listing(
                    self._house.gateway,
                    self._collection.id,
                    source,
                    self._window,
                    comparison.take,
                )
                try:
                    listing.read()
                except HarvestError as error:
                    reason = f"{type(error).__name__}: {error}"
                    if not comparison.listed:
                        silent.append(f"{source.provider}: {reason}")
                        continue
                    listing.doubts.append(reason)
                self.listed = comparison.listed
                yield from comparison.gaps
                for doubt in dict.fromkeys(listing.doubts):
                    yield Gap(Kind.UNCOUNTED, source.provider, doubt)
                if not listing.doubts:
                    yield from comparison.withdrawn(self._window)
                return
        yield Gap(Kind.UNCOUNTED, self._collection.id, "; ".join(silent))


@dataclass
class _Comparison:
    """Compares each page as it comes; holds no more than the gaps, and a file of identities."""

    house: House
    collection: str
    provider: str
    seen: Spool
    listed: int = 0
    gaps: list[Gap] = field(default_factory=list)

    def take(self, page: Sequence[Offer]) -> None:
        """Compare a page; what came before is not looked at twice."""
        fresh = {_identity(offer): offer for offer in page}
        new = self.seen.unknown(list(fresh))
        offers = [offer for name, offer in fresh.items() if name in new]
        self.seen.add([*new, *(offer.native_id for offer in offers)])
        self.listed += len(offers)
        with self.house.ledger.begin() as tx:
            self.gaps += _judged(tx, self.collection, self.provider, offers)

    def withdrawn(self, window: Window) -> Iterator[Gap]:
        """Give what has landed and is listed no more; what is ordered is never listed."""
        for page in survey.paged(
            self.house.ledger,
            lambda tx, after: survey.taken_after(tx, self.collection, window, after),
        ):
            mine = [o for o in page if o.provider == self.provider and not o.needs_order]
            if mine and not self.listed:  # an index may be empty in passing
                said = "it lists nothing where something has landed from it"
                yield Gap(Kind.UNCOUNTED, self.provider, said)
                return
            gone = self.seen.unknown([o.native_id for o in mine])
            for offer in mine:
                if offer.native_id in gone:
                    detail = f"{self.provider} lists it no more; item {offer.item_key}"
                    yield Gap(Kind.WITHDRAWN, offer.native_id, detail, offer=offer.id)


def _identity(offer: Offer) -> str:
    return f"{offer.native_id}\n{offer.stamp or ''}"


def _judged(
    tx: Transaction, collection: str, provider: str, page: Sequence[Offer]
) -> Iterator[Gap]:
    known: dict[str, list[OfferFacts]] = {}
    for facts in survey.known(tx, collection, provider, {o.native_id for o in page}):
        known.setdefault(facts.native_id, []).append(facts)
    parts = {(o.item_key, o.part) for o in page}
    elsewhere = survey.landed_parts(tx, collection, parts, besides=provider)
    for offer in page:
        gap = _gap(offer, known)
        if gap is None or (offer.item_key, offer.part) in elsewhere:
            continue
        if offer.needs_order and gap.kind is Kind.MISSING:
            gap = _uncovered(tx, collection, offer, gap)
        if gap is not None:
            yield gap


def _gap(offer: Offer, known: Mapping[str, Sequence[OfferFacts]]) -> Gap | None:
    revisions = known.get(offer.native_id, ())
    same = next((r for r in revisions if age(r.stamp) == age(offer.stamp or "")), None)
    if same is not None and same.state is OfferState.LANDED:
        return None
    if same is not None and (same.reason or same.state in _ENDS):
        reason = same.reason or f"it ended as {same.state}"
        return Gap(Kind.EXCUSED, offer.native_id, reason, offer=same.id)
    how_far = "it was never discovered" if same is None else f"it is {same.state}, not landed"
    stamps = (r.stamp for r in revisions if r.state is OfferState.LANDED)
    landed = max(stamps, key=age, default=None)
    if landed is None:
        return Gap(Kind.MISSING, offer.native_id, how_far, offer.window)
    detail = f"the provider has {offer.stamp}, the newest that landed is {landed}; {how_far}"
    return Gap(Kind.STALE, offer.native_id, detail, offer.window)


def _uncovered(tx: Transaction, collection: str, offer: Offer, gap: Gap) -> Gap | None:
    """Return the gap where no other orders over the same time, cut otherwise, hold all of it."""
    begun, excuses = offer.window.start, []
    for other in survey.covering(tx, collection, offer.provider, offer.part, offer.window):
        if other.window.start > begun:
            break
        if other.state is OfferState.LANDED:
            begun = max(begun, other.window.end)
        elif other.reason or other.state in _ENDS:
            begun = max(begun, other.window.end)
            excuses.append(other.reason or f"it ended as {other.state}")
    if begun < offer.window.end:
        return gap
    return Gap(Kind.EXCUSED, offer.native_id, excuses[0]) if excuses else None
