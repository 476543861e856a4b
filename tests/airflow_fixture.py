"""A real Airflow for tests: the stack's own four processes, over the stack's other services.

Ask for the fixture ``airflow_running``. It is started once a module, over services of its own:
what its tasks publish is nobody else's to meet. They reach the providers of ``sandbox``. Its
portfolio is a copy that tests may break.
"""

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from inlet.errors import StackSilent
from inlet.house import House
from inlet.settings import Settings
from inlet.stack import airflow
from inlet.stack.ground import Ground
from inlet.stack.plan import GROUND
from inlet.stack.service import Service
from inlet.stack.stack import Stack
from sandbox.client import Sandbox
from tests import stack_fixture
from tests.stack_fixture import Services, settings
from tests.without import do_without

ADMIN, VIEWER = "admin", "viewer"
_LONGEST_RUN_SECONDS = 300
_EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
_BUNDLES: Mapping[str, Mapping[str, str]] = {
    "dags-folder": {},
    "examples": {"path": str(_EXAMPLES)},
}
_QUICK = {
    "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(
        [
            {
                "name": name,
                "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
                "kwargs": options,
            }
            for name, options in _BUNDLES.items()
        ]
    ),
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin,{VIEWER}:viewer",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    # a task whose process was killed is begun again after this, not after five minutes
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "45",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    # and one that a killed scheduler had only queued after these
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
}


@dataclass(frozen=True, slots=True)
class RunningAirflow:
    """An Airflow that runs: where it is, who may log in, and what its processes know."""

    url: str
    home: Path
    portfolio: Path
    environment: Mapping[str, str]
    stack: Stack

    def password(self, user: str) -> str:
        """The password of ``admin`` or of ``viewer``."""
        kept: dict[str, str] = json.loads((self.home / "passwords.json").read_text())
        return kept[user]

    @contextmanager
    def client(self, user: str | None = ADMIN) -> Iterator[httpx.Client]:
        """Give a client that is logged in as ``user``, by a token as REST clients have it."""
        headers = {}
        if user is not None:
            body = {"username": user, "password": self.password(user)}
            token = httpx.post(f"{self.url}/auth/token", json=body, timeout=60).json()
            headers["Authorization"] = f"Bearer {token['access_token']}"
        with httpx.Client(base_url=self.url, headers=headers, timeout=60) as made:
            yield made

    @contextmanager
    def house(self) -> Iterator[House]:
        """Give the house over the ledger, lake and portfolio that Airflow's tasks use."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                if name.startswith(("INLET_", "AWS_")):
                    patch.setenv(name, value)
            house = House.open(Settings())
            try:
                yield house
            finally:
                house.close()

    @property
    def entry(self) -> Settings:
        """The settings by which Inlet's own requests reach it."""
        return Settings(
            airflow=self.url, airflow_user=ADMIN, airflow_password=self.password(ADMIN)
        )

    def part(self, name: str) -> Service:
        """The service of a process (``airflow-scheduler``…), for ``stack.process`` to kill."""
        return next(s for s in self.stack.services if s.name == name)

    def trigger(self, dag: str, conf: Mapping[str, Any], run_id: str | None = None) -> str:
        """Unpause a DAG and start a run by REST; return the run's id."""
        with self.client() as client:
            client.patch(f"/api/v2/dags/{dag}", json={"is_paused": False}).raise_for_status()
            body = {"logical_date": None, "conf": dict(conf), "dag_run_id": run_id}
            asked = {name: value for name, value in body.items() if name != "dag_run_id" or value}
            answer = client.post(f"/api/v2/dags/{dag}/dagRuns", json=asked)
            return str(answer.raise_for_status().json()["dag_run_id"])

    def ended(self, dag: str, run_id: str) -> str:
        """Wait until a run is at its end; return its state."""
        deadline = time.monotonic() + _LONGEST_RUN_SECONDS
        with self.client() as client:
            while time.monotonic() < deadline:
                answer = client.get(f"/api/v2/dags/{dag}/dagRuns/{quote(run_id, safe='')}")
                state = str(answer.raise_for_status().json()["state"])
                if state in {"success", "failed"}:
                    return state
                time.sleep(0.5)
        raise AssertionError(f"{dag} {run_id} is {state} after {_LONGEST_RUN_SECONDS} s")


@contextmanager
def running(services: Services, portfolio: Path, sandbox_url: str) -> Iterator[RunningAirflow]:
    """Give an Airflow over ``services`` and a sandbox while the ``with`` lasts."""
    home, ports = services.ground.home, services.ground.ports
    own = {"portfolio": portfolio, "sandbox_url": sandbox_url}
    chosen, more = settings(home).model_copy(update=own), {"INLET_SANDBOX_URL": sandbox_url}
    ground = Ground(home, chosen, ports, services.ground.secrets)
    quick = [
        replace(service, environment={**service.environment, **_QUICK, **more})
        for service in airflow.services(ground)
    ]
    stack = Stack(ground.home, tuple(quick))
    try:
        stack.up()
        known = quick[0].environment
        yield RunningAirflow(ground.airflow, Path(known["AIRFLOW_HOME"]), portfolio, known, stack)
    except StackSilent as silent:
        do_without(str(silent))
    finally:
        stack.down()


@pytest.fixture(scope="module")
def airflow_running(
    sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningAirflow]:
    """Airflow with its scheduler, DAG processor and triggerer, over the sandbox's providers."""
    portfolio = tmp_path_factory.mktemp("portfolio") / "portfolio"
    with stack_fixture.running(*GROUND) as services:
        shutil.copytree(services.ground.settings.portfolio_root, portfolio)
        with running(services, portfolio, sandbox.url) as made:
            yield made
