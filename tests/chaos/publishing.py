"""A publisher, for ever: cubes to S3, and the house's own publication; to be killed at any time.

python -m tests.chaos.publishing        where things are is told by INLET_* and AWS_*
"""

import itertools
import time
from collections.abc import Sequence
from dataclasses import replace

from catalog.export import export
from inlet import documents, logs, places, publication, steps
from inlet.house import House, opened
from lake.ledger import items
from lake.ledger.items import LedgeredItem
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from tests.catalog.makers import a_verdict
from tests.chaos import cubes

_BATCH = 20
_BETWEEN_SECONDS = 0.05
_EXPORT_EVERY = 20  # turns


def publish_for_ever() -> None:
    with opened() as house:
        logs.to_file(house.settings.home)
        for turn in itertools.count():
            for name in house.portfolio.collections:
                steps.revive(house, name)
                _bring_out(house, steps.unfinished_items(house, name)[:_BATCH])
            publication.heed_withdrawals(house)
            if turn % _EXPORT_EVERY == 0:
                export(house.ledger, house.settings.catalog_root, house.templates)
            time.sleep(_BETWEEN_SECONDS)


def _bring_out(house: House, ids: Sequence[ItemId]) -> None:
    _prepare(house, ids)
    steps.publish(house, ids)


def _prepare(house: House, ids: Sequence[ItemId]) -> None:
    """Do what converting and judging do: cubes in the lake, rows judged."""
    with house.ledger.begin() as tx:
        claimed = items.claim(tx, [ItemState.ASSEMBLING, ItemState.CONVERTED], ids)
    template = house.settings.home.parent / cubes.TEMPLATE
    for item in claimed:
        with house.store.staging() as staging:
            cube = cubes.write(template, staging / "cube.zarr", item.key, item.sequence)
            house.store.put(staging / "cube.zarr", places.cube(item))
            for page in (places.report(item), places.data_docs(item)):
                (staging / "page.html").write_text(f"<p>{item.key}</p>")
                house.store.put(staging / "page.html", page)
        _judge(house, item, documents.of_cube(replace(cube, location=places.cube(item))))


def _judge(house: House, item: LedgeredItem, cube: object) -> None:
    verdict = documents.of_verdict(a_verdict())
    with house.ledger.begin() as tx:
        if item.state is ItemState.ASSEMBLING:
            items.move(tx, item.id, ItemState.ASSEMBLING, ItemState.CONVERTED, cube=cube)
            items.claim(tx, [ItemState.CONVERTED], [item.id])
        items.move(tx, item.id, ItemState.CONVERTED, ItemState.JUDGED, verdict=verdict)


if __name__ == "__main__":
    publish_for_ever()
