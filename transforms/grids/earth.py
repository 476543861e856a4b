"""The figure of the Earth that a grid is laid on."""

from transforms.grids.geometry import Geometry

SPHERE_RADIUS_METRES = 6371229.0
"""The sphere of ECMWF and NCEP, where a message does not say (WMO code table 3.2, code 6)."""


def earth_attributes(geometry: Geometry) -> dict[str, float]:
    """Return CF's attributes of the figure of the Earth."""
    major = geometry.keys.get("earthMajorAxisInMetres", 0.0)
    minor = geometry.keys.get("earthMinorAxisInMetres", 0.0)
    if geometry.flag("earthIsOblate") and major > 0 and minor > 0:
        return {"semi_major_axis": major, "semi_minor_axis": minor}
    radius = geometry.keys.get("radius", 0.0)
    return {"earth_radius": radius if radius > 0 else SPHERE_RADIUS_METRES}
