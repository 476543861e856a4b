"""The executor that an installation has chosen."""

from typing import Literal

from transforms.executors.clusters import LOCAL
from transforms.executors.dask import Dask
from transforms.executors.processes import Processes
from transforms.executors.protocol import Executor
from transforms.executors.threads import Threads

Kind = Literal["threads", "processes", "dask"]


def chosen(kind: Kind, workers: int = 0, where: str = LOCAL) -> Executor:
    """Return the executor of a kind; only Dask asks ``where``."""
    if kind == "threads":
        return Threads(workers)
    if kind == "processes":
        return Processes(workers)
    return Dask(where, workers)
