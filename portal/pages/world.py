"""Where an item lies: its footprint on a plate carrée of the world, in SVG's coordinates."""

from dataclasses import dataclass

from catalog.geometry import Box, normalised, spans

_SMALL_DEGREES = 6.0
"""A footprint that is smaller is hard to see, and gets a ring around it."""
_ROUND = 360.0


@dataclass(frozen=True, slots=True)
class Outline:
    """A footprint as SVG rectangles (x, y, width, height), and as words.

    x is the longitude, y the latitude upside down; ``ring`` is the centre of a small footprint.
    """

    boxes: tuple[tuple[float, float, float, float], ...]
    ring: tuple[float, float] | None
    says: str


def outline(box: Box) -> Outline:
    """Return the footprint of a box of degrees; one that crosses 180° has two rectangles."""
    west, south, east, north = normalised(box)
    width = (east - west) % _ROUND or (_ROUND if east > west else 0)
    is_small = width < _SMALL_DEGREES and north - south < _SMALL_DEGREES
    middle = ((west + width / 2 + 180) % _ROUND - 180, -(south + north) / 2)
    return Outline(
        boxes=tuple((w, -north, e - w, north - south) for w, e in spans(west, east)),
        ring=middle if is_small else None,
        says=f"{_degrees(west, 'EW')} – {_degrees(east, 'EW')}, "  # noqa: RUF001
        f"{_degrees(south, 'NS')} – {_degrees(north, 'NS')}",  # noqa: RUF001
    )


def _degrees(value: float, sides: str) -> str:
    side = sides[value < 0] if value else ""
    return f"{abs(value):.6g}° {side}".strip()
