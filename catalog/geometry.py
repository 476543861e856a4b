"""Boxes on a globe, and the GeoJSON that draws them (RFC 7946, section 3.1.9: split at 180°)."""

from typing import Any

Box = tuple[float, float, float, float]
_ROUND = 360.0
_HALF = 180.0


def normalised(box: Box) -> Box:
    """Return a box with longitudes within ±180°; west > east where it crosses the antimeridian.

    Boxes on longitudes from 0 to 360° are turned; one that goes all the way round is the circle.
    """
    west, south, east, north = box
    if east - west >= _ROUND:
        return (-_HALF, south, _HALF, north)
    if not -_HALF <= west <= _HALF or not -_HALF <= east <= _HALF:
        is_point = west == east
        west, east = _turned(west), _turned(east)
        east = west if is_point else east
    if west == _HALF and east < west:
        west = -_HALF
    if east == -_HALF and west > east:
        east = _HALF
    return (west, south, east, north)


def spans(west: float, east: float) -> tuple[tuple[float, float], ...]:
    """Return the one or two plain intervals of longitude that a box covers."""
    return ((west, east),) if west <= east else ((west, _HALF), (-_HALF, east))


def footprint(box: Box) -> dict[str, Any]:
    """Return the GeoJSON geometry of a normalised box; a box without width is a line or point."""
    west, south, east, north = box
    if west == east or south == north:
        return _thin(box)
    rings = [[_ring(w, south, e, north)] for w, e in spans(west, east)]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


def around(boxes: list[Box]) -> Box:
    """Return a box around all; where one crosses the antimeridian, it goes all the way round."""
    wests, souths, easts, norths = zip(*boxes, strict=True)
    if any(west > east for west, _, east, _ in boxes):
        return (-_HALF, min(souths), _HALF, max(norths))
    return (min(wests), min(souths), max(easts), max(norths))


def _turned(longitude: float) -> float:
    """Return a longitude within [-180, 180), rounded to a tenth of a microdegree: a centimetre."""
    return round((longitude + _HALF) % _ROUND - _HALF, 7)


def _ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def _thin(box: Box) -> dict[str, Any]:
    west, south, east, north = box
    if west == east and south == north:
        return {"type": "Point", "coordinates": [west, south]}
    lines = [[[w, south], [e, north]] for w, e in spans(west, east)]
    if len(lines) == 1:
        return {"type": "LineString", "coordinates": lines[0]}
    return {"type": "MultiLineString", "coordinates": lines}
