"""The demonstration: sandbox, Airflow DAGs by ``dag.test``, catalogue, events, hooks."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hooks.secrets import variable
from inlet import sandbox
from inlet.harvest import Watch
from inlet.house import House
from inlet.settings import Settings
from lake.ledger import deliveries, progress
from lake.ledger.deliveries import Subscription
from lake.ledger.progress import Progress, Trouble
from lake.ledger.states import OfferState

_TWO_DAYS = ("2024-01-01T00:00:00+00:00", "2024-01-03T00:00:00+00:00")
_EVER = ("1970-01-01T00:00:00+00:00", "2100-01-01T00:00:00+00:00")
WINDOWS = {"era5": _TWO_DAYS, "climate-dt": _TWO_DAYS, "sst": _TWO_DAYS, "files": _EVER}
STAGES = ("granules landed", "cubes converted", "items published")
_LOOK_EVERY_SECONDS = 0.3
_SECRET = "demo"  # noqa: S105 - the name of a secret, not its value


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """What the demonstration left behind."""

    rows: Sequence[tuple[Progress, int]]  # each with how many items are new
    relayed: int
    fired: Mapping[str, int]
    places: Mapping[str, Path]
    troubles: Sequence[Trouble]
    succeeded: bool
    log: Path


def demonstrate(home: Path, data: Path | None, watch: Watch) -> Demonstrated:
    """Harvest the sandbox's providers, or the files below ``data``, into ``home``."""
    names = tuple(WINDOWS) if data is None else ("files",)
    with sandbox.running(home / "sandbox", data and data.absolute()) as url:
        settings = _settings(home, url)
        house = House.open(settings)
        try:
            return _demonstrate(house, names, url, watch)
        finally:
            house.close()


def _settings(home: Path, url: str) -> Settings:
    host = url.partition("://")[2]
    return Settings(
        home=home.absolute(),
        sandbox_url=url,
        hook_hosts=frozenset({host}),
        ledger="",
        lake="",
        kafka="",
    )


def _demonstrate(house: House, names: Sequence[str], url: str, watch: Watch) -> Demonstrated:
    with house.ledger.begin() as tx:
        deliveries.subscribe(
            tx, Subscription("webhook", "webhook", f"{url}/sink/demo", secret_name=_SECRET)
        )
        deliveries.subscribe(tx, Subscription("quicklook", "workflow", "quicklook"))
    before = _progress(house, names)
    log = house.settings.home / "airflow" / "demo.log"
    succeeded = _run_dags(house, names, log, watch)
    after = _progress(house, names)
    with house.ledger.begin() as tx:
        relayed, _ = progress.signals(tx)
        fired = progress.deliveries(tx)
        told = [t for name in names for t in progress.troubles(tx, name)]
        troubles = [t for t in told if t.state != OfferState.WITHDRAWN]  # other files, other day
    return Demonstrated(
        rows=[(a, _out(a) - _out(b)) for a, b in zip(after, before, strict=True)],
        relayed=relayed,
        fired={name: states.get(deliveries.DELIVERED, 0) for name, states in fired.items()},
        places=_places(house),
        troubles=troubles,
        succeeded=succeeded,
        log=log,
    )


def _run_dags(house: House, names: Sequence[str], log: Path, watch: Watch) -> bool:
    """Run each collection's DAG in one process of its own, and watch the ledger meanwhile."""
    log.parent.mkdir(parents=True, exist_ok=True)
    runs = [argument for name in names for argument in ("--run", name, *WINDOWS[name])]
    command = [sys.executable, "-m", "dags.run", *runs]
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, env=_environment(house.settings), stdout=output, stderr=output
        )
        try:
            while process.poll() is None:
                _look(house, names, watch)
                time.sleep(_LOOK_EVERY_SECONDS)
        finally:
            process.terminate()
            process.wait()
    _look(house, names, watch)
    return process.returncode == 0


def _environment(settings: Settings) -> dict[str, str]:
    airflow = settings.home / "airflow"
    return {
        **os.environ,
        "INLET_HOME": str(settings.home),
        "INLET_SANDBOX_URL": settings.sandbox_url,
        "INLET_HOOK_HOSTS": json.dumps(sorted(settings.hook_hosts)),
        variable(_SECRET): secrets.token_urlsafe(32),
        "AIRFLOW_HOME": str(airflow),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).parents[1] / "dags"),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{airflow / 'airflow.db'}",
    }


def _look(house: House, names: Sequence[str], watch: Watch) -> None:
    rows = _progress(house, names)
    landed, found = sum(p.landed for p in rows), sum(p.discovered for p in rows)
    assembled = sum(p.assembled for p in rows)
    for stage, done, total in zip(
        STAGES,
        (landed, sum(p.converted for p in rows), sum(_out(p) for p in rows)),
        (found, assembled, assembled),
        strict=True,
    ):
        watch(stage, done, total)


def _progress(house: House, names: Sequence[str]) -> list[Progress]:
    with house.ledger.begin() as tx:
        return [progress.progress(tx, name) for name in names]


def _out(of: Progress) -> int:
    return of.published + of.superseded


def _places(house: House) -> dict[str, Path]:
    """Return a cube, a quicklook, a report and the catalogue: what a person opens first."""
    settings = house.settings
    cubes = sorted(Path(settings.lake_url).glob("cubes/*/*/*.zarr"))
    pictures = sorted(settings.results_root.rglob("*.png"))
    reports = sorted(Path(settings.lake_url).glob("cubes/*/*/*.quality.html"))
    found = {"cube": cubes[:1], "quicklook": pictures[:1], "report": reports[:1]}
    places = {what: paths[0] for what, paths in found.items() if paths}
    return {**places, "catalogue": settings.catalog_root / "catalog.json"}
