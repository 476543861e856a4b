"""The stack with Airflow, below a fresh directory, over a sandbox that has many small products."""

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
from pydantic import SecretStr

from harvesters.errors import NotHonoured
from inlet.demand.airflow import Airflow
from inlet.errors import AirflowSilent
from inlet.stack.airflow import ADMIN
from inlet.stack.plan import GROUND
from sandbox.client import Sandbox
from sandbox.holdings import many
from tests.stack_fixture import Services, running

_PATIENCE_SECONDS = 180
AIRFLOW = ("airflow", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
_PROVIDERS = Path(__file__).parents[1] / "portfolio" / "providers"
_COLLECTION = """
id: {name}
sources:
  - provider: sandbox_stac
    collection: many
    key: "{{native_id}}"
quality:
  name: many
  version: "1"
stac:
  title: Many
  description: As many small fields as one likes.
  license: CC0-1.0
"""


@contextmanager
def stack(collections: Sequence[str], granules: int, *more: str) -> Iterator[Services]:
    """Give the stack with Airflow and ``more`` services while the ``with`` lasts.

    Each of ``collections`` is of the same ``granules``, one a minute, and has no schedule.
    """
    options = ("--many", str(granules))
    with tempfile.TemporaryDirectory() as home, Sandbox.start(arguments=options) as sandbox:
        os.environ["INLET_SANDBOX_URL"] = sandbox.url
        portfolio = _portfolio(Path(home), collections)
        with running(*GROUND, *AIRFLOW, *more, portfolio=portfolio) as services:
            yield services


def airflow(services: Services) -> Airflow:
    """Return the stack's Airflow. Use it with ``with``."""
    password = SecretStr(services.environment["INLET_AIRFLOW_PASSWORD"])
    entry = {"airflow": services.ground.airflow, "airflow_password": password}
    return Airflow.at(services.ground.settings.model_copy(update=entry))


def await_open(services: Services, dag: str) -> None:
    """Wait until Airflow has read a DAG, which it does some time after its start.

    Raises:
        AirflowSilent, NotHonoured: it has not, or holds it back.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with airflow(services) as by:
        while True:
            try:
                return by.require_open(dag)
            except (AirflowSilent, NotHonoured):
                if time.monotonic() > deadline:
                    raise
            time.sleep(1)


def states(services: Services, dag: str) -> Counter[str]:
    """Return how many runs of a DAG are in each state."""
    url = services.ground.airflow
    who = {"username": ADMIN, "password": services.environment["INLET_AIRFLOW_PASSWORD"]}
    token = httpx.post(f"{url}/auth/token", json=who, timeout=60).json()["access_token"]
    answer = httpx.get(
        f"{url}/api/v2/dags/{dag}/dagRuns",
        params={"limit": 1000},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    return Counter(run["state"] for run in answer.raise_for_status().json()["dag_runs"])


def window(first: int, count: int = 1) -> dict[str, str]:
    """Return ``start`` and ``end`` of some granules."""
    start = many.FIRST + first * many.SPACING
    end = start + count * many.SPACING - timedelta(seconds=1)
    return {"start": start.isoformat(), "end": end.isoformat()}


def _portfolio(home: Path, collections: Sequence[str]) -> Path:
    root = home / "portfolio"
    shutil.copytree(_PROVIDERS, root / "providers")
    provider = root / "providers" / "sandbox_stac.yaml"
    listed = f"  products:\n    {many.COLLECTION}:\n      _collection: {many.COLLECTION}\n"
    provider.write_text(provider.read_text().replace("  products:\n", listed))
    (root / "collections").mkdir()
    for name in collections:
        (root / "collections" / f"{name}.yaml").write_text(_COLLECTION.format(name=name))
    return root
