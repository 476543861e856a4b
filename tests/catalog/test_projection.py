from dataclasses import replace

from pyproj import CRS

from catalog.projection import describe_projection
from tests.catalog.makers import on_cells, on_lambert, on_latitudes


def test_latitude_and_longitude_are_epsg_4326() -> None:
    assert describe_projection(on_latitudes()) == {
        "proj:code": "EPSG:4326",
        "proj:shape": [721, 1440],
    }


def test_a_projection_without_a_code_is_written_out() -> None:
    described = describe_projection(on_lambert())

    assert described["proj:code"] is None
    assert CRS.from_wkt(described["proj:wkt2"]).is_projected
    assert described["proj:shape"] == [100, 200]


def test_cells_claim_no_coordinate_system() -> None:
    assert describe_projection(on_cells()) == {}


def test_a_mapping_that_nobody_knows_claims_none() -> None:
    assert describe_projection(replace(on_lambert(), grid_mapping={})) == {}
    assert (
        describe_projection(replace(on_lambert(), grid_mapping={"grid_mapping_name": "?"})) == {}
    )
