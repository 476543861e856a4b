"""A sandbox as tests and the demo use it: started as a process, spoken to by HTTP."""

import base64
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from sandbox.faults import ANY
from sandbox.kinds import Option
from sandbox.settings import KEY

START_SECONDS = 30
STOP_SECONDS = 10


class SandboxError(Exception):
    """The sandbox did not start, or does not do what it was told; the message says why."""


@dataclass(frozen=True, slots=True)
class Received:
    """One webhook that a sink was sent; names of headers in lower case."""

    received_at: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Placed:
    """One order as the sandbox has it in its book."""

    id: str
    room: str
    subject: str
    request: Mapping[str, Any]
    placed: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Published:
    """A product as it was last published; ``start`` is the time of its data."""

    collection: str
    id: str
    start: datetime
    published: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that the other host was sent; names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


class Sandbox:
    """A running sandbox. As a context manager it stops what it started, and only that."""

    key = KEY

    def __init__(
        self,
        url: str,
        process: subprocess.Popen[bytes] | None = None,
        log: Path | None = None,
        own_directory: Path | None = None,
    ) -> None:
        self.url = url
        self.log = log
        self._process = process
        self._own_directory = own_directory
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)

    @classmethod
    def start(
        cls,
        data: Path | None = None,
        port: int = 0,
        state_dir: Path | None = None,
        seed: int = 1,
        arguments: tuple[str, ...] = (),
    ) -> Self:
        """Start one and wait until it answers. Raises SandboxError if it does not.

        ``arguments`` go to ``python -m sandbox`` as they are, e.g. ``("--page-cap", "5")``.
        """
        own = Path(tempfile.mkdtemp(prefix="inlet-sandbox-")) if state_dir is None else None
        directory = (state_dir or own or Path()).resolve()
        directory.mkdir(parents=True, exist_ok=True)
        state, log = directory / "sandbox.json", directory / "sandbox.log"
        state.unlink(missing_ok=True)
        command = [sys.executable, "-m", "sandbox", "--port", str(port), "--state", str(state)]
        command += ["--seed", str(seed), *arguments]
        command += [] if data is None else ["--data", str(data.resolve())]
        root = Path(__file__).resolve().parents[1]
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - this interpreter, our own module
                command, stdout=output, stderr=output, cwd=root
            )
        try:
            return cls(_await_url(process, state, log), process, log, own)
        except SandboxError:
            if own is not None:
                shutil.rmtree(own, ignore_errors=True)
            raise

    def stop(self) -> None:
        """End the process that was started here."""
        self._http.close()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._own_directory is not None:
            shutil.rmtree(self._own_directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @contextmanager
    def fault(
        self,
        name: str,
        provider: str = ANY,
        every: int | None = None,
        times: int | None = None,
        after: int = 0,
        subject: str = "",
        **options: Option,
    ) -> Iterator[None]:
        """Misbehave within the block: see sandbox/kinds.py for names, subjects and options.

        Of the occasions whose subject contains ``subject``, ``after`` are let pass, then each
        ``every``-th is struck, at most ``times`` times. Raises SandboxError where the fault is
        unknown, the room cannot show it, or it has no such option.
        """
        body = {
            "name": name,
            "provider": provider,
            "every": every,
            "times": times,
            "after": after,
            "subject": subject,
            "options": options,
        }
        self._post("/faults", body)
        try:
            yield
        finally:
            self._http.delete("/faults", params={"name": name, "provider": provider})

    def hits(self, name: str, provider: str | None = None) -> int:
        """How often a fault that is switched on has struck, for all providers or for one."""
        tallies = self._http.get("/faults").raise_for_status().json()["faults"]
        asked = {"name": name} if provider is None else {"name": name, "provider": provider}
        return sum(int(tally["hits"]) for tally in tallies if asked.items() <= tally.items())

    def orders(self, room: str | None = None) -> list[Placed]:
        """All orders since the start, or those of a room (``cds``, ``polytope``)."""
        params = {} if room is None else {"room": room}
        answer = self._http.get("/orders", params=params).raise_for_status()
        return [Placed(**entry) for entry in answer.json()]

    def revise(self, collection: str, product_id: str, *, is_told: bool = True) -> Published:
        """Publish a product anew, with other bytes; untold, under its old stamp."""
        body = {"collection": collection, "id": product_id, "is_told": is_told}
        return _published(self._post("/control/revise", body))

    def publish_late(self, collection: str, start: datetime | None = None) -> Published:
        """Publish one more product now, whose data are of ``start``, or of a day long listed."""
        told = None if start is None else start.isoformat()
        return _published(
            self._post("/control/publish-late", {"collection": collection, "start": told})
        )

    def retract(self, collection: str, product_id: str) -> Published:
        """Take a product from all catalogues."""
        return _published(
            self._post("/control/retract", {"collection": collection, "id": product_id})
        )

    def set_clock(self, now: datetime | None) -> None:
        """Set the day in the life of the providers, which then stands still; None: real time.

        What is published later is not offered yet. Orders and tokens keep to real time.
        """
        self._post("/control/clock", {"now": None if now is None else now.isoformat()})

    def reset(self) -> None:
        """Undo revisions, late arrivals and retractions, let time run, switch off all faults."""
        self._post("/control/reset", {})
        self._http.delete("/faults").raise_for_status()

    def elsewhere_url(self) -> str:
        """The other host that some faults lead to."""
        return str(self._http.get("/control/elsewhere").raise_for_status().json()["url"])

    def asked_elsewhere(self) -> list[Asked]:
        """All that the other host was ever sent."""
        answer = self._http.get("/control/elsewhere").raise_for_status().json()
        return [Asked(**entry) for entry in answer["asked"]]

    def sink_url(self, name: str) -> str:
        """Where to send webhooks to."""
        return f"{self.url}/sink/{name}"

    def sink(self, name: str) -> list[Received]:
        """What a sink was sent, in order."""
        entries = self._http.get(f"/sink/{name}").raise_for_status().json()
        return [
            Received(e["received_at"], e["headers"], base64.b64decode(e["body_base64"]))
            for e in entries
        ]

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        answer = self._http.post(path, json=body)
        if answer.is_error:
            raise SandboxError(f"{path} answered {answer.status_code}: {answer.text}")
        return answer.json()


def _published(answer: Mapping[str, str]) -> Published:
    start, published, updated = (
        datetime.fromisoformat(answer[name]) for name in ("start", "published", "updated")
    )
    return Published(answer["collection"], answer["id"], start, published, updated)


def _await_url(process: subprocess.Popen[bytes], state: Path, log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if state.exists():
            return str(json.loads(state.read_text())["url"])
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise SandboxError(f"expected an answer within {START_SECONDS} s, came:\n{log.read_text()}")
