"""Granules to one cube."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests.transforms.makers import POINTS, a_file, a_message, a_netcdf, local
from transforms.convert import convert
from transforms.errors import (
    NothingToConvert,
    TargetOccupied,
    UnreadableGranule,
)
from transforms.granules import LocalGranule
from transforms.metrics import COLUMNS
from transforms.recipe import Recipe
from transforms.writers.target import Target


@pytest.fixture
def granule(tmp_path: Path) -> LocalGranule:
    return a_file(tmp_path / "one.grib", *(a_message(shortName=n) for n in ("2t", "2d")))


def test_the_same_granules_give_the_same_bytes(granule: LocalGranule, tmp_path: Path) -> None:
    first, second = (convert([granule], Recipe(), str(tmp_path / n)).cube for n in "ab")

    assert first.digest == second.digest
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_the_digest_is_over_every_object(granule: LocalGranule, tmp_path: Path) -> None:
    cube = convert([granule], Recipe(), str(tmp_path / "cube")).cube
    assert cube.size == sum(map(len, files(tmp_path / "cube").values()))

    (tmp_path / "cube" / "zarr.json").write_text("{}")
    assert Target(cube.location).seal().digest != cube.digest


def test_parts_and_formats_meet_in_one_store(tmp_path: Path) -> None:
    grib = a_file(tmp_path / "a.grib", a_message(dataTime=0))
    later = a_file(tmp_path / "b.grib", a_message(dataTime=600))
    netcdf = a_netcdf(tmp_path / "c.nc")
    cube = convert([netcdf, later, grib], Recipe(), str(tmp_path / "cube")).cube
    tree = xr.open_datatree(cube.location, engine="zarr")

    assert sorted(tree.children) == ["netcdf", "surface"]
    assert tree["surface"].sizes["time"] == 2
    assert cube.fields_read == cube.fields_written == 2 + 4


def test_the_recipe_keeps_variables_by_either_name(granule: LocalGranule, tmp_path: Path) -> None:
    cube = convert([granule], Recipe(variables=("2t", "tp")), str(tmp_path / "cube")).cube

    assert [v.name for h in cube.hypercubes for v in h.variables] == ["t2m"]
    assert {left.where for left in cube.left_out} == {"d2m", "tp"}


def test_a_recipe_that_keeps_nothing_says_so(granule: LocalGranule, tmp_path: Path) -> None:
    with pytest.raises(NothingToConvert, match="expected tp"):
        convert([granule], Recipe(variables=("tp",)), str(tmp_path / "cube"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.grib", b""),
        ("text.grib", b"This is a text file, whatever its name says.\n" * 9),
        ("zip.nc", b"PK\x03\x04" + bytes(200)),
        ("page.grib", b"<html><body>Your session has expired</body></html>"),
        ("magic.grib", b"GRIB"),
        ("hdf.nc", b"\x89HDF\r\n\x1a\n" + bytes(100)),
        ("cdf.nc", b"CDF\x01" + bytes(3)),
        ("absurd.nc", b"CDF\x01" + b"\xff" * 200),
    ],
)
def test_bytes_that_are_not_what_they_claim_are_refused(
    name: str, content: bytes, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableGranule, match=r"expected .*, came .*fetch"):
        convert([a_file(tmp_path / name, content)], Recipe(), str(tmp_path / "cube"))


def test_real_files_cut_in_half_are_refused(samples: Path, tmp_path: Path) -> None:
    for path in (*samples.glob("grib/*.gr*b*"), *samples.glob("netcdf/*.nc")):
        data = path.read_bytes()
        half = a_file(
            tmp_path / path.name, data[: len(data) // 2 - 500]
        )  # not in the padding of GRIB 1
        with pytest.raises(UnreadableGranule):
            convert([half], Recipe(), str(tmp_path / "cube"))


def test_what_an_interrupted_conversion_left_is_replaced(
    granule: LocalGranule, tmp_path: Path
) -> None:
    whole = convert([granule], Recipe(), str(tmp_path / "cube")).cube
    (tmp_path / "cube" / "t2m" / "c" / "left" / "over").mkdir(parents=True)
    (tmp_path / "cube" / "t2m" / "c" / "left" / "over" / "chunk").write_bytes(b"half")

    assert convert([granule], Recipe(), str(tmp_path / "cube")).cube.digest == whole.digest


def test_what_is_no_store_is_never_removed(granule: LocalGranule, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("years of work")

    with pytest.raises(TargetOccupied, match="1 files"):
        convert([granule], Recipe(), str(tmp_path / "home"))
    assert (tmp_path / "home" / "thesis.tex").read_text() == "years of work"


def test_the_metrics_say_what_was_written(tmp_path: Path) -> None:
    values = np.arange(POINTS, dtype=float)
    values[0] = np.nan
    granule = a_file(tmp_path / "one.grib", a_message(values, shortName="2t"))
    row = convert([granule], Recipe(), str(tmp_path / "cube")).metrics.iloc[0]

    assert tuple(row.index) == COLUMNS
    assert (row["count"], row.missing, row.minimum, row.maximum) == (POINTS, 1, 1.0, 11.0)
    assert row["mean"] == pytest.approx(6.0, abs=0.01)
    assert row["std"] == pytest.approx(np.arange(1, 12).std(), abs=0.01)
    assert row.time == pd.Timestamp("2007-03-23T12:00Z")
    assert (row.variable, row.standard_name, row.unit) == ("t2m", "air_temperature", "K")


def test_a_store_may_lie_on_any_file_system(granule: LocalGranule) -> None:
    cube = convert([granule], Recipe(), "memory://bucket/cube.zarr").cube

    assert xr.open_zarr(cube.location).t2m.shape == (1, 3, 4)


def test_granules_do_not_mind_the_name_of_their_file(tmp_path: Path) -> None:
    path = a_netcdf(tmp_path / "a.nc").path.rename(tmp_path / "actually.grib")

    assert convert([local(path)], Recipe(), str(tmp_path / "cube")).cube.fields_written == 4


def files(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in found}
