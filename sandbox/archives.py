"""What the archives behind the counters make: GRIB for a request of ERA5 or of a twin."""

import json
from dataclasses import dataclass

from sandbox.counter import Wish, fields_left_out
from sandbox.holdings import era5, extremes_dt
from sandbox.holdings.climate_dt import ClimateRequest, parse_climate
from sandbox.holdings.extremes_dt import ExtremesRequest
from sandbox.orders import Json
from sandbox.shelf import AtRest
from sandbox.stock import Stock

NOTHING_OF_THE_TWIN = "0 messages retrieved out of 1 expected: no data"


@dataclass(frozen=True, slots=True)
class Archive:
    """One room's way to both archives. What is wrong with a request shows when it is made."""

    stock: Stock
    room: str

    def era5(self, subject: str, dataset: str, inputs: Json) -> Wish:
        """An order of an ERA5 data set; ``subject`` is what the room calls it."""
        left_out = fields_left_out(self.stock, self.room, subject)

        def make() -> AtRest:
            request = era5.parse_era5(dataset, inputs)
            return self.stock.shelf.get(
                _key(dataset, inputs, left_out),
                lambda path: request.write(path, self.stock.fields, left_out),
            )

        return Wish(self.room, subject, inputs, make, era5.NO_DATA)

    def twin(self, subject: str, mars: Json) -> Wish:
        """An order of a Digital Twin."""
        left_out = fields_left_out(self.stock, self.room, subject)

        def make() -> AtRest:
            request = parse_twin(mars)
            return self.stock.shelf.get(
                _key("twin", mars, left_out),
                lambda path: request.write(path, self.stock.fields, left_out),
            )

        return Wish(self.room, subject, mars, make, NOTHING_OF_THE_TWIN)


def parse_twin(mars: Json) -> ClimateRequest | ExtremesRequest:
    """Read a MARS request of either twin. Raises an OrderError with what Polytope would say."""
    is_extremes = mars.get("dataset") == extremes_dt.DATASET
    return extremes_dt.parse_extremes(mars) if is_extremes else parse_climate(mars)


def _key(name: str, request: Json, left_out: int) -> str:
    return f"{name}/{json.dumps(request, sort_keys=True)}/{left_out}"
