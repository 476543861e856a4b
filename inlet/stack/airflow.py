"""Airflow's four processes, over the stack's PostgreSQL.

The API server answers before anything that runs tasks starts, and is stopped last: tasks that
start without it fail.
"""

import json
import sys
from pathlib import Path

from inlet.pools import as_imported, pools
from inlet.portfolio import load
from inlet.stack import asking
from inlet.stack.ground import Ground
from inlet.stack.kept import write_private
from inlet.stack.service import Service
from inlet.stack.tool import finish

ADMIN = "admin"
_PROGRAM = str(Path(sys.executable).with_name("airflow"))
_DAGS = Path(__file__).parents[2] / "dags"
_SERVER = "metadatabase"
"""The part of the API server that its health page speaks of."""
_PARTS = {
    # no log server of their own, which would listen on every address
    "scheduler": (_PROGRAM, "scheduler", "--skip-serve-logs"),
    "dag_processor": (sys.executable, "-m", "dags.processor"),
    "triggerer": (_PROGRAM, "triggerer", "--skip-serve-logs"),
}
"""By the names that Airflow's health page has for them."""


def services(ground: Ground) -> tuple[Service, ...]:
    """Return the API server, and after it the scheduler, the DAG processor and the triggerer."""
    if ground.is_elsewhere("airflow"):
        return (
            Service(
                name="airflow",
                address=ground.airflow,
                ask=lambda: asking.airflow(ground.airflow, _SERVER),
            ),
        )
    settings = environment(ground)

    def prepare() -> None:
        home = Path(settings["AIRFLOW_HOME"])
        home.mkdir(parents=True, exist_ok=True)
        password = ground.secrets["airflow_admin_password"]
        write_private(home / "passwords.json", json.dumps({ADMIN: password}))
        finish((_PROGRAM, "db", "migrate"), "Airflow's database to be migrated", settings)
        _make_pools(ground, settings)

    server = Service(
        name="airflow",
        address=ground.airflow,
        ask=lambda: asking.airflow(ground.airflow, _SERVER),
        command=(_PROGRAM, "api-server"),
        environment=settings,
        prepare=prepare,
    )
    others = [_part(ground, settings, part, command) for part, command in _PARTS.items()]
    return (server, *others)


def _private_providers(ground: Ground) -> frozenset[str]:
    """Return where a form may onboard from in private: the sandbox, and what the settings name."""
    sandbox = ground.settings.sandbox_url.partition("://")[2].rstrip("/")
    return ground.settings.private_providers | {sandbox}


def _make_pools(ground: Ground, settings: dict[str, str]) -> None:
    """Make a pool for each provider: a task whose pool is missing waits for ever."""
    providers = load(ground.settings.portfolio_root).providers.values()
    file = Path(settings["AIRFLOW_HOME"]) / "pools.json"
    file.write_text(json.dumps(as_imported(pools(providers))))
    finish((_PROGRAM, "pools", "import", str(file)), "Airflow to take its pools", settings)


def environment(ground: Ground) -> dict[str, str]:
    """Return Airflow's settings, by which every one of its processes knows the others."""
    home, url = ground.home / "airflow", ground.airflow
    database = ground.airflow_database.render_as_string(hide_password=False)
    return ground.environment() | {
        "INLET_SECRETS": "dags.connections:password",
        "INLET_PRIVATE_PROVIDERS": json.dumps(sorted(_private_providers(ground))),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple."
        "simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__CORE__DAGS_FOLDER": str(_DAGS),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__FERNET_KEY": ground.secrets["airflow_fernet_key"],
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # tasks are forked from what has imported all that they need: see docs/adr/0014
        "AIRFLOW__CORE__MP_FORKSERVER_PRELOAD": "dags.warm",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(ground.ports["airflow"]),
        "AIRFLOW__API__SECRET_KEY": ground.secrets["airflow_secret_key"],
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": ground.secrets["airflow_jwt_secret"],
        # how soon a new collection's DAG is there; to look takes a second of a processor
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "30",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": database,
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "True",
        "AIRFLOW__SCHEDULER__MP_START_METHOD": "forkserver",
        # what a killed scheduler had queued is begun anew after this, not after five minutes
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST": "127.0.0.1",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(
            ground.ports["airflow-scheduler"]
        ),
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    }


def _part(
    ground: Ground, settings: dict[str, str], part: str, command: tuple[str, ...]
) -> Service:
    return Service(
        name=f"airflow-{part.replace('_', '-')}",
        address="",
        ask=lambda: asking.airflow(ground.airflow, part),
        command=command,
        environment=settings,
    )
