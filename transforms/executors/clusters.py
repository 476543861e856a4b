"""Clusters that Dask can work on: one made here, one at an address, of a gateway or of a queue.

What a queue or a gateway wants to know besides (cores, memory, partition, credentials) is written
into Dask's own configuration: https://docs.dask.org/en/stable/configuration.html
"""

import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from transforms.errors import ExecutorUnavailable

LOCAL = "local"
GATEWAY = "gateway+"
SUBMITS: Mapping[str, str] = {"slurm": "sbatch", "htcondor": "condor_submit"}
"""Queues, and the command without which none is there."""
WORKERS_ENVIRONMENT = {"OMP_NUM_THREADS": "1"}
"""Dask's own has MALLOC_TRIM_THRESHOLD_, which has every buffer faulted in anew (measured)."""

_clients: dict[tuple[str, int], Any] = {}


def client(where: str, workers: int) -> Any:  # noqa: ANN401 - a Client, which may not be there
    """Return a client of the cluster, made at the first call and kept as long as it is connected.

    ``where`` is ``local``, the address of a scheduler, ``gateway+https://…``, ``slurm`` or
    ``htcondor``; ``workers`` are asked for where a cluster is made (0: one for each core here,
    one elsewhere).

    Raises:
        ExecutorUnavailable: a package, a command or the cluster is not there.
    """
    kept = _clients.get((where, workers))
    if kept is not None and kept.status == "running":
        return kept
    with _found(where):
        from distributed import Client  # noqa: PLC0415 - an extra

        # Not the default: what xarray computes elsewhere in this program stays here
        made = Client(_cluster(where, workers), set_as_default=False)
    _clients[where, workers] = made
    return made


def close() -> None:
    """Let go of all clusters, and end those that were made for us."""
    while _clients:
        _, left = _clients.popitem()
        made = left.cluster
        left.close()
        if made is not None:
            made.close()


def _cluster(where: str, workers: int) -> Any:  # noqa: ANN401 - a cluster's object, or an address
    if where == LOCAL:
        return _local(workers)
    if where in SUBMITS:
        return _queue(where, workers)
    if where.startswith(GATEWAY):
        return _of_a_gateway(where.removeprefix(GATEWAY), workers)
    return where


def _local(workers: int) -> Any:  # noqa: ANN401
    import dask.config  # noqa: PLC0415 - an extra
    from distributed import LocalCluster  # noqa: PLC0415 - an extra

    with dask.config.set({"distributed.nanny.pre-spawn-environ": WORKERS_ENVIRONMENT}):
        # TLS: whoever else is on this machine could send code to a scheduler that asks nobody
        return LocalCluster(
            n_workers=workers or os.cpu_count() or 1,
            threads_per_worker=1,
            memory_limit=None,
            silence_logs=logging.CRITICAL,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            security=True,
        )


def _queue(where: str, workers: int) -> Any:  # noqa: ANN401
    import dask_jobqueue  # noqa: PLC0415 - an extra

    command = SUBMITS[where]
    if shutil.which(command) is None:
        raise ExecutorUnavailable(
            f"expected the command `{command}`, came none; run Inlet where jobs are submitted"
        )
    kinds = {"slurm": dask_jobqueue.SLURMCluster, "htcondor": dask_jobqueue.HTCondorCluster}
    cluster = kinds[where]()
    cluster.scale(workers or 1)
    return cluster


def _of_a_gateway(address: str, workers: int) -> Any:  # noqa: ANN401
    import aiohttp  # noqa: PLC0415 - what Dask Gateway's client raises
    from dask_gateway import (  # noqa: PLC0415 - an extra
        Gateway,
        GatewayClusterError,
        GatewayServerError,
    )

    try:
        with Gateway(address) as gateway:
            cluster = gateway.new_cluster(shutdown_on_close=True)
    except (aiohttp.ClientError, GatewayClusterError, GatewayServerError) as error:
        raise _absent(GATEWAY + address, error) from error
    cluster.scale(workers or 1)
    return cluster


@contextmanager
def _found(where: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise ExecutorUnavailable(
            f"expected Dask to be installed, came {error}; run pip install 'inlet[dask]'"
        ) from error
    except (OSError, ValueError) as error:
        raise _absent(where, error) from error


def _absent(where: str, error: Exception) -> ExecutorUnavailable:
    return ExecutorUnavailable(
        f"expected a Dask cluster at {where}, came {error}; see that it runs, and correct"
        " INLET_DASK or Dask's configuration"
    )
