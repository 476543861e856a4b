"""One item's granules to its cube: fetched beside the converter, converted, put in place."""

from contextlib import ExitStack
from dataclasses import replace

import structlog

from inlet import documents, places
from inlet.house import House
from lake.errors import LostClaim
from lake.ledger import expected, items
from lake.ledger.items import LedgeredItem
from lake.ledger.states import ItemState
from lake.nouns import Cube, Granule, ItemId
from transforms.errors import FieldsMissing, TransformError
from transforms.granules import LocalGranule

log = structlog.get_logger(__name__)


def convert_item(house: House, row: ItemId) -> None:
    """Convert an assembled item, if it is free; bad granules make it invalid, with the reason."""
    with house.ledger.begin() as tx:
        claimed = items.claim(tx, [ItemState.ASSEMBLING], [row])
        granules = items.granules_of(tx, row)
        planned = expected.fields_planned(tx, row)
    for item in claimed:
        try:
            cube = _converted(house, item, granules)
            _require_all_fields(cube, planned)
        except TransformError as error:
            _settle_failure(house, item, error)
            continue
        _settle(house, item, cube)


def _require_all_fields(cube: Cube, planned: int | None) -> None:
    """Refuse a cube of fewer fields than were ordered: its provider said nothing of that."""
    if planned is not None and cube.fields_read < planned:
        raise FieldsMissing(
            f"expected {planned} fields, came {cube.fields_read}; the provider's answer lacks "
            "some of those that were ordered. Order again, or name in the source's `absent` what "
            "the archive does not have"
        )


def _converted(house: House, item: LedgeredItem, granules: list[Granule]) -> Cube:
    """Convert beside the lake and put table and cube in place; the same bytes every time."""
    from transforms.executors.choice import chosen  # noqa: PLC0415 - parsing stays light
    from transforms.isolation import convert_isolated  # noqa: PLC0415 - parsing stays light

    recipe, wanted = house.portfolio.collection(item.collection).recipe, house.settings
    with ExitStack() as stack:
        staging = stack.enter_context(house.store.staging())
        local = [
            LocalGranule(stack.enter_context(house.store.local(g.location)), g.media_type, g)
            for g in granules
        ]
        done = convert_isolated(
            local,
            recipe,
            str(staging / "cube.zarr"),
            executor=chosen(wanted.executor, wanted.workers, wanted.dask),
        )
        table = staging / "metrics.csv"
        done.metrics.to_csv(table, index=False)
        house.store.put(table, places.metrics(item))
        house.store.put(staging / "cube.zarr", places.cube(item))
    return replace(done.cube, location=places.cube(item))


def _settle(house: House, item: LedgeredItem, cube: Cube) -> None:
    try:
        with house.ledger.begin() as tx:
            items.move(
                tx,
                item.id,
                ItemState.ASSEMBLING,
                ItemState.CONVERTED,
                cube=documents.of_cube(cube),
                snapshot=None,
                outside=None,
            )
    except LostClaim as lost:
        log.warning("A cube was left to the item's new owner", item=item.id, why=str(lost))


def _settle_failure(house: House, item: LedgeredItem, error: TransformError) -> None:
    reason = f"{type(error).__name__}: {error}"
    log.warning("A conversion gave no cube", item=item.id, reason=reason)
    try:
        with house.ledger.begin() as tx:
            if error.is_final:
                items.move(tx, item.id, ItemState.ASSEMBLING, ItemState.INVALID, reason=reason)
            else:
                items.fail(tx, item.id, ItemState.ASSEMBLING, reason)
    except LostClaim as lost:
        log.warning("A failure was left to the item's new owner", item=item.id, why=str(lost))
