"""A small real HTTP server for the carrier: pages by path, and what each was asked with."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; ``length`` lies about the body's length where it is set, -1 says nothing."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None


class TinyServer:
    """Answers paths with replies, one after the other; the last one stays."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._replies: dict[str, list[Reply]] = {}

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def put(self, path: str, *replies: Reply) -> str:
        self._replies[path] = list(replies)
        return self.url + path

    def headers_at(self, path: str) -> dict[str, str]:
        return next(headers for asked, headers in self.asked if asked == path)

    def answer(self, path: str, headers: dict[str, str]) -> Reply:
        self.asked.append((path, headers))
        replies = self._replies.get(path.partition("?")[0], [Reply(status=404)])
        return replies.pop(0) if len(replies) > 1 else replies[0]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        tiny: TinyServer = self.server.tiny  # type: ignore[attr-defined]
        reply = tiny.answer(self.path, {k.lower(): v for k, v in self.headers.items()})
        self.send_response(reply.status)
        length = len(reply.body) if reply.length is None else reply.length
        if length >= 0:
            self.send_header("Content-Length", str(length))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@contextmanager
def serving() -> Iterator[TinyServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    tiny = TinyServer(f"http://127.0.0.1:{server.server_address[1]}")
    server.tiny = tiny  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield tiny
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
