"""Asking a provider what it has in a window, and noting it in the ledger with the proof."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from harvesters.completeness import Inquiry
from harvesters.errors import HarvestError, NotNow
from harvesters.gateway import By, Gateway, Page, Product, View
from harvesters.offering import offers_of
from harvesters.selection import Selection
from harvesters.source import Source
from harvesters.verdicts import Judged
from lake.ledger import coverage, offers, windows, withdrawals
from lake.ledger.ledger import Ledger
from lake.ledger.windows import WindowRecord
from lake.nouns import Offer, Window

_NAMED_AT_MOST = 10

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What a discovery found; ``stated`` is None where the provider says nothing of its count.

    ``reason`` says why the window is not accounted for; None where it is. ``withdrawn`` is how
    many products the provider had once and has no more. ``keys`` are those of the items that a
    selection took; without one they are not told.
    """

    stated: int | None
    found: int
    unique: int
    new: int
    reason: str | None = None
    withdrawn: int = 0
    keys: tuple[str, ...] = ()


def discover(
    ledger: Ledger,
    gateway: Gateway,
    collection_id: str,
    source: Source,
    window: Window,
    by: By = By.SENSING,
    selection: Selection | None = None,
) -> Found:
    """Record everything that the provider offers for a collection in ``window``.

    Always leaves a row for the window, and one for each smaller window that it had to be cut into;
    they name the reason where a window is not accounted for. Of a ``selection`` only what it takes
    is recorded; its rows say ``selected``, and no cursor passes by them.

    Raises:
        HarvestError: the provider could not be asked to the end; what was found is kept.
    """
    parts: list[Found] = []
    error: HarvestError | None = None
    for name in source.parts:
        asked = _Part(ledger, gateway, collection_id, source, name, by, window, selection)
        part, error = asked.discover()
        parts.append(part)
        if error is not None:
            break
    found = _together(parts)
    log.info(
        "Discovered what a provider offers",
        collection=collection_id,
        provider=source.provider,
        found=found.found,
        new=found.new,
        withdrawn=found.withdrawn,
        reason=found.reason,
    )
    if error is not None:
        raise error
    return found


@dataclass
class _Part:
    """The discovery of one part of a source in one window."""

    ledger: Ledger
    gateway: Gateway
    collection: str
    source: Source
    name: str
    by: By
    window: Window
    selection: Selection | None = None
    taken: set[str] = field(default_factory=set)

    def discover(self) -> tuple[Found, HarvestError | None]:
        """Note what there is; return it, and what kept it from being asked to the end."""
        began_at = self.ledger.clock()
        rows: list[int] = []
        verdicts: list[Judged] = []
        error: HarvestError | None = None
        try:
            for judged in self._judged():
                del rows[judged.depth :]
                rows.append(self._record(judged, began_at, rows[-1] if rows else None))
                verdicts.append(judged)
        except HarvestError as caught:
            error = caught
            if not verdicts:
                verdicts.append(_unasked(self.window, caught))
                rows = [self._record(verdicts[0], began_at, None)]
        return self._settled(verdicts, rows[0], began_at), error or _lasting(verdicts)

    def _judged(self) -> Iterator[Judged]:
        ways = self.gateway.ways(self.source, self.name)
        if ways.takes_orders:
            self._ask_again(self.source.lateness or ways.lateness)
            yield self._planned()
            return
        inquiry = Inquiry(self._search, self._keep, ways, View(self.by), ways.floor)
        for judged in inquiry.judged(self.window):
            yield self._remembered(judged)

    def _search(self, window: Window, view: View) -> Iterator[Page]:
        return self.gateway.search(self.source, self.name, window, view)

    def _planned(self) -> Judged:
        """Note the orders that together ask for the window; nobody states how many there are."""
        found = new = 0
        absent: dict[str, None] = {}
        for page in self.gateway.search(self.source, self.name, self.window):
            found += len(page.products)
            new += self._keep(page.products)
            absent |= dict.fromkeys(name for p in page.products for name in p.absent)
        note = f"not in the archive: {', '.join(absent)}" if absent else None
        return Judged(self.window, None, found, found, new, (), None, None, note)

    def _ask_again(self, lateness: timedelta) -> None:
        """Take up what there was no data for, and that may have come since."""
        who = (self.collection, self.source.provider, self.name)
        with self.ledger.begin() as tx:
            count = coverage.ask_again(tx, *who, lateness)
        if count:
            log.info("Orders without data are placed again", collection=who[0], count=count)

    def _keep(self, products: Sequence[Product]) -> int:
        """Note a page's products; those beside a window of sensing time are left for their own."""
        within = None if self.by is By.PUBLISHED else self.window
        offered = offers_of(self.collection, self.source, self.name, products, within)
        if self.selection is not None:
            offered = self._selected(self.selection, products, offered)
        with self.ledger.begin() as tx:
            return offers.record(tx, offered)

    def _selected(
        self, selection: Selection, products: Sequence[Product], offered: Sequence[Offer]
    ) -> list[Offer]:
        by_record = {product.record: product for product in products}
        taken = [offer for offer in offered if selection.takes(by_record[offer.product], offer)]
        self.taken |= {offer.item_key for offer in taken}
        return taken

    def _remembered(self, judged: Judged) -> Judged:
        """Doubt an empty answer where something was before: an index may be empty in passing."""
        is_doubtless = judged.unique or not judged.is_accounted or judged.depth
        if self.by is By.PUBLISHED or self.selection is not None or is_doubtless:
            return judged
        with self.ledger.begin() as tx:
            before = withdrawals.known_in(
                tx, self.collection, self.source.provider, self.name, self.window
            )
        doubt = f"the provider has nothing where it had {before} before" if before else None
        return replace(judged, doubt=doubt)

    def _record(self, judged: Judged, began_at: datetime, parent: int | None) -> int:
        row = WindowRecord(
            collection=self.collection,
            provider=self.source.provider,
            window=judged.window,
            stated=judged.stated,
            found=judged.found,
            unique=judged.unique,
            new=judged.new,
            reason=judged.reason,
            part=self.name,
            by=self.by if self.selection is None else windows.SELECTED,
            is_accounted=judged.is_accounted,
            is_leaf=not judged.is_cut,
            parent=parent,
            asked_at=began_at,
        )
        with self.ledger.begin() as tx:
            return windows.record(tx, row)

    def _settled(self, verdicts: Sequence[Judged], root: int, began_at: datetime) -> Found:
        """Return what all verdicts come to, and note in the ledger what follows from them."""
        whole = verdicts[0]
        missing = [judged for judged in verdicts if not (judged.is_cut or judged.is_accounted)]
        new = sum(judged.new for judged in verdicts)
        unique, withdrawn = whole.unique, 0
        with self.ledger.begin() as tx:
            who = (self.collection, self.source.provider, self.name)
            if whole.is_cut:
                unique = withdrawals.seen(tx, *who, began_at)
                windows.settle(tx, root, unique, new, is_accounted=not missing)
            is_all = self.by is By.SENSING and self.selection is None and not missing
            if is_all and unique and whole.stated is not None:
                withdrawn = withdrawals.withdraw(tx, *who, self.window, began_at)
        found = unique if whole.is_cut else whole.found
        keys = tuple(sorted(self.taken))
        return Found(whole.stated, found, unique, new, _why(missing), withdrawn, keys)


def _why(missing: Sequence[Judged]) -> str | None:
    """Return why windows are not accounted for, a few of them by name."""
    said = [
        judged.reason or ""
        if judged.depth == 0
        else f"[{judged.window.start.isoformat()}, {judged.window.end.isoformat()}): "
        f"{judged.reason}"
        for judged in missing[:_NAMED_AT_MOST]
    ]
    if len(missing) > _NAMED_AT_MOST:
        said.append(f"and {len(missing) - _NAMED_AT_MOST} more windows")
    return "; ".join(said) or None


def _lasting(verdicts: Sequence[Judged]) -> HarvestError | None:
    """Return what broke readings off that another try may mend: the caller is to try again."""
    troubles = [judged.trouble for judged in verdicts if not judged.is_cut]
    return next((error for error in troubles if isinstance(error, NotNow)), None)


def _unasked(window: Window, error: HarvestError) -> Judged:
    doubt = f"{type(error).__name__}: {error}"
    return Judged(window, None, 0, 0, 0, (), error, doubt)


def _together(parts: Sequence[Found]) -> Found:
    known = [part.stated for part in parts if part.stated is not None]
    reasons = [part.reason for part in parts if part.reason is not None]
    return Found(
        stated=sum(known) if known and len(known) == len(parts) else None,
        found=sum(part.found for part in parts),
        unique=sum(part.unique for part in parts),
        new=sum(part.new for part in parts),
        reason="; ".join(dict.fromkeys(reasons)) or None,
        withdrawn=sum(part.withdrawn for part in parts),
        keys=tuple(sorted({key for part in parts for key in part.keys})),
    )
