import numpy as np
import xarray as xr

from hooks.workflows.drawing.choice import choose, first_field, rank
from tests.hooks.workflows import stores


def test_the_best_known_map_is_chosen() -> None:
    dataset = stores.regular()
    dataset["strange"] = dataset["t2m"]
    dataset["skt"] = dataset["t2m"].isel(latitude=0, longitude=0)

    assert choose(dataset[["strange", "skt", "t2m"]], None).name == "t2m"
    assert choose(dataset[["strange", "skt"]], None).name == "strange"


def test_text_and_single_numbers_are_not_drawable() -> None:
    dataset = xr.Dataset({"words": ("x", np.array(["a", "b"])), "crs": ((), 0)})

    assert choose(dataset, None) is None
    assert rank(dataset) is None


def test_the_first_slice_keeps_rows_before_columns() -> None:
    array = stores.regular()["t2m"].transpose("longitude", "time", "latitude")

    assert first_field(array).dims == ("latitude", "longitude")


def test_a_single_place_is_a_curve_in_time() -> None:
    array = stores.regular()["t2m"].isel(latitude=slice(1), longitude=slice(1))

    assert first_field(array).dims == ("time",)
