"""What a provider's list of jobs says, read for one question: is our order among them?

The list is that of OGC API Processes (Part 1, "Retrieve a job list"), as the Climate Data Store
answers it: ``GET …/jobs``, with the request of each job in its ``metadata``, or only in the job's
own document (``GET …/jobs/{id}?request=true``).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from harvesters.blocks import Block
from harvesters.records import request_body

DROPPED = frozenset({"dismissed", "deleted"})
FAILED = frozenset({"failed", "rejected"})
_STATUS_LINK = re.compile(r"(?P<list>https?://[^{}\s]+/jobs)/\{eodag:order_id\}")
_EXECUTION = re.compile(r"/processes/(?P<process>[^/]+)/execution/?$")
_REASONS = ("message", "order:message", "traceback", "detail", "reason", "title")
_LONGEST_REASON = 500
# Clocks are compared by the ``Date`` header, which knows whole seconds only.
_SKEW = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an order asks for: of which process, and the request in its canonical form."""

    process: str
    request: str


@dataclass(frozen=True, slots=True)
class ListedJob:
    """One job of a provider's list; ``request`` is None where only its own document has it."""

    order_id: str
    process: str
    request: str | None
    created: datetime | None
    status: str


@dataclass(frozen=True, slots=True)
class JobList:
    """A page of jobs, and where the next one is."""

    jobs: tuple[ListedJob, ...]
    next_url: str | None


def list_url(block: Block) -> str | None:
    """Return where a provider lists its jobs; None where its orders are no jobs of OGC's."""
    answered = block.get("download", {}).get("order_on_response", {}).get("metadata_mapping", {})
    found = _STATUS_LINK.match(str(answered.get("eodag:status_link", "")))
    return None if found is None else found["list"]


def asked(order_link: str) -> Asked:
    """Return what an order's link (EODAG's: URL, ``?``, body as JSON) asks for."""
    parts = urlsplit(order_link)
    found = _EXECUTION.search(parts.path)
    body = request_body(parts.query)
    inputs = body.get("inputs", body) if isinstance(body, Mapping) else body
    return Asked(found["process"] if found else "", canonical(inputs))


def canonical(request: object) -> str:
    """Return a request so that two of the same meaning are equal as text.

    Scalars are lists of one and texts, as the provider's form may have made of them; lists of
    texts are sets, and are sorted.
    """
    return json.dumps(_canonical(request), sort_keys=True)


def read_list(text: str) -> JobList:
    """Read a page of jobs. Raises ValueError where it is none."""
    document = json.loads(text)
    listed = document.get("jobs") if isinstance(document, Mapping) else None
    if listed is None:
        raise ValueError(f"expected a list of jobs, came {text[:80]!r}")
    links = document.get("links") or []
    following = next((link.get("href") for link in links if link.get("rel") == "next"), None)
    return JobList(tuple(_job(entry) for entry in listed), following)


def read_job(text: str) -> ListedJob:
    """Read one job's own document. Raises ValueError where it is none."""
    document = json.loads(text)
    if not isinstance(document, Mapping) or "jobID" not in document:
        raise ValueError(f"expected a job, came {text[:80]!r}")
    return _job(document)


def placed_since(job: ListedJob, since: datetime, now: datetime, their_date: str | None) -> bool:
    """Return True where a job was created since a time of ours; clocks may differ."""
    if job.created is None:
        return True
    skew = timedelta(0) if their_date is None else parsedate_to_datetime(their_date) - now
    return job.created >= since + skew - _SKEW


def reason(text: str) -> str | None:
    """Return why an order failed, as the provider's document says it; None: it does not."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if not isinstance(document, Mapping):
        return None
    properties = document.get("properties")  # of a STAC item (order extension)
    told = {**properties, **document} if isinstance(properties, Mapping) else document
    said = (told.get(key) for key in _REASONS)
    found = next((str(words) for words in said if words and not isinstance(words, Mapping)), None)
    return None if found is None else " ".join(found.split())[:_LONGEST_REASON]


def _job(entry: Mapping[str, Any]) -> ListedJob:
    known = ((entry.get("metadata") or {}).get("request") or {}).get("ids")
    created = datetime.fromisoformat(entry["created"]) if entry.get("created") else None
    if created is not None and created.tzinfo is None:
        created = created.replace(tzinfo=UTC)
    return ListedJob(
        order_id=str(entry.get("jobID", "")),
        process=str(entry.get("processID", "")),
        request=None if known is None else canonical(known),
        created=created,
        status=str(entry.get("status", "")),
    )


def _canonical(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _canonical(element) for key, element in value.items()}
    elements = value if isinstance(value, list) else [value]
    texts = [e if isinstance(e, Mapping | list) else str(e) for e in elements]
    if all(isinstance(e, str) for e in elements):
        return sorted(texts, key=str)
    return [_canonical(e) if isinstance(e, Mapping | list) else e for e in texts]
