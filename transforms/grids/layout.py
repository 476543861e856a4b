"""The one way from what a source says of a grid to the grid of a cube."""

from transforms.errors import UnreadableGranule, UnsupportedGrid
from transforms.grids.arrangement import Arrangement
from transforms.grids.cells import lay_out_cells, lay_out_healpix, lay_out_reduced
from transforms.grids.geometry import Geometry
from transforms.grids.projected import lay_out_projected
from transforms.grids.regular import lay_out_regular, lay_out_rotated
from transforms.plans import Grid

SPECTRAL = frozenset({"sh", "rotated_sh", "stretched_sh", "stretched_rotated_sh"})
RECTANGULAR = {
    "regular_ll": lay_out_regular,
    "regular_gg": lay_out_regular,
    "rotated_ll": lay_out_rotated,
    "lambert": lay_out_projected,
    "polar_stereographic": lay_out_projected,
    "mercator": lay_out_projected,
}
LISTED = {"reduced_gg": lay_out_reduced, "healpix": lay_out_healpix}


def lay_out(geometry: Geometry) -> tuple[Grid, Arrangement]:
    """Return the grid of a cube, and how a message's values are arranged on it.

    A kind that is not known becomes a list of cells with their positions, and is named so.

    Raises:
        UnsupportedGrid: the values are spectral coefficients.
        UnreadableGranule: the rows and columns do not hold as many points as there are values.
    """
    if geometry.kind in SPECTRAL:
        raise UnsupportedGrid(
            f"expected values on a grid, came spherical harmonics ({geometry.kind});"
            " ask the provider for a grid (grid=…), or transform them first"
        )
    if geometry.kind in LISTED:
        return LISTED[geometry.kind](geometry)
    if geometry.kind not in RECTANGULAR:
        return lay_out_cells(geometry)
    rows, columns = geometry.whole("Nj"), geometry.whole("Ni")
    if rows * columns != geometry.points or not geometry.points:
        raise UnreadableGranule(
            f"expected {rows} x {columns} values on a {geometry.kind} grid,"
            f" came {geometry.points}; fetch the granule again"
        )
    return RECTANGULAR[geometry.kind](geometry)
