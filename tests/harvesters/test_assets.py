import pytest

from harvesters.assets import is_data


@pytest.mark.parametrize(
    ("asset", "expected"),
    [
        ({"href": "https://h/a.grib2", "type": "application/wmo-GRIB2"}, True),
        ({"href": "https://h/a", "type": "application/x-netcdf"}, True),
        ({"href": "https://h/a.nc", "type": "application/octet-stream"}, True),
        ({"href": "https://h/a.GRB?token=x"}, True),
        ({"href": "https://h/a", "roles": ["data"]}, True),
        ({"href": "https://h/a.tar.gz"}, True),
        ({"href": "https://h/a.png", "type": "image/png"}, False),
        ({"href": "https://h/a.json", "type": "application/json", "roles": ["data"]}, False),
        ({"href": "https://h/a.nc", "roles": ["metadata"]}, False),
        ({"href": "https://h/a"}, False),
    ],
)
def test_an_asset_is_data_by_what_it_says_of_itself(
    asset: dict[str, object], expected: bool
) -> None:
    assert is_data("key", asset, None) is expected


def test_a_regex_of_keys_overrules_what_assets_say() -> None:
    assert is_data("B02", {"href": "https://h/a.jp2", "type": "image/jp2"}, "^B0[1-3]$")
    assert not is_data("data", {"href": "https://h/a.nc"}, "^B0[1-3]$")
