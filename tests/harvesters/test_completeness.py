"""The proof of completeness against providers that withhold, cap, repeat and make up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from harvesters.completeness import Inquiry
from harvesters.errors import HarvestError, ProviderUnreachable, RateLimited, RequestRefused
from harvesters.gateway import FORWARD, Page, Product, View, Ways
from harvesters.verdicts import Judged
from lake.nouns import Window

START = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
WHOLE = Window(START, START + 64 * HOUR)
SORTED = Ways(can_sort=True, floor=HOUR, page_size=8)
UNSORTED = replace(SORTED, can_sort=False)


def hourly(count: int = 60) -> list[Product]:
    def one(hour: int) -> Product:
        begins = START + hour * HOUR
        return Product(f"p{hour:03}", "", Window(begins, begins + HOUR / 2), None, False, "{}")

    return [one(hour) for hour in range(count)]


@dataclass
class Shelf:
    """Has products, and shows at most ``cap`` of them; ``count`` makes its count of the truth."""

    products: list[Product] = field(default_factory=hourly)
    cap: int = 10**6
    count: Callable[[int], int | None] = lambda true: true
    hidden: frozenset[str] = frozenset()
    errors: dict[int, HarvestError] = field(default_factory=dict)
    sort_error: HarvestError | None = None
    asked: int = 0

    def search(self, window: Window, view: View) -> Iterator[Page]:
        if self.sort_error is not None and view.is_sorted:
            raise self.sort_error
        inside = [p for p in self.products if window.start <= p.window.start < window.end]
        shown = sorted(inside, key=lambda p: p.native_id, reverse=view.backwards)[: self.cap]
        shown = [p for p in shown if p.native_id not in self.hidden]
        size = view.page_size or 8
        for begin in range(0, max(len(shown), 1), size):
            self.asked += 1
            if error := self.errors.get(begin // size):
                raise error
            yield Page(tuple(shown[begin : begin + size]), self.count(len(inside)))


def judged(shelf: Shelf, ways: Ways = SORTED) -> tuple[list[Judged], set[str]]:
    kept: set[str] = set()

    def keep(products: tuple[Product, ...]) -> int:
        before = len(kept)
        kept.update(p.native_id for p in products)
        return len(kept) - before

    return list(Inquiry(shelf.search, keep, ways, FORWARD, ways.floor).judged(WHOLE)), kept


def leaves(verdicts: list[Judged]) -> list[Judged]:
    return [verdict for verdict in verdicts if not verdict.is_cut]


def test_a_count_that_is_met_is_believed_after_one_look_from_the_other_end() -> None:
    shelf = Shelf()
    (whole,), kept = judged(shelf)

    assert (whole.stated, whole.unique, whole.reason) == (60, 60, None)
    assert (len(kept), shelf.asked) == (60, 8 + 1)


@pytest.mark.parametrize("ways", [SORTED, UNSORTED], ids=["sorted", "unsorted"])
@pytest.mark.parametrize("is_honest", [True, False], ids=["honest", "counts what it shows"])
def test_what_is_behind_a_cap_is_found_by_cutting(ways: Ways, is_honest: bool) -> None:
    shelf = Shelf(cap=10, count=lambda true: true if is_honest else min(true, 10))
    verdicts, kept = judged(shelf, ways)

    assert len(kept) == 60
    assert all(leaf.is_accounted for leaf in leaves(verdicts))
    assert verdicts[0].is_cut
    assert sum(leaf.unique for leaf in leaves(verdicts)) == 60


@pytest.mark.parametrize("ways", [SORTED, UNSORTED], ids=["sorted", "unsorted"])
def test_without_a_count_two_readings_have_to_agree(ways: Ways) -> None:
    shelf = Shelf(count=lambda _: None)
    (whole,), kept = judged(shelf, ways)

    assert (whole.stated, whole.reason, len(kept)) == (None, None, 60)
    assert shelf.asked >= 2 * 8


def test_without_a_count_a_cap_shows_by_the_two_readings() -> None:
    verdicts, kept = judged(Shelf(cap=10, count=lambda _: None))

    assert len(kept) == 60
    assert "two readings differ" in (verdicts[0].reason or "")
    assert all(leaf.is_accounted for leaf in leaves(verdicts))


@pytest.mark.parametrize("by", [7, -7])
def test_a_count_that_contradicts_itself_is_not_believed_but_told(by: int) -> None:
    (whole,), kept = judged(Shelf(count=lambda true: true + by))

    assert (whole.is_accounted, len(kept)) == (True, 60)
    assert f"states {60 + by}" in (whole.reason or "")


def test_what_is_counted_and_never_shown_is_narrowed_down_and_named() -> None:
    verdicts, kept = judged(Shelf(hidden=frozenset({"p013"})))
    missing = [leaf for leaf in leaves(verdicts) if not leaf.is_accounted]

    assert len(kept) == 59
    assert [leaf.window for leaf in missing] == [Window(START + 13 * HOUR, START + 14 * HOUR)]
    assert missing[0].reason == "the provider states 1, 0 were found"


def test_a_page_too_deep_is_a_cap_and_cut() -> None:
    verdicts, kept = judged(Shelf(errors={3: RequestRefused("offset too large")}))

    assert len(kept) == 60
    assert "offset too large" in (verdicts[0].reason or "")
    assert all(leaf.is_accounted for leaf in leaves(verdicts))


def test_a_provider_that_does_not_answer_is_named_and_raised() -> None:
    shelf = Shelf(errors={0: ProviderUnreachable("gone")})
    seen: list[Judged] = []
    inquiry = Inquiry(shelf.search, len, SORTED)

    with pytest.raises(ProviderUnreachable):
        seen.extend(inquiry.judged(WHOLE))
    assert next(iter(inquiry_of(shelf))).reason == "ProviderUnreachable: gone"


def inquiry_of(shelf: Shelf) -> Iterator[Judged]:
    return Inquiry(shelf.search, len, SORTED).judged(WHOLE)


def test_a_provider_that_asks_for_peace_is_not_asked_for_halves() -> None:
    shelf = Shelf(errors={2: RateLimited("slower")})
    verdicts = inquiry_of(shelf)

    assert "RateLimited" in (next(verdicts).reason or "")
    with pytest.raises(RateLimited):
        next(verdicts)


def test_a_provider_that_refuses_to_sort_is_asked_without() -> None:
    verdicts, kept = judged(Shelf(sort_error=RequestRefused("no such parameter")))

    assert (len(verdicts), verdicts[0].reason, len(kept)) == (1, None, 60)


def test_made_up_counts_do_not_make_it_ask_for_ever() -> None:
    shelf = Shelf(count=lambda true: 2 * true + 1, hidden=frozenset({"p003"}))
    judged(shelf)

    assert shelf.asked < 2000


def test_entries_that_are_no_products_are_named() -> None:
    def search(window: Window, view: View) -> Iterator[Page]:
        yield Page((), 1, ("'x' has no ISO times",))

    (whole,) = Inquiry(search, len, SORTED).judged(WHOLE)

    assert (whole.unique, whole.is_accounted) == (1, False)
    assert whole.reason == "'x' has no ISO times"


def test_what_a_search_gives_whole_is_never_cut() -> None:
    whole = replace(SORTED, is_whole=True)
    verdicts, _ = judged(Shelf(hidden=frozenset({"p001"})), whole)

    assert [v.reason for v in verdicts] == ["the provider states 60, 59 were found"]
