"""Makers of cubes and of what becomes of them, for the catalogue and those downstream of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from catalog.assets import Attachment
from catalog.item import Identity, Stamps, describe
from catalog.publisher import EmbeddedPublisher, Publisher, publish
from catalog.succession import Result
from lake import multihash
from lake.ledger import assembly, items
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Ledger, Transaction
from lake.ledger.states import ItemState
from lake.nouns import (
    Axis,
    Cube,
    Finding,
    Granule,
    Hypercube,
    Item,
    ItemId,
    LeftOut,
    Variable,
    Verdict,
    Waiver,
    Window,
)
from tests.makers import NEW_YEAR, a_day, a_granule, an_offer, landed

GLOBE = (-180.0, -90.0, 180.0, 90.0)


def on_latitudes(group: str = "", levels: int = 0) -> Hypercube:
    axes = (
        Axis("time", "time", 24, "2024-01-01T00:00:00Z", "2024-01-01T23:00:00Z"),
        *((Axis("pressure", "level", levels, 1000.0, 500.0, "hPa"),) if levels else ()),
        Axis("latitude", "spatial", 721, 90.0, -90.0, "degrees_north"),
        Axis("longitude", "spatial", 1440, 0.0, 359.75, "degrees_east"),
    )
    names = tuple(axis.name for axis in axes)
    shape = tuple(axis.size for axis in axes)
    temperature = Variable("t", names, shape, "float32", "K", "air_temperature", "Temperature")
    return Hypercube(
        group, axes, (temperature,), "regular_ll", {"grid_mapping_name": "latitude_longitude"}
    )


def a_forecast(steps: int = 3) -> Hypercube:
    axes = (
        Axis("forecast_reference_time", "time", 1, "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        Axis("step", "time", steps, 6.0, 6.0 * steps, "hours"),
        Axis("latitude", "spatial", 3, 1.0, -1.0, "degrees_north"),
        Axis("longitude", "spatial", 4, 0.0, 3.0, "degrees_east"),
    )
    names, shape = tuple(a.name for a in axes), tuple(a.size for a in axes)
    wind = Variable("u10", names, shape, "float32", "m s-1", "eastward_wind")
    return Hypercube("", axes, (wind,), "regular_ll")


def on_cells(group: str = "") -> Hypercube:
    axes = (
        Axis("time", "time", 2, "2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z"),
        Axis("member", "member", 3, 0.0, 2.0),
        Axis("cell", "spatial", 196608),
    )
    names = tuple(axis.name for axis in axes)
    wind = Variable("u10", names, (2, 3, 196608), "float32", "m s-1")
    mapping = {"grid_mapping_name": "healpix", "refinement_level": 7}
    return Hypercube(group, axes, (wind,), "healpix", mapping)


def on_lambert(group: str = "") -> Hypercube:
    axes = (
        Axis("y", "spatial", 100, 0.0, 297000.0, "m"),
        Axis("x", "spatial", 200, 0.0, 597000.0, "m"),
    )
    mapping = {
        "grid_mapping_name": "lambert_conformal_conic",
        "standard_parallel": 38.5,
        "longitude_of_central_meridian": 262.5,
        "latitude_of_projection_origin": 38.5,
        "earth_radius": 6371229.0,
    }
    return Hypercube(
        group, axes, (Variable("z", ("y", "x"), (100, 200), "int16"),), "lambert", mapping
    )


def a_cube(
    *hypercubes: Hypercube,
    bbox: tuple[float, float, float, float] = GLOBE,
    start: datetime | None = NEW_YEAR,
    end: datetime | None = NEW_YEAR + timedelta(hours=23),
    location: str = "/lake/cubes/era5/era5-20240101/r1.zarr",
) -> Cube:
    return Cube(
        location=location,
        digest=multihash.of_bytes(location.encode()),
        size=1234,
        hypercubes=hypercubes or (on_latitudes(),),
        start=start,
        end=end,
        bbox=bbox,
        fields_read=25,
        fields_written=24,
        left_out=(LeftOut("message 25", "spherical harmonics"),),
    )


def a_verdict() -> Verdict:
    finding = Finding("expect_column_values_to_be_between", "t", "170 to 350", "201 to 320", True)
    return Verdict("plausible", "1", True, (finding,))


def described(
    identity: Identity | None = None,
    cube: Cube | None = None,
    *,
    granules: Sequence[Granule] = (),
    published: datetime = NEW_YEAR,
    created: datetime | None = None,
    attachments: Sequence[Attachment] = (),
    window: Window | None = None,
    waiver: Waiver | None = None,
) -> Item:
    return describe(
        identity or Identity("era5", "era5-20240101", "r1"),
        cube or a_cube(),
        a_verdict(),
        granules or (a_granule(),),
        window=window or a_day(),
        stamps=Stamps(created or published, published),
        href=str,
        attachments=attachments,
        waiver=waiver,
    )


def judged(
    tx: Transaction, key: str = "era5-20240101", content: str = "bytes", collection: str = "era5"
) -> LedgeredItem:
    """Take an item revision the whole way to judged, and claim it."""
    offer = an_offer(f"{collection}/{key}/{content}", item_key=key, collection=collection)
    row = assembly.assemble(tx, [landed(tx, offer, [a_granule(content)])], ["main"])[0]
    return judged_again(tx, row)


def judged_again(tx: Transaction, row: ItemId) -> LedgeredItem:
    """Take an assembled revision the rest of the way to judged, and claim it."""
    for before, after in (
        (ItemState.ASSEMBLING, ItemState.CONVERTED),
        (ItemState.CONVERTED, ItemState.JUDGED),
    ):
        items.claim(tx, [before], [row])
        items.move(tx, row, before, after)
    return items.claim(tx, [ItemState.JUDGED], [row])[0]


def published(
    ledger: Ledger,
    key: str = "era5-20240101",
    content: str = "bytes",
    *,
    collection: str = "era5",
    cube: Cube | None = None,
    publisher: Publisher | None = None,
) -> Item:
    """Publish a revision of an item, and return it."""
    with ledger.begin() as tx:
        row = judged(tx, key, content, collection)
        item = described(
            Identity(row.collection, row.key, row.revision),
            cube,
            published=tx.now,
            created=items.first_published(tx, row.collection, [row.key]).get(row.key),
        )
    [outcome] = publish(ledger, publisher or EmbeddedPublisher(), [(row, item)])
    assert outcome.result is Result.PUBLISHED
    return item
