import pytest

from sandbox.disguises import disguised
from sandbox.faults import Fault, Faults
from sandbox.fields import Fields
from sandbox.holdings.ticks import tick_products

TICK = tick_products(Fields(1))[0]


def packed(fault: Fault | None) -> tuple[str, str]:
    faults = Faults()
    if fault:
        faults.set(fault)
    product = disguised(TICK, lambda: b"GRIB", faults, "stac")
    again = disguised(TICK, lambda: b"GRIB", faults, "stac")
    assert product == again
    return product.file_name, product.media_type


def test_a_product_is_itself_unless_told_otherwise() -> None:
    assert disguised(TICK, lambda: b"", Faults(), "stac") is TICK


@pytest.mark.parametrize(
    ("name", "options", "suffix", "media_type"),
    [
        ("packed_product", {"format": "zip"}, ".zip", "application/zip"),
        ("packed_product", {"format": "tar"}, ".tar", "application/x-tar"),
        ("packed_product", {}, ".tar.gz", "application/gzip"),
        ("tar_slip", {}, ".tar", "application/x-tar"),
        ("zip_slip", {}, ".zip", "application/zip"),
        ("zip_bomb", {"bytes": 1000}, ".zip", "application/zip"),
        ("nested_archive", {}, ".zip", "application/zip"),
    ],
)
def test_an_archive_is_the_same_each_time_and_says_what_it_is(
    name: str, options: dict[str, str | int], suffix: str, media_type: str
) -> None:
    expected = (f"{TICK.id}{suffix}", media_type)

    assert packed(Fault(name, options=options)) == expected
