"""OGC API Processes: harvests that authorised clients ask for, as jobs that are theirs alone.

POST /ogc/processes/harvest/execution   201, Location: /ogc/jobs/{id}
GET  /ogc/jobs/{id}[/results]           DELETE /ogc/jobs/{id}
"""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from harvesters.errors import NotHonoured
from harvesters.request import read
from inlet.demand import desk
from inlet.demand.executor import Executor, dismiss, start
from inlet.errors import AirflowSilent
from inlet.watched import Watched
from lake.ledger import requests
from lake.ledger.requests import Request as Asked
from lake.ledger.requests import RequestState
from portal import bodies
from portal.bodies import TooLarge
from portal.processes import documents
from portal.processes.documents import PROCESS
from portal.writers import NotAllowed, NotKnown, Writers

ROOT = "/ogc"
LARGEST_BODY_BYTES = 1 << 20
_MOST_JOBS = 1000
_PROBLEM = "application/problem+json"
_ENDS = {
    RequestState.FAILED: ("failed", HTTPStatus.INTERNAL_SERVER_ERROR),
    RequestState.REJECTED: ("rejected", HTTPStatus.BAD_REQUEST),
    RequestState.DISMISSED: ("dismissed", HTTPStatus.GONE),
}

log = structlog.get_logger(__name__)


class NoSuchJob(Exception):
    """Nobody knows such a job, or it is another's."""


def router(house: Watched, requesters: Writers, by: Executor) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix=ROOT, tags=["processes"])
    counter = _Counter(house, requesters, by)
    routes.add_api_route("", _landing)
    routes.add_api_route("/conformance", _conformance)
    routes.add_api_route("/processes", _processes)
    routes.add_api_route("/processes/{process}", _process)
    routes.add_api_route(
        "/processes/{process}/execution", counter.execute, methods=["POST"], status_code=201
    )
    routes.add_api_route("/jobs", counter.jobs)
    routes.add_api_route("/jobs/{job}", counter.job)
    routes.add_api_route("/jobs/{job}/results", counter.results)
    routes.add_api_route("/jobs/{job}", counter.dismiss, methods=["DELETE"])
    return routes


def _landing(request: Request) -> dict[str, Any]:
    return documents.landing(_root(request))


def _conformance() -> dict[str, Any]:
    return {"conformsTo": list(documents.CONFORMANCE)}


def _processes(request: Request) -> dict[str, Any]:
    return {"processes": [documents.summary(_root(request))], "links": []}


def _process(request: Request, process: str) -> Response:
    if process != PROCESS:
        return _unknown_process(process)
    return JSONResponse(documents.description(_root(request)))


class _Counter:
    """Where known requesters ask, and ask after what is theirs."""

    def __init__(self, house: Watched, requesters: Writers, by: Executor) -> None:
        self._house = house
        self._requesters = requesters
        self._by = by

    async def execute(self, request: Request, process: str) -> Response:
        """Ask for a harvest: it stands when this answers, and runs by itself."""
        if process != PROCESS:
            return _unknown_process(process)
        try:
            body = await bodies.read(request, LARGEST_BODY_BYTES)
        except TooLarge:
            said = f"expected at most {LARGEST_BODY_BYTES} bytes"
            return _problem("bad-request", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)
        return await run_in_threadpool(_answered, lambda: self._ask(request, body))

    def jobs(self, request: Request) -> Response:
        """List the requester's newest jobs."""

        def listed() -> Response:
            who = self._requesters.know(_authorization(request))
            with self._house().ledger.begin() as tx:
                found = requests.recent(tx, _MOST_JOBS, _as_requester(who))
            root = _root(request)
            return JSONResponse(
                {"jobs": [documents.status(root, known) for known in found], "links": []}
            )

        return _answered(listed)

    def job(self, request: Request, job: str) -> Response:
        """Say how a job is."""
        return _answered(
            lambda: JSONResponse(documents.status(_root(request), self._mine(request, job)))
        )

    def results(self, request: Request, job: str) -> Response:
        """Say what came of a job: which items are out, and which are not, with the reason."""

        def told() -> Response:
            known = self._mine(request, job)
            if known.state is RequestState.COMPLETED:
                return JSONResponse(dict(documents.results(known)))
            kind, status = _ENDS.get(known.state, ("result-not-ready", HTTPStatus.NOT_FOUND))
            return _problem(known.code or kind, status, known.reason or f"it is {known.state}")

        return _answered(told)

    def dismiss(self, request: Request, job: str) -> Response:
        """End a job that is wanted no more."""

        def ended() -> Response:
            known = dismiss(self._house(), self._by, self._mine(request, job))
            return JSONResponse(documents.status(_root(request), known))

        return _answered(ended)

    def _ask(self, request: Request, body: bytes) -> Response:
        inputs = _inputs(body)
        who = self._requesters.enter(_authorization(request), str(inputs.get("collection", "")))
        wanted = read(inputs, _as_requester(who))
        known = desk.ask(self._house(), wanted, "process")
        try:
            known = start(self._house(), self._by, known)
        except AirflowSilent as silent:  # the request stands: `inlet bridge` starts its run
            log.warning("A request waits for Airflow", request=known.name, why=str(silent))
        if known.state is RequestState.REJECTED:
            raise NotHonoured(known.code or "bad-request", known.reason or "")
        place = f"{_root(request)}/jobs/{known.name}"
        headers = {"location": place, "preference-applied": "respond-async"}
        said = documents.status(_root(request), known)
        return JSONResponse(said, status_code=HTTPStatus.CREATED, headers=headers)

    def _mine(self, request: Request, job: str) -> Asked:
        who = self._requesters.know(_authorization(request))
        with self._house().ledger.begin() as tx:
            known = requests.find(tx, job)
        if known is None or known.requester != _as_requester(who):
            raise NoSuchJob(f"expected a job of {who}, came {job}")
        return known


def _answered(act: Callable[[], Response]) -> Response:
    """Return what ``act`` returns, or the problem that it met."""
    try:
        return act()
    except NotKnown as error:
        ask = {"www-authenticate": 'Basic realm="Inlet"'}
        return _problem("unauthorized", HTTPStatus.UNAUTHORIZED, str(error), ask)
    except NotAllowed as error:
        return _problem("forbidden", HTTPStatus.FORBIDDEN, str(error))
    except NotHonoured as error:
        return _problem(error.code, HTTPStatus.BAD_REQUEST, str(error))
    except NoSuchJob as error:
        return _problem("no-such-job", HTTPStatus.NOT_FOUND, str(error))
    except AirflowSilent as error:
        return _problem("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, str(error))


def _inputs(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError as error:
        raise NotHonoured("bad-request", f"expected JSON, came what is none: {error}") from error
    inputs = said.get("inputs") if isinstance(said, dict) else None
    if not isinstance(inputs, dict):
        raise NotHonoured("bad-request", 'expected {"inputs": {…}}, came none')
    return inputs


def _authorization(request: Request) -> str:
    return request.headers.get("authorization", "")


def _as_requester(name: str) -> str:
    return f"portal:{name}"


def _root(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{ROOT}"


def _unknown_process(process: str) -> Response:
    said = f"expected the process {PROCESS}, came {process}"
    return _problem("no-such-process", HTTPStatus.NOT_FOUND, said)


def _problem(
    kind: str, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None
) -> Response:
    said = documents.exception(kind, status, detail)
    return JSONResponse(said, status_code=status, headers=headers, media_type=_PROBLEM)
