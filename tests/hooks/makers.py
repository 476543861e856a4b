"""Makers of receivers and targets: real servers and small fakes."""

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

from catalog.cloudevents import CloudEvent
from catalog.events import CREATED, item_published
from hooks.errors import WebhookFailed
from hooks.targets import Target
from lake.ledger.deliveries import Subscription
from tests.catalog.makers import described
from tests.makers import NEW_YEAR


def an_event() -> CloudEvent:
    return CloudEvent(item_published(described(), CREATED, NEW_YEAR))


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """An HTTP server on loopback that answers with the codes it is given, then with 204."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.codes: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.path, headers, self.rfile.read(length))
                code = receiver.codes.pop(0) if receiver.codes else 204
                receiver.requests.append(request)
                self.send_response(code)
                if code in {301, 302, 307, 308}:
                    self.send_header("location", receiver.url("/elsewhere"))
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def url(self, path: str = "/hook") -> str:
        return f"http://{self.address}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Listener:
    """A target that takes note of what it hears, once it has failed as often as it is to."""

    failures: int = 0
    error: Exception = field(default_factory=lambda: WebhookFailed("not now"))
    heard: list[CloudEvent] = field(default_factory=list)

    def __call__(self, _wanted: Subscription) -> Target:
        return self

    def deliver(self, event: CloudEvent) -> str:
        if self.failures > 0:
            self.failures -= 1
            raise self.error
        self.heard.append(event)
        return "heard"


def a_subscription(name: str = "all", **changes: Any) -> Subscription:
    return Subscription(**{"name": name, "kind": "webhook", "target": "https://h/", **changes})
