"""Every message of every real file lies in the cube where its coordinates say, as decoded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import eccodes
import netCDF4
import numpy as np
import pytest
import xarray as xr
from scipy.spatial import KDTree

from tests.transforms.makers import local
from transforms.convert import Conversion, convert
from transforms.recipe import Recipe

GRIBS = (
    "era5-2mt-2019-03-uk.grib",
    "era5-levels-members.grib",
    "eta.grb",
    "fields_with_missing_values.grib",
    "gfs.t12z.pgrbf120.2p5deg.grib2",
    "multi_param_on_multi_dims.grib",
    "reduced_gg.grib",
    "regular_gg_pl.grib",
    "regular_gg_sfc.grib",
    "regular_ll_msl.grib",
    "t_analysis_and_fc_0.grib",
)
POSITION_DEGREES = 6e-4
"""GRIB 1 rounds its corners to millidegrees; ecCodes counts on from them."""

LEVELS = {"level", "height", "depth", "altitude", "sigma", "pressure_depth", "potential_vorticity"}
POSITIONS = ("latitudes", "longitudes")

Place = tuple[Any, ...]


@pytest.fixture(scope="module", params=GRIBS)
def grib(request: pytest.FixtureRequest, samples: Path) -> Path:
    return samples / "grib" / str(request.param)


@pytest.fixture(scope="module")
def cube(grib: Path, tmp_path_factory: pytest.TempPathFactory) -> Conversion:
    into = tmp_path_factory.mktemp("cube") / "item.zarr"
    return convert([local(grib)], Recipe(), str(into))


def test_every_message_has_a_place(grib: Path, cube: Conversion) -> None:
    count = sum(1 for _ in fields(grib))

    assert cube.cube.fields_read == cube.cube.fields_written == len(cube.metrics) == count
    assert cube.cube.left_out == ()


def test_every_message_is_found_by_its_coordinates(grib: Path, cube: Conversion) -> None:
    placed = planes(cube)

    for field in fields(grib):
        matching = [plane for plane in placed[key_of(field)] if holds(plane, field)]
        assert len(matching) == 1, key_of(field)


def test_every_group_opens_in_one_line(cube: Conversion) -> None:
    tree = xr.open_datatree(cube.cube.location, engine="zarr")

    for hypercube in cube.cube.hypercubes:
        group = xr.open_zarr(f"{cube.cube.location}/{hypercube.group}".rstrip("/"))
        assert {variable.name for variable in hypercube.variables} <= set(group.data_vars)
        assert set(group.variables) == set(tree[hypercube.group or "/"].variables)


@pytest.mark.parametrize(
    ("name", "groups"), [("gfs.t12z.pgrbf120.2p5deg.grib2", 38), ("eta.grb", 17)]
)
def test_the_files_of_ncep_have_the_hypercubes_they_are_known_for(
    name: str, groups: int, samples: Path, tmp_path: Path
) -> None:
    done = convert([local(samples / "grib" / name)], Recipe(), str(tmp_path / "cube"))

    assert len(done.cube.hypercubes) == groups
    assert len({hypercube.group for hypercube in done.cube.hypercubes}) == groups


@pytest.mark.parametrize("name", ["eraint_uvz.nc", "basin_mask.nc"])
def test_every_netcdf_variable_holds_what_the_library_decodes(
    name: str, samples: Path, tmp_path: Path
) -> None:
    source = samples / "netcdf" / name
    done = convert([local(source)], Recipe(), str(tmp_path / "cube"))
    group = xr.open_zarr(done.cube.location)

    assert done.cube.fields_read == done.cube.fields_written
    with netCDF4.Dataset(source) as file:
        for variable in file.variables.values():
            expected = np.ma.filled(variable[...].astype("f8"), np.nan)
            step = abs(getattr(variable, "scale_factor", 0.0))
            np.testing.assert_allclose(
                group[variable.name].to_numpy(), expected, rtol=1e-7, atol=step / 2
            )


def fields(path: Path) -> Iterator[int]:
    """Give a handle of each field as ecCodes itself finds them, also where messages hold two."""
    eccodes.codes_grib_multi_support_on()
    try:
        with path.open("rb") as file:
            while (handle := eccodes.codes_grib_new_from_file(file)) is not None:
                yield handle
                eccodes.codes_release(handle)
    finally:
        eccodes.codes_grib_multi_support_off()


def key_of(handle: int) -> Place:
    """Tell a field by what it says, none of it through the converter."""
    date, clock = (eccodes.codes_get(handle, k) for k in ("validityDate", "validityTime"))
    valid = np.datetime64(f"{date // 10000:04}-{date // 100 % 100:02}-{date % 100:02}", "s")
    return (
        eccodes.codes_get(handle, "paramId"),
        eccodes.codes_get(handle, "shortName"),
        eccodes.codes_get(handle, "stepType"),
        eccodes.codes_get(handle, "typeOfLevel"),
        valid + np.timedelta64(clock // 100 * 60 + clock % 100, "m"),
    )


def planes(done: Conversion) -> dict[Place, list[xr.DataArray]]:
    """Return all fields of a cube by the key of the messages that they should come from."""
    found: dict[Place, list[xr.DataArray]] = {}
    for hypercube in done.cube.hypercubes:
        group = xr.open_zarr(f"{done.cube.location}/{hypercube.group}".rstrip("/"), chunks=None)
        kind = group.attrs["GRIB_typeOfLevel"]
        group = group.load()
        spatial = {axis.name for axis in hypercube.axes if axis.kind == "spatial"}
        for variable in hypercube.variables:
            array = group[variable.name]
            outer = [dimension for dimension in array.dims if dimension not in spatial]
            for index in np.ndindex(*(array.sizes[dimension] for dimension in outer)):
                plane = array[dict(zip(outer, index, strict=True))]
                about = plane.attrs
                key = (about["GRIB_paramId"], about["GRIB_shortName"], about["GRIB_stepType"])
                at = plane.time.to_numpy().astype("datetime64[s]")[()]
                for name in (name for name in group if str(name).endswith("_bounds")):
                    there = {
                        d: i for d, i in zip(outer, index, strict=True) if d in group[name].dims
                    }
                    top, bottom = group[name][there].to_numpy()
                    plane = plane.assign_coords(top=top, bottom=bottom)
                found.setdefault((*key, kind, at), []).append(plane)
    return found


def holds(plane: xr.DataArray, handle: int) -> bool:
    """Whether a plane is of the field's level and member, and then has all its values."""
    if not is_there(plane, handle):
        return False
    eccodes.codes_set(handle, "missingValue", 1e33)
    values = eccodes.codes_get_array(handle, "values")
    latitudes, longitudes = (eccodes.codes_get_array(handle, k) for k in POSITIONS)
    expected = np.where(values == 1e33, np.nan, values)
    found = value_at(plane, latitudes, longitudes)
    np.testing.assert_array_equal(found, expected.astype(plane.dtype))
    step = 2.0 ** eccodes.codes_get(handle, "binaryScaleFactor")
    step *= 10.0 ** -eccodes.codes_get(handle, "decimalScaleFactor")
    assert not (np.abs(found.astype("f8") - expected) > step / 2).any()
    return True


def is_there(plane: xr.DataArray, handle: int) -> bool:
    """Whether a message says that it lies where the plane lies."""

    def said(key: str, kind: type = int) -> Any:
        return eccodes.codes_get(handle, key, kind)

    numbers = ("discipline", "parameterCategory", "parameterNumber")
    if said("paramId") == 0 and plane.name != "_".join(["param", *map(str, map(said, numbers))]):
        return False
    if "member" in plane.coords and int(plane.member) != said("number"):
        return False
    for name in LEVELS & set(plane.coords):
        top, bottom = said("topLevel", float), said("bottomLevel", float)
        level = said("level", float)
        signed = 2**31 - level if level >= 2**31 else level
        edges = [plane.coords[edge] for edge in ("top", "bottom") if edge in plane.coords]
        if not np.allclose([plane[name], *edges], [signed, top, bottom][: 1 + len(edges)]):
            return False
    return True


def value_at(plane: xr.DataArray, latitudes: np.ndarray, longitudes: np.ndarray) -> np.ndarray:
    """Return the plane's values at positions, in their order."""
    if "cell" in plane.dims:
        near(plane.latitude.to_numpy(), latitudes)
        near(plane.longitude.to_numpy(), longitudes)
        return plane.to_numpy()
    if plane.latitude.ndim == 1:
        rows = nearest(plane.latitude.to_numpy(), latitudes)
        columns = nearest(plane.longitude.to_numpy(), longitudes, 360.0)
        return plane.transpose("latitude", "longitude").to_numpy()[rows, columns]
    flat = plane.transpose(*plane.latitude.dims).to_numpy().ravel()
    ours = KDTree(on_sphere(plane.latitude.to_numpy().ravel(), plane.longitude.to_numpy().ravel()))
    away, places = ours.query(on_sphere(latitudes, longitudes))
    assert np.degrees(away.max()) < POSITION_DEGREES
    return flat[places]


def on_sphere(latitudes: np.ndarray, longitudes: np.ndarray) -> np.ndarray:
    phi, theta = np.radians(latitudes), np.radians(longitudes)
    return np.stack([np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)], 1)


def nearest(axis: np.ndarray, wanted: np.ndarray, around: float | None = None) -> np.ndarray:
    away = np.abs(axis[:, None] - np.unique(wanted)[None, :])
    if around:
        away = np.minimum(away % around, -away % around)
    assert away.min(axis=0).max() < POSITION_DEGREES
    return away.argmin(axis=0)[np.searchsorted(np.unique(wanted), wanted)]


def near(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, atol=POSITION_DEGREES)
