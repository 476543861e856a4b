"""``inlet harvest`` from the lake on, in a process of its own that may be killed."""

import multiprocessing
import sys
from multiprocessing.context import ForkServerProcess

from inlet import logs, steps
from inlet.harvest import refine
from inlet.house import opened
from inlet.settings import Settings
from lake.ledger import progress

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(  # what takes seconds is imported once, and forked with
    [__name__, "inlet.growing_commit", "transforms.isolation", "transforms.quality.judge"]
)


def begun(settings: Settings, collection: str) -> ForkServerProcess:
    """Begin to convert, judge, grow and publish what has landed of a collection.

    The process ends with 0 where all of it was published.
    """
    process = _CONTEXT.Process(target=_refine, args=(settings, collection))
    process.start()
    return process


def _refine(settings: Settings, collection: str) -> None:
    logs.to_file(settings.home)
    with opened(settings) as house:
        steps.revive(house, collection)
        refine(house, collection)
        with house.ledger.begin() as tx:
            came = progress.progress(tx, collection)
    sys.exit(1 if came.failed or came.invalid or came.outside else 0)
