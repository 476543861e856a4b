import pytest
from fastapi import HTTPException

from sandbox.faults import Fault, Faults
from sandbox.fields import Fields
from sandbox.holdings.ticks import tick_products
from sandbox.paging import Cutter, Page

FOUND = tick_products(Fields(1))[:25]


def cut(page: Page) -> tuple[list[int], int | None, int | None]:
    places = [FOUND.index(product) for product in page.products]
    return places, page.stated, page.following


def cutter(*faults: Fault) -> Cutter:
    board = Faults()
    for fault in faults:
        board.set(fault)
    return Cutter(board, "stac", "/stac/search")


def test_pages_hold_all_and_say_where_the_next_begins() -> None:
    whole = cutter()

    assert cut(whole.cut(FOUND, 0, 10)) == (list(range(10)), 25, 10)
    assert cut(whole.cut(FOUND, 20, 10)) == (list(range(20, 25)), 25, None)
    assert cut(whole.cut(FOUND, 30, 10)) == ([], 25, None)
    assert cut(whole.cut((), 0, 10)) == ([], 0, None)


def test_the_last_page_keeps_its_place_where_it_has_no_neighbour() -> None:
    swapping = cutter(Fault("out_of_order_pages"))
    pages = [cut(swapping.cut(FOUND, start, 10))[0] for start in (0, 10, 20)]

    assert pages == [list(range(10, 20)), list(range(10)), list(range(20, 25))]


def test_a_page_of_one_is_not_shortened() -> None:
    assert cut(cutter(Fault("short_page")).cut(FOUND, 0, 1)) == ([0], 25, 1)


def test_a_cap_ends_the_pages_and_may_end_the_count() -> None:
    honest = cutter(Fault("provider_cap", options={"cap": 12}))
    capped = cutter(Fault("provider_cap", options={"cap": 12, "count": "capped"}))

    assert cut(honest.cut(FOUND, 10, 10)) == ([10, 11], 25, None)
    assert cut(capped.cut(FOUND, 10, 10)) == ([10, 11], 12, None)


def test_an_empty_page_is_empty_once() -> None:
    emptying = cutter(Fault("empty_page_in_the_middle"))
    pages = [cut(emptying.cut(FOUND, start, 10)) for start in (0, 10, 10)]

    assert [(len(places), following) for places, _, following in pages] == [
        (10, 10),
        (0, 10),
        (10, 20),
    ]


def test_an_error_has_its_status() -> None:
    with pytest.raises(HTTPException) as caught:
        cutter(Fault("page_error", options={"status": 504})).cut(FOUND, 0, 10)

    assert caught.value.status_code == 504
