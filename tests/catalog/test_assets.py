from dataclasses import replace

from catalog.assets import describe_assets, quality_report, quicklook
from tests.catalog.makers import a_cube, on_cells, on_latitudes
from tests.makers import a_granule


def lake(location: str) -> str:
    return f"/lake/{location}"


def test_one_hypercube_is_one_asset() -> None:
    assets = describe_assets(a_cube(), [a_granule()], [], str)

    assert list(assets) == ["cube", "source-main"]
    assert assets["cube"]["type"] == "application/vnd.zarr; version=3"
    assert assets["cube"]["file:checksum"].startswith("1220")


def test_each_group_of_several_is_an_asset_that_opens_by_itself() -> None:
    cube = a_cube(on_latitudes("surface"), on_cells("quality"), location="c.zarr")
    report = quality_report("reports/r.html")
    assets = describe_assets(cube, [], [report, quicklook("q.png")], lake)

    assert assets["surface"]["href"] == "/lake/c.zarr/surface"
    assert assets["surface"]["proj:code"] == "EPSG:4326"
    assert assets["group-quality"]["href"] == "/lake/c.zarr/quality"
    assert assets["quality"]["type"] == "text/html"
    assert assets["quicklook"]["roles"] == ["thumbnail", "overview"]
    assert "surface, quality" in assets["cube"]["description"]


def test_coarser_levels_are_named_where_the_cube_is() -> None:
    full = replace(on_latitudes("surface"), overviews=("surface_overview_1",))
    assets = describe_assets(a_cube(full, location="c.zarr"), [], [], lake)

    assert assets["cube"]["type"] == "application/vnd.zarr; version=3; profile=multiscales"
    assert assets["cube"]["inlet:overviews"] == {"surface": ["surface_overview_1"]}
    assert assets["surface"]["href"] == "/lake/c.zarr/surface"


def test_every_granule_of_a_part_is_kept_in_the_same_order() -> None:
    granules = [a_granule("one"), a_granule("two"), a_granule("three", part="b")]
    forward, backward = (describe_assets(a_cube(), g, [], str) for g in (granules, granules[::-1]))

    assert forward == backward
    assert list(forward)[1:] == ["source-b", "source-main", "source-main-2"]
