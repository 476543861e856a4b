"""What is chosen of a window: by id, by area, across the antimeridian; doubt is refused."""

from typing import Any

import pytest

from harvesters.errors import RequestRefused
from harvesters.gateway import Product
from harvesters.selection import Area, Selection
from tests.makers import a_day, an_offer

EUROPE = Area(-10, 35, 30, 60)
PACIFIC = Area(170, -10, -170, 10)


def a_box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.mark.parametrize(
    ("area", "box", "touches"),
    [
        (EUROPE, (0, 40, 1, 41), True),
        (EUROPE, (-180, -90, 180, 90), True),
        (EUROPE, (30, 40, 40, 50), False),
        (EUROPE, (60, 40, 70, 50), False),
        (PACIFIC, (175, -5, 179, 5), True),
        (PACIFIC, (-179, -5, -175, 5), True),
        (PACIFIC, (0, -5, 10, 5), False),
    ],
)
def test_an_area_takes_what_shares_more_than_a_border(
    area: Area, box: tuple[float, float, float, float], touches: bool
) -> None:
    assert area.touches(a_box(*box)) is touches


def test_a_point_within_is_taken() -> None:
    assert EUROPE.touches({"type": "Point", "coordinates": [10, 50]})
    assert not EUROPE.touches({"type": "Point", "coordinates": [50, 50]})


def test_of_ids_and_an_area_both_must_hold() -> None:
    chosen = Selection(frozenset({"era5-20240101"}), EUROPE)
    near = Product("n", "n", a_day(), None, False, "{}", geometry=a_box(0, 40, 1, 41))

    assert chosen.takes(near, an_offer())
    assert not chosen.takes(near, an_offer(item_key="other"))


def test_a_product_of_no_known_place_is_refused_rather_than_guessed() -> None:
    nowhere = Product("n", "n", a_day(), None, False, "{}")

    assert Selection(frozenset({"era5-20240101"})).takes(nowhere, an_offer())
    with pytest.raises(RequestRefused, match="where n is"):
        Selection(area=EUROPE).takes(nowhere, an_offer())
    broken = Product("n", "n", a_day(), None, False, "{}", geometry={"type": "Nothing"})
    with pytest.raises(RequestRefused, match="GeoJSON"):
        Selection(area=EUROPE).takes(broken, an_offer())
