"""The picture of an item: drawn in a process of its own, and never waited for long.

It is drawn while the gate judges the next item, and at publication where it is not there by then.
"""

import atexit
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import structlog

from catalog.assets import Attachment, describe_assets, quicklook
from hooks.errors import HookError
from hooks.worker import Job, Worker
from hooks.workflows import module_of
from inlet import documents, places
from inlet.house import House
from lake.ledger.items import LedgeredItem
from lake.nouns import Cube

DEADLINE_SECONDS = 120.0
log = structlog.get_logger(__name__)


def draw(
    house: House, item: LedgeredItem, cube: Cube, deadline_seconds: float = DEADLINE_SECONDS
) -> Attachment | None:
    """Put the picture of an item beside its cube; None, and a line in the log, if it fails."""
    assets = describe_assets(cube, [], [], house.store.url)
    wanted = json.dumps({"id": item.key, "assets": assets})
    try:
        with house.store.staging() as staging:
            job = Job(module_of("quicklook"), wanted, staging)
            house.store.put(_worker().run(job, deadline_seconds), places.quicklook(item))
    except (HookError, OSError) as error:
        log.warning("An item goes without a picture", item=item.id, reason=str(error))
        return None
    return quicklook(places.quicklook(item))


@contextmanager
def ahead(house: House) -> Iterator[Callable[[LedgeredItem], object]]:
    """Give what has an item's picture drawn meanwhile; at the end all of them are waited for.

    Where the caller breaks off, those that were not begun are left to publication.
    """
    pool = ThreadPoolExecutor(1, "pictures")
    with ExitStack() as end:
        end.push(lambda broken, *_: pool.shutdown(cancel_futures=broken is not None))
        yield lambda item: pool.submit(draw, house, item, documents.to_cube(item.cube))


def of_item(house: House, item: LedgeredItem) -> Attachment | None:
    """Return the picture of an item, drawn by now or before; None where it cannot be drawn."""
    if house.store.exists(places.quicklook(item)):
        return quicklook(places.quicklook(item))
    return draw(house, item, documents.to_cube(item.cube))


_shared: dict[int, Worker] = {}


def _worker() -> Worker:
    """Return the one drawing process that this program keeps: it takes seconds to start."""
    # a forked child must not talk through its parent's pipes: each program has its own
    if os.getpid() not in _shared:
        _shared[os.getpid()] = Worker()
        atexit.register(_close)
    return _shared[os.getpid()]


def _close() -> None:
    worker = _shared.pop(os.getpid(), None)
    if worker is not None:
        worker.close()
