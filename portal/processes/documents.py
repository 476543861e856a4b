"""What OGC API Processes says of the one process that there is: ``harvest``, and of its jobs."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from catalog import event_schemas, events
from catalog.times import to_text
from lake.ledger.requests import Request, RequestState

PROCESS = "harvest"
_SPEC = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf"
_EXCEPTIONS = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
CONFORMANCE = tuple(
    f"{_SPEC}/{name}"
    for name in ("core", "ogc-process-description", "json", "job-list", "dismiss")
)
_STATUSES = {
    RequestState.ACCEPTED: "accepted",
    RequestState.RUNNING: "running",
    RequestState.COMPLETED: "successful",
    RequestState.FAILED: "failed",
    RequestState.REJECTED: "failed",
    RequestState.DISMISSED: "dismissed",
}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_LEFT_OUT = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["item", "state", "reason"],
        "properties": {name: {"type": "string"} for name in ("item", "state", "reason")},
    },
}


def landing(root: str) -> dict[str, Any]:
    """Return the landing page."""
    return {
        "title": "Harvests on demand",
        "description": "Ask for what a provider has, and hear what became of it.",
        "links": [
            _link(root, "self", ""),
            _link(root, "http://www.opengis.net/def/rel/ogc/1.0/conformance", "/conformance"),
            _link(root, "http://www.opengis.net/def/rel/ogc/1.0/processes", "/processes"),
            _link(root, "http://www.opengis.net/def/rel/ogc/1.0/job-list", "/jobs"),
        ],
    }


def summary(root: str) -> dict[str, Any]:
    """Return the process as the list of processes has it."""
    return {
        "id": PROCESS,
        "title": "Harvest a collection",
        "description": (
            "Brings what a provider has of a collection in a window, or a selection of it, to "
            "publication. The same request twice is one job."
        ),
        "version": version("inlet"),
        "jobControlOptions": ["async-execute", "dismiss"],
        "outputTransmission": ["value"],
        "links": [_link(root, "self", f"/processes/{PROCESS}")],
    }


def description(root: str) -> dict[str, Any]:
    """Return the process with its inputs and outputs."""
    request = event_schemas.schema(events.REQUEST)["properties"]["data"]
    inputs = {
        name: {
            "title": name,
            "description": said.get("description", name),
            "minOccurs": 1 if name in request["required"] else 0,
            "schema": {key: value for key, value in said.items() if key != "description"},
        }
        for name, said in request["properties"].items()
    }
    outputs = {
        "items": {"title": "The ids of the items that are out", "schema": _TEXTS},
        "left_out": {"title": "The items that are not out, and why", "schema": _LEFT_OUT},
    }
    execute = _link(
        root, "http://www.opengis.net/def/rel/ogc/1.0/execute", f"/processes/{PROCESS}/execution"
    )
    whole = {**summary(root), "inputs": inputs, "outputs": outputs}
    return {**whole, "links": [*whole["links"], execute]}


def status(root: str, known: Request) -> dict[str, Any]:
    """Return a job's status."""
    is_ended = known.state not in (RequestState.ACCEPTED, RequestState.RUNNING)
    links = [_link(root, "self", f"/jobs/{known.name}")]
    if known.state is RequestState.COMPLETED:
        rel = "http://www.opengis.net/def/rel/ogc/1.0/results"
        links.append(_link(root, rel, f"/jobs/{known.name}/results"))
    said = {
        "processID": PROCESS,
        "type": "process",
        "jobID": known.name,
        "status": _STATUSES[known.state],
        "message": known.reason,
        "created": to_text(known.created_at),
        "updated": to_text(known.updated_at),
        "finished": to_text(known.updated_at) if is_ended else None,
        "links": links,
    }
    return {key: value for key, value in said.items() if value is not None}


def results(known: Request) -> Mapping[str, Any]:
    """Return what became of a job that is done."""
    return known.outcome or {"items": [], "left_out": []}


def exception(kind: str, status_code: int, detail: str) -> dict[str, Any]:
    """Return an exception (RFC 7807); ``kind`` is OGC's, else one of ours."""
    known = ("no-such-job", "no-such-process", "result-not-ready")
    type_ = f"{_EXCEPTIONS}/{kind}" if kind in known else f"urn:inlet:refusal:{kind}"
    return {"type": type_, "title": kind, "status": status_code, "detail": detail}


def _link(root: str, rel: str, path: str) -> dict[str, str]:
    return {"rel": rel, "href": f"{root}{path}", "type": "application/json"}
