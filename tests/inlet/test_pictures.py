import threading
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from inlet import documents, pictures, places
from inlet.house import House, opened
from inlet.settings import Settings
from lake.ledger import items
from lake.ledger.items import LedgeredItem
from lake.ledger.states import ItemState
from lake.nouns import Cube
from tests.catalog.makers import a_cube, judged
from tests.hooks.workflows import stores


@pytest.fixture
def house(tmp_path: Path):
    with opened(Settings(home=tmp_path)) as house:
        yield house


def an_item(house: House) -> LedgeredItem:
    with house.ledger.begin() as tx:
        row = judged(tx)
        [item] = items.newest(tx, row.collection, [ItemState.JUDGED], 1)
    return item


def test_the_picture_lies_beside_the_cube(house: House) -> None:
    item = an_item(house)
    stores.save(stores.regular(), Path(house.store.url(places.cube(item))))

    attached = pictures.draw(house, item, a_cube(location=places.cube(item)))

    assert attached is not None
    assert (attached.location, attached.roles) == (
        places.quicklook(item),
        ("thumbnail", "overview"),
    )
    assert house.store.exists(places.quicklook(item))


@pytest.mark.parametrize("deadline_seconds", [60.0, 1e-3])
def test_a_picture_that_fails_is_a_line_in_the_log(house: House, deadline_seconds: float) -> None:
    item = an_item(house)

    with capture_logs() as logs:
        attached = pictures.draw(
            house, item, a_cube(location="cubes/nowhere.zarr"), deadline_seconds
        )

    assert attached is None
    assert [line["event"] for line in logs] == ["An item goes without a picture"]
    assert not house.store.exists(places.quicklook(item))


def test_it_is_drawn_meanwhile_and_not_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = an_item(house)
    item = replace(bare, cube=documents.of_cube(a_cube(location=places.cube(bare))))
    stores.save(stores.regular(), Path(house.store.url(places.cube(item))))
    with pictures.ahead(house) as draw:
        draw(item)
    monkeypatch.setattr(pictures, "draw", None)

    attached = pictures.of_item(house, item)

    assert attached is not None
    assert house.store.exists(attached.location)


def test_what_was_not_begun_is_left_where_the_caller_breaks_off(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = an_item(house)
    item = replace(bare, cube=documents.of_cube(a_cube(location=places.cube(bare))))
    begun, go_on = threading.Event(), threading.Event()
    drawn: list[LedgeredItem] = []

    def slow(_house: House, one: LedgeredItem, _cube: Cube) -> None:
        drawn.append(one)
        begun.set()
        go_on.wait(30)

    monkeypatch.setattr(pictures, "draw", slow)
    threading.Timer(0.5, go_on.set).start()

    def broken_off() -> None:
        with pictures.ahead(house) as draw:
            for _ in range(9):
                draw(item)
            begun.wait(30)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()

    assert len(drawn) == 1
