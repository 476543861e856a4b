"""The portal as one app: STAC API, harvests on demand, notices, events described, health, metrics.

uvicorn --factory portal.app:from_environment
"""

from fastapi import FastAPI, Response

from hooks import secrets as hook_secrets
from hooks.secrets import Secrets
from inlet.demand.executor import executor
from inlet.house import House
from inlet.observability import metrics
from inlet.watched import Watched
from lake.ledger.ledger import Ledger
from portal import events, health, notices, transactions
from portal.health import Readiness
from portal.processes import routes as processes
from portal.questions import FORESEEN, questions
from portal.writers import Writers


def create(house: House, secrets: Secrets) -> FastAPI:
    """Return the app; there is a STAC API where the catalogue is pgstac."""
    app = _bare() if house.settings.catalog == "embedded" else _stac(house, secrets)
    app.include_router(notices.router(house.ledger, secrets))
    app.include_router(events.router(house.settings))
    if house.settings.requesters:
        requesters = Writers(house.settings.requesters, secrets, "requester")
        app.include_router(processes.router(Watched(house), requesters, executor(house)))
    asked = questions(house.settings, house.ledger)
    app.include_router(health.router(Readiness(asked, FORESEEN)))
    _add_metrics(app, house.ledger)
    return app


def from_environment() -> FastAPI:
    """Return the app over the ledger, the lake and the secrets that the environment names."""
    return create(House.open(), hook_secrets.from_environment)


def _bare() -> FastAPI:
    return FastAPI(title="Inlet", docs_url=None, redoc_url=None)


def _stac(house: House, secrets: Secrets) -> FastAPI:
    from portal.stac import api  # noqa: PLC0415 - it needs PostgreSQL's libraries

    writers = house.settings.stac_writers
    app = api.create(house.settings.ledger_url, takes_items=bool(writers))
    if writers:
        app.include_router(transactions.router(Watched(house), Writers(writers, secrets)))
    return app


def _add_metrics(app: FastAPI, ledger: Ledger) -> None:
    @app.get("/metrics", tags=["health"])
    def read_metrics() -> Response:
        return Response(metrics.exposition(ledger), media_type=metrics.MEDIA_TYPE)
