"""Asking a provider what it has in a window, and noting it in the ledger with the count."""

from collections import Counter
from dataclasses import dataclass, field

import structlog

from harvesters.errors import HarvestError
from harvesters.gateway import Gateway, Page, Product
from harvesters.source import MAIN, Source
from lake.ledger import offers, windows
from lake.ledger.ledger import Ledger
from lake.ledger.windows import WindowRecord
from lake.nouns import Offer, Window

_NAMED_AT_MOST = 10

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What a discovery found; ``stated`` is None where the provider says nothing of its count.

    ``reason`` says why the window is not accounted for; None where it is.
    """

    stated: int | None
    found: int
    unique: int
    new: int
    reason: str | None = None


def discover(
    ledger: Ledger, gateway: Gateway, collection_id: str, source: Source, window: Window
) -> Found:
    """Record everything that the provider offers for a collection in ``window``.

    Always leaves one window row, which names the reason where the window is not accounted for.

    Raises:
        HarvestError: the provider could not be asked to the end; what was found is kept.
    """
    tally = _Tally()
    error: HarvestError | None = None
    try:
        for part in source.queries:
            _discover_part(ledger, gateway, collection_id, source, part, window, tally)
    except HarvestError as caught:
        error = caught
    found = tally.found(window, error)
    _record_window(ledger, collection_id, source.provider, window, found)
    log.info(
        "Discovered what a provider offers",
        collection=collection_id,
        provider=source.provider,
        found=found.found,
        new=found.new,
        reason=found.reason,
    )
    if error is not None:
        raise error
    return found


@dataclass(slots=True)
class _Tally:
    """Counts while the pages come."""

    seen: Counter[tuple[str, str, str | None]] = field(default_factory=Counter)
    stated: dict[str, int | None] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    new: int = 0

    def count(self, part: str, page: Page) -> None:
        if self.stated.get(part) is None:
            self.stated[part] = page.stated
        self.seen.update((part, p.native_id, p.stamp) for p in page.products)
        self.seen.update((part, why, None) for why in page.unreadable)
        self.unreadable.extend(page.unreadable)

    def found(self, window: Window, error: HarvestError | None) -> Found:
        counts = list(self.stated.values())
        known = [count for count in counts if count is not None]
        stated = sum(known) if known and len(known) == len(counts) else None
        total, unique = self.seen.total(), len(self.seen)
        reasons = self.unreadable[:_NAMED_AT_MOST] + _reasons(stated, total, unique)
        if error is not None:
            reasons.insert(0, f"{type(error).__name__}: {error}")
        elif not total:
            reasons.append(_nothing_in(window))
        return Found(stated, total, unique, self.new, "; ".join(reasons) or None)


def _discover_part(
    ledger: Ledger,
    gateway: Gateway,
    collection_id: str,
    source: Source,
    part: str,
    window: Window,
    tally: _Tally,
) -> None:
    for page in gateway.search(source, part, window):
        tally.count(part, page)
        found = [
            _offer(collection_id, source, part, product)
            for product in page.products
            if product.window.start < window.end and product.window.end > window.start
        ]
        with ledger.begin() as tx:
            tally.new += offers.record(tx, found)


def _offer(collection_id: str, source: Source, part: str, product: Product) -> Offer:
    """Return the offer for a product; the same product may serve several parts of an item."""
    native_id = product.native_id if part == MAIN else f"{product.native_id}#{part}"
    window = product.window
    return Offer(
        collection=collection_id,
        provider=source.provider,
        native_id=native_id,
        stamp=product.stamp,
        part=part,
        item_key=source.item_key(window.start, window.end, product.native_id, part, product.title),
        window=window,
        needs_order=product.needs_order,
        product=product.record,
    )


def _reasons(stated: int | None, found: int, unique: int) -> list[str]:
    said = []
    if stated is not None and unique < stated:
        said.append(f"the provider states {stated}, {unique} were found")
    if unique < found:
        said.append(f"{found - unique} came twice")
    return said


def _nothing_in(window: Window) -> str:
    return f"the provider has nothing in [{window.start.isoformat()}, {window.end.isoformat()})"


def _record_window(
    ledger: Ledger, collection_id: str, provider: str, window: Window, found: Found
) -> None:
    row = WindowRecord(
        collection=collection_id,
        provider=provider,
        window=window,
        stated=found.stated,
        found=found.found,
        unique=found.unique,
        new=found.new,
        reason=found.reason,
    )
    with ledger.begin() as tx:
        windows.record(tx, row)
