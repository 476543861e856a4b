import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from hooks.errors import WorkflowFailed
from hooks.workflows.drawing.picture import MOST_BYTES, SIZE_PIXELS
from hooks.workflows.quicklook import draw, run
from tests.hooks.workflows import stores

ZARR = "application/vnd.zarr; version=3"
GRIDS = {
    "regular": stores.regular,
    "region": lambda: stores.regular(west=-12, east=30, south=35, north=62),
    "across the antimeridian": lambda: stores.regular(west=150, east=240, south=-30, north=40),
    "reduced gaussian": stores.reduced_gaussian,
    "unstructured": stores.unstructured,
    "healpix": stores.on_healpix,
    "part of a healpix": lambda: stores.on_healpix(cells=np.arange(3072, 4096)),
    "projected": stores.projected,
    "series": stores.series,
}


def drawn(dataset: xr.Dataset, folder: Path, variable: str | None = None) -> Image.Image:
    return Image.open(
        draw(stores.save(dataset, folder / "a.zarr"), "", variable, folder / "a.png")
    )


def item_of(**assets: dict[str, object]) -> str:
    return json.dumps({"id": "2026-01-02", "collection": "era5", "assets": assets})


@pytest.mark.parametrize("grid", GRIDS)
def test_every_grid_gives_a_picture_with_colours(grid: str, tmp_path: Path) -> None:
    image = drawn(GRIDS[grid](), tmp_path)

    assert image.size == SIZE_PIXELS
    assert (tmp_path / "a.png").stat().st_size < MOST_BYTES
    assert len(image.convert("RGB").getcolors(maxcolors=2**20)) > 20


def test_the_same_cube_gives_the_same_bytes_without_metadata(tmp_path: Path) -> None:
    store = stores.save(stores.regular(), tmp_path / "a.zarr")

    first = draw(store, "", None, tmp_path / "1.png").read_bytes()
    second = draw(store, "", None, tmp_path / "2.png").read_bytes()

    assert first == second
    assert Image.open(tmp_path / "1.png").info == {}


def test_noise_is_drawn_with_fewer_colours_rather_than_more_bytes(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(280, 20, (400, 800)).astype("f4")
    latitude, longitude = np.linspace(90, -90, 400), np.arange(800) * 0.45
    axes = {"latitude": latitude, "longitude": longitude}
    drawn(xr.Dataset({"t2m": (("latitude", "longitude"), noise)}, axes), tmp_path)

    assert (tmp_path / "a.png").stat().st_size < MOST_BYTES


def test_a_field_without_any_value_is_drawn_empty(tmp_path: Path) -> None:
    empty = stores.regular()
    empty["t2m"] = empty["t2m"] * np.nan

    assert drawn(empty, tmp_path).size == SIZE_PIXELS


def test_a_group_that_is_named_is_drawn(tmp_path: Path) -> None:
    stores.save(stores.regular(), tmp_path / "a.zarr", group="surface")

    into = draw(str(tmp_path / "a.zarr"), "surface", "t2m", tmp_path / "deep" / "er" / "a.png")

    assert into.is_file()


def test_an_unknown_variable_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    store = stores.save(stores.regular(), tmp_path / "a.zarr")

    with pytest.raises(WorkflowFailed, match=r"expected sst .* came \['t2m'\]"):
        draw(store, "", "sst", tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()


def test_a_workflow_draws_the_cube_of_the_item(tmp_path: Path) -> None:
    store = stores.save(stores.regular(), tmp_path / "a.zarr")
    item = item_of(cube={"href": store}, source={"href": "nowhere", "roles": ["source"]})

    assert run(item, tmp_path / "out") == tmp_path / "out" / "quicklook.png"


def test_without_a_cube_the_zarr_asset_with_the_role_data_is_drawn(tmp_path: Path) -> None:
    store = stores.save(stores.regular(), tmp_path / "a.zarr")
    data = {"href": f"file://{store}", "type": ZARR, "roles": ["data"]}

    assert run(
        item_of(thumb={"href": "x.png", "type": "image/png"}, data=data), tmp_path
    ).is_file()


def test_of_many_groups_the_best_known_variable_is_drawn(tmp_path: Path) -> None:
    odd = stores.regular().rename(t2m="strange")
    for group, dataset in {"odd": odd, "surface": stores.regular()}.items():
        stores.save(dataset, tmp_path / "a.zarr", group=group)
    store = str(tmp_path / "a.zarr")
    groups = {
        name: {"href": f"{store}/{name}", "type": ZARR, "roles": ["data"]}
        for name in ("odd", "surface")
    }

    chosen = run(item_of(cube={"href": store}, **groups), tmp_path / "out").read_bytes()

    assert chosen == draw(store, "surface", "t2m", tmp_path / "t2m.png").read_bytes()


def test_an_item_without_a_cube_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkflowFailed, match="expected a Zarr asset"):
        run(item_of(), tmp_path)


def test_an_item_id_cannot_lead_out_of_the_directory(tmp_path: Path) -> None:
    store = stores.save(stores.regular(), tmp_path / "a.zarr")
    item = json.loads(item_of(cube={"href": store})) | {"id": "../../x", "collection": ".."}

    made = run(json.dumps(item), tmp_path / "out")

    assert made.resolve().is_relative_to((tmp_path / "out").resolve())
