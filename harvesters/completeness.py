"""Proof that a window was read whole: its count is met, or two readings of it agree.

A provider's page can be short, torn, repeated or missing, and its count can be capped or made up.
So a window is believed only where as many products came as were stated and a look from the other
end shows no more, or, where nothing believable is stated, where two readings agree. Else it is cut
in halves, down to a floor; what is not proven there is named, never passed over.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from harvesters import errors
from harvesters.errors import HarvestError
from harvesters.gateway import FORWARD, Page, Product, View, Ways
from harvesters.verdicts import Judged, Reading, identity
from lake.nouns import Window

_CUTS_IN_VAIN = 128
_SECONDS_MATTER = timedelta(seconds=4)
# A page too deep may be refused or fail: a cap. These say that there is nothing more to ask.
_NO_MORE = (errors.RateLimited, errors.ProviderRefused, errors.CircuitOpen, errors.ActFirst)

Search = Callable[[Window, View], Iterator[Page]]
Keep = Callable[[tuple[Product, ...]], int]

log = structlog.get_logger(__name__)


@dataclass
class Inquiry:
    """Reads windows of one part of a source until each is proven whole or cannot be cut further.

    ``keep`` notes the products of each page and returns how many were new, so that no more than
    the identities of one window are held at a time.
    """

    search: Search
    keep: Keep
    ways: Ways
    view: View = FORWARD
    floor: timedelta = timedelta(minutes=1)
    vain: int = 0

    def judged(self, window: Window, depth: int = 0) -> Iterator[Judged]:
        """Yield the window, and behind one that was cut its halves, in order of time.

        Raises:
            HarvestError: the first page of a window could not be had, or the provider must not be
                asked any more. That window was yielded, with the reason, before.
        """
        try:
            whole = replace(self._judge(window, depth), depth=depth)
        except _BrokenOff as broken:
            doubt = f"{type(broken.error).__name__}: {broken.error}"
            doubt = _joined(doubt, _shortage(broken.reading))
            yield replace(Judged.of(window, broken.reading, doubt), depth=depth)
            raise broken.error from broken
        if whole.doubt is None or self.ways.is_whole or not self._can_cut(window):
            yield whole
            return
        self.vain += 1
        yield replace(whole, is_cut=True)
        for half in _halves(window):
            for part in self.judged(half, depth + 1):
                if part.depth == depth + 1 and part.is_accounted and part.unique:
                    self.vain = max(0, self.vain - 2)
                yield part

    def _judge(self, window: Window, depth: int) -> Judged:
        reading = self._read(window, self.view)
        if reading.trouble is not None:
            doubt = f"{type(reading.trouble).__name__}: {reading.trouble}"
            return Judged.of(window, reading, _joined(doubt, _shortage(reading)))
        if self.ways.is_whole:
            said = _joined(*reading.doubts, _shortage(reading))
            return Judged.of(window, reading, said or None)
        if reading.stated is not None and reading.unique != reading.stated:
            self._recount(window, reading)
        if reading.stated is None or reading.unique > reading.stated:
            said = f"the provider states {reading.stated}, {reading.unique} were found"
            note = None if reading.stated is None else said
            return Judged.of(window, reading, self._second_reading(window, reading), note)
        if reading.unique == reading.stated:
            return Judged.of(window, reading, self._look_behind(window, reading))
        if depth == 0 and self._can_cut(window) and self._is_count_made_up(window, reading):
            return self._without_count(window, reading)
        return Judged.of(window, reading, _shortage(reading))

    def _read(self, window: Window, view: View) -> Reading:
        reading = Reading()
        try:
            for page in self.search(window, view):
                reading.take(page, self.keep(page.products))
        except errors.RequestRefused as error:
            if not reading.found and self.ways.can_sort and view.is_sorted:
                self.ways = replace(self.ways, can_sort=False)
                self.view = replace(self.view, is_sorted=False)
                return self._read(window, replace(view, is_sorted=False, backwards=False))
            self._break_off(reading, error, not reading.found)
        except HarvestError as error:
            self._break_off(reading, error, not reading.found or isinstance(error, _NO_MORE))
        return reading

    def _break_off(self, reading: Reading, error: HarvestError, is_over: bool) -> None:
        """Note that a reading broke off; raise where the provider is not to be asked further."""
        if is_over:
            raise _BrokenOff(reading, error) from error
        reading.trouble = error

    def _recount(self, window: Window, reading: Reading) -> None:
        """Ask for the count once more: it may have been wrong, or true of another moment."""
        page = self._first_page(window, self.view)
        if page is not None and page.stated is not None:
            reading.new += self.keep(page.products)
            reading.ids.update(identity(p) for p in page.products)
            reading.stated = page.stated

    def _second_reading(self, window: Window, reading: Reading) -> str | None:
        """Read once more, from the other end or in other pages; return how the two differ."""
        other = self._read(window, self._otherwise())
        new, unseen = other.ids - reading.ids, reading.ids - other.ids
        reading.new += other.new
        reading.ids |= other.ids
        if other.trouble is not None:
            return f"{type(other.trouble).__name__}: {other.trouble}"
        if not new and not unseen:
            return None
        return (
            f"two readings differ: {len(unseen)} came in the first alone, {len(new)} in the second"
        )

    def _look_behind(self, window: Window, reading: Reading) -> str | None:
        """Look whether there is more than the count says: a cap hides it from the count too."""
        if not reading.unique:
            return None
        for looked, view in self._other_ends(window):
            page = self._first_page(looked, view)
            more = (
                []
                if page is None
                else [p for p in page.products if identity(p) not in reading.ids]
            )
            if more:
                reading.new += self.keep(tuple(more))
                reading.ids.update(identity(p) for p in more)
                return (
                    f"the provider states {reading.stated}, and has more: {more[0].native_id} "
                    "came when it was asked from another side"
                )
        return None

    def _other_ends(self, window: Window) -> list[tuple[Window, View]]:
        if self.ways.can_sort:
            return [(window, replace(self.view, backwards=not self.view.backwards))]
        return [(half, self.view) for half in _halves(window)] if self._can_cut(window) else []

    def _otherwise(self) -> View:
        if self.ways.can_sort:
            return replace(self.view, backwards=not self.view.backwards)
        return replace(self.view, page_size=max(1, self.ways.page_size * 2 // 3))

    def _first_page(self, window: Window, view: View) -> Page | None:
        try:
            return next(iter(self.search(window, view)), None)
        except HarvestError as error:
            log.info("A second look was not to be had", why=str(error))
            return None

    def _can_cut(self, window: Window) -> bool:
        return window.end - window.start >= 2 * self.floor and self.vain < _CUTS_IN_VAIN

    def _is_count_made_up(self, window: Window, reading: Reading) -> bool:
        """Return True where the counts of the halves do not add up to that of the whole.

        Only where both halves, too, were read to an end that their counts deny, and brought
        nothing that the whole had not: then no page can have been lost.
        """
        halves = [self._read(half, self.view) for half in _halves(window)]
        reading.new += sum(half.new for half in halves)
        came = set[str]().union(*(half.ids for half in halves))
        is_news = not came <= reading.ids
        if is_news or any(half.trouble or half.stated in {None, half.unique} for half in halves):
            return False
        twice = sum(half.unique for half in halves) - len(came)
        return sum(half.stated or 0 for half in halves) - twice != reading.stated

    def _without_count(self, window: Window, reading: Reading) -> Judged:
        note = (
            f"the provider states {reading.stated}, but its counts of the halves do not add up to "
            f"it; {reading.unique} were found"
        )
        doubt = self._second_reading(window, reading)
        return Judged.of(window, reading, doubt and f"{note}; {doubt}", note)


class _BrokenOff(Exception):
    """A reading ended where no further one is to begin."""

    def __init__(self, reading: Reading, error: HarvestError) -> None:
        super().__init__(str(error))
        self.reading = reading
        self.error = error


def _shortage(reading: Reading) -> str | None:
    if reading.stated is None or reading.unique >= reading.stated:
        return None
    return f"the provider states {reading.stated}, {reading.unique} were found"


def _joined(*said: str | None) -> str:
    return "; ".join(filter(None, said))


def _halves(window: Window) -> tuple[Window, Window]:
    middle = window.start + (window.end - window.start) / 2
    if window.end - window.start > _SECONDS_MATTER:
        middle = middle.replace(microsecond=0)
    return Window(window.start, middle), Window(middle, window.end)
