"""Every kind of cluster carries out a plan, or says what it lacks."""

import sys
from collections.abc import Iterator
from pathlib import Path

import dask.config
import dask_gateway  # noqa: F401 - its configuration has to be there before it is changed
import dask_jobqueue  # noqa: F401 - as is its
import pytest
from distributed import LocalCluster

from tests.contracts.executor import ExecutorContract, a_granule, a_plan
from tests.s3 import S3
from tests.transforms.executors import gateway, queues
from transforms.errors import ExecutorUnavailable
from transforms.executors import clusters
from transforms.executors import dask as executing
from transforms.executors.dask import Dask
from transforms.executors.protocol import Executor

ONE_CORE = {"cores": 1, "memory": "1GB", "interface": "lo", "disk": "1GB", "death-timeout": 30}


@pytest.fixture(autouse=True, scope="class")
def _closed() -> Iterator[None]:
    yield
    clusters.close()


class TestAnAddress(ExecutorContract):
    @pytest.fixture(scope="class")
    def executor(self, s3: S3) -> Iterator[Executor]:
        with LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as running:
            yield Dask(running.scheduler_address)


class TestAGateway(ExecutorContract):
    @pytest.fixture(scope="class")
    def executor(self, s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
        with gateway.running(tmp_path_factory.mktemp("gateway"), s3.environment) as found:
            entered = {"type": "basic", "kwargs": {"password": found.password}}
            with dask.config.set({"gateway.auth": entered}):
                yield Dask(f"{clusters.GATEWAY}{found.url}", workers=2)
                clusters.close()

    def test_a_wrong_password_is_told(self, executor: Dask) -> None:
        wrong = {"type": "basic", "kwargs": {"password": "wrong"}}
        with (
            dask.config.set({"gateway.auth": wrong}),
            pytest.raises(ExecutorUnavailable, match="came 401"),
        ):
            clusters.client(executor.where, 1)


class QueueContract(ExecutorContract):
    """Class attribute to give: ``queue``."""

    queue: str

    @pytest.fixture(scope="class")
    def executor(self, s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
        folder = tmp_path_factory.mktemp("queue")
        queues.install(folder / "bin")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", str(folder / "bin"), prepend=":")
            patch.setenv("QUEUE_JOBS", str(folder))
            described = {f"jobqueue.{self.queue}.{key}": told for key, told in ONE_CORE.items()}
            with dask.config.set(described):
                yield Dask(self.queue, workers=2)
                clusters.close()
        queues.end_jobs(folder)


class TestSlurm(QueueContract):
    queue = "slurm"


class TestHtcondor(QueueContract):
    queue = "htcondor"


@pytest.mark.parametrize(("queue", "command"), clusters.SUBMITS.items())
def test_a_queue_that_is_not_here_is_named(
    queue: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ExecutorUnavailable, match=f"expected the command `{command}`"):
        clusters.client(queue, 1)


def test_a_queue_that_nobody_described_says_what_it_wants_to_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")

    with pytest.raises(ExecutorUnavailable, match=r"cores.* Dask's configuration"):
        clusters.client("slurm", 1)


def test_an_address_where_nobody_answers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "0.2s"}),
        pytest.raises(ExecutorUnavailable, match="a Dask cluster at tcp:"),
    ):
        clusters.client("tcp://127.0.0.1:1", 0)


def test_a_gateway_where_nobody_answers_is_told() -> None:
    with pytest.raises(ExecutorUnavailable, match="a Dask cluster at gateway"):
        clusters.client(f"{clusters.GATEWAY}http://127.0.0.1:1", 0)


def test_a_cluster_without_workers_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executing, "LONGEST_WAIT_SECONDS", 0.1)
    plan = a_plan(a_granule(tmp_path), str(tmp_path / "cube"))

    with LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as empty:
        with pytest.raises(ExecutorUnavailable, match="look at its queue"):
            list(Dask(empty.scheduler_address).run(plan))
        clusters.close()


@pytest.mark.parametrize("where", ["local", "tcp://127.0.0.1:1"])
def test_without_dask_it_says_what_to_install(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(ExecutorUnavailable, match=r"pip install 'inlet\[dask\]'"):
        clusters.client(where, 0)
