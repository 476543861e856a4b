"""The workers of a Dask cluster that is made here."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.executor import ExecutorContract, a_granule, a_plan, alone
from tests.s3 import S3
from tests.transforms.executors.readers import Damaged, Deadly, read_by
from transforms.errors import ConverterDied, ExecutorUnavailable, UnreadableGranule
from transforms.executors import clusters
from transforms.executors.dask import Dask
from transforms.executors.protocol import Executor
from transforms.writers.zarr import StorePlan, begin, finish

LOCAL = Dask(workers=2)


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    clusters.close()


class TestDask(ExecutorContract):
    @pytest.fixture
    def executor(self, s3: S3) -> Executor:
        """Workers have the keys to S3 from the environment in which they are made."""
        return LOCAL


def test_what_a_task_raises_is_raised(plan: StorePlan) -> None:
    with pytest.raises(UnreadableGranule, match="came noise"):
        list(LOCAL.run(read_by(plan, Damaged())))


def test_a_worker_that_is_lost_has_its_tasks_repeated(plan: StorePlan, tmp_path: Path) -> None:
    expected, _ = alone(a_plan(a_granule(tmp_path), str(tmp_path / "alone")))
    client = clusters.client(LOCAL.where, LOCAL.workers)
    running = LOCAL.run(plan)
    written = [next(running)]
    pids = client.run(_pid)
    client.run(_die, workers=[next(iter(pids))], on_error="ignore")
    written += running

    assert finish(plan, written) == expected == plan.target.seal()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.executors.dask.LOOK_EVERY_SECONDS", 0.5)
    monkeypatch.setattr("transforms.executors.dask.LONGEST_ABSENCE_SECONDS", 10.0)


def test_bytes_that_every_worker_dies_of_end_the_conversion(
    plan: StorePlan, impatient: None
) -> None:
    with pytest.raises(ConverterDied, match="look into their logs"):
        list(LOCAL.run(read_by(plan, Deadly(int(signal.SIGKILL)))))


def test_workers_that_are_all_gone_are_not_waited_for_for_ever(
    plan: StorePlan, impatient: None
) -> None:
    clusters.close()  # in the next one, no worker is being started again
    for nanny in clusters.client(LOCAL.where, LOCAL.workers).cluster.workers.values():
        nanny.close_gracefully("its worker is not to come back")

    with pytest.raises(ConverterDied, match="all are gone"):
        list(LOCAL.run(read_by(plan, Deadly(int(signal.SIGKILL)))))
    assert len(list(LOCAL.run(plan))) == 6


def test_one_cluster_serves_all_plans_and_is_made_anew_where_it_is_gone(plan: StorePlan) -> None:
    list(LOCAL.run(plan))
    first = clusters.client(LOCAL.where, LOCAL.workers)
    list(LOCAL.run(plan))
    assert clusters.client(LOCAL.where, LOCAL.workers) is first

    first.cluster.close()
    first.close()
    assert len(list(LOCAL.run(plan))) == 6


def test_workers_that_do_not_see_the_granules_are_told_of(plan: StorePlan, tmp_path: Path) -> None:
    (tmp_path / "day.grib").rename(tmp_path / "elsewhere.grib")

    with pytest.raises(ExecutorUnavailable, match="places that every worker sees"):
        list(LOCAL.run(plan))


def test_workers_that_do_not_see_the_store_write_nothing(plan: StorePlan, tmp_path: Path) -> None:
    (tmp_path / "cube").rename(tmp_path / "elsewhere")

    with pytest.raises(ExecutorUnavailable, match="does not see the store"):
        list(LOCAL.run(plan))
    assert not (tmp_path / "cube").exists()


def test_workers_without_keys_to_s3_are_told_of(tmp_path: Path, s3: S3) -> None:
    plan = a_plan(a_granule(tmp_path), f"{s3.bucket()}/cube.zarr")
    begin(plan)
    clusters.client(LOCAL.where, LOCAL.workers).run(_forget_keys)

    with pytest.raises(ExecutorUnavailable, match=r"NoCredentialsError.* the keys to S3"):
        list(LOCAL.run(plan))
    clusters.close()


def _forget_keys() -> None:
    import os  # noqa: PLC0415 - sent

    import fsspec  # noqa: PLC0415 - sent

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ.pop(name, None)
    fsspec.filesystem("s3").clear_instance_cache()


def _pid() -> int:
    import os  # noqa: PLC0415 - sent

    return os.getpid()


def _die() -> None:
    import os  # noqa: PLC0415 - sent

    os._exit(1)
