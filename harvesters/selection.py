"""What is wanted of all that a window holds: items by their ids, or those that touch an area.

A selection chooses items; it never changes what an item is made of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from shapely.errors import ShapelyError
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

from harvesters.errors import RequestRefused
from harvesters.gateway import Product
from lake.nouns import Offer

_EAST, _WEST = 180.0, -180.0
_CORNERS = 4


@dataclass(frozen=True, slots=True)
class Area:
    """A box of degrees; where ``west`` is larger than ``east`` it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        if not (_WEST <= self.west <= _EAST and _WEST <= self.east <= _EAST):
            raise ValueError(f"expected longitudes of -180 to 180, came {self}")
        if not -90 <= self.south < self.north <= 90:  # noqa: PLR2004 - the poles
            raise ValueError(f"expected latitudes of -90 to 90, south first, came {self}")
        if self.west == self.east:
            raise ValueError(f"expected an area, came a line: {self}")

    @classmethod
    def of(cls, corners: Sequence[float]) -> Self:
        """Return the area of ``[west, south, east, north]``.

        Raises:
            ValueError: it is none.
        """
        if len(corners) != _CORNERS:
            raise ValueError(f"expected west, south, east and north, came {list(corners)}")
        west, south, east, north = (float(corner) for corner in corners)
        return cls(west, south, east, north)

    def touches(self, geometry: Mapping[str, Any]) -> bool:
        """Return True where a GeoJSON geometry shares more than a border with this area.

        Raises:
            ValueError: it is no geometry.
        """
        try:
            theirs = shape(geometry)
            return any(_overlap(mine, theirs) for mine in self._boxes())
        except (ShapelyError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"expected a GeoJSON geometry, came {error!r}") from error

    def _boxes(self) -> list[BaseGeometry]:
        spans = [(self.west, self.east)]
        if self.west > self.east:
            spans = [(self.west, _EAST), (_WEST, self.east)]
        return [box(west, self.south, east, self.north) for west, east in spans]


@dataclass(frozen=True, slots=True)
class Selection:
    """Items by their ids, those that touch an area, or those of the ids that do."""

    ids: frozenset[str] = frozenset()
    area: Area | None = None

    def takes(self, product: Product, offer: Offer) -> bool:
        """Return True for a product that is wanted, and the offer that it makes.

        Raises:
            RequestRefused: an area is wanted, and the provider does not say where the product is.
        """
        if self.ids and offer.item_key not in self.ids:
            return False
        return self.area is None or _touches(self.area, product)


def _touches(area: Area, product: Product) -> bool:
    if product.geometry is None:
        raise RequestRefused(
            f"expected that the provider says where {product.title} is, it does not: nobody can "
            "tell whether it touches the area; ask for the window, or for items by their ids"
        )
    try:
        return area.touches(product.geometry)
    except ValueError as error:
        raise RequestRefused(f"{product.title}: {error}; ask without an area") from error


def _overlap(mine: BaseGeometry, theirs: BaseGeometry) -> bool:
    """Return True where interiors meet; points and lines have none of their own."""
    if theirs.area == 0:
        return bool(mine.intersects(theirs))
    return bool(mine.intersection(theirs).area > 0)
