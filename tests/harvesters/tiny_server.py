"""A small real HTTP server for the carrier: pages by path, and what each was asked with."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; ``length`` lies about the body's length where it is set, -1 says nothing.

    It comes after ``delay_seconds``. A ``ranged`` one answers Range and If-Range as HTTP asks
    for. After ``breaks_after`` bytes the connection is closed, ``pause_seconds`` later.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    is_ranged: bool = False
    breaks_after: int | None = None
    pause_seconds: float = 0.0
    delay_seconds: float = 0.0

    def part(self, asked: dict[str, str]) -> "Reply":
        """Return the part that was asked for, or the whole."""
        span = re.fullmatch(r"bytes=(\d+)-", asked.get("range", ""))
        names_this = asked.get("if-range") in {None, self.headers.get("ETag")}
        if not (self.is_ranged and span and names_this):
            return self
        start, size = int(span[1]), len(self.body)
        if start >= size:
            return Reply(status=416, headers={"Content-Range": f"bytes */{size}"})
        headers = {**self.headers, "Content-Range": f"bytes {start}-{size - 1}/{size}"}
        return replace(self, body=self.body[start:], status=206, headers=headers)


class TinyServer:
    """Answers paths with replies, one after the other; the last one stays."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent_bytes: list[int] = []
        self.at_once = 0
        self.most_at_once = 0
        self._counting = threading.Lock()
        self._replies: dict[str, list[Reply]] = {}

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def put(self, path: str, *replies: Reply) -> str:
        self._replies[path] = list(replies)
        return self.url + path

    def headers_at(self, path: str) -> dict[str, str]:
        return next(headers for asked, headers in self.asked if asked == path)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count an answer while it is waited for: what was sent may be had before we know."""
        with self._counting:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield
        finally:
            with self._counting:
                self.at_once -= 1

    def answer(self, path: str, headers: dict[str, str]) -> Reply:
        self.asked.append((path, headers))
        replies = self._replies.get(path.partition("?")[0], [Reply(status=404)])
        return (replies.pop(0) if len(replies) > 1 else replies[0]).part(headers)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        tiny: TinyServer = self.server.tiny  # type: ignore[attr-defined]
        reply = tiny.answer(self.path, {k.lower(): v for k, v in self.headers.items()})
        with tiny.counted():
            time.sleep(reply.delay_seconds)
        self.send_response(reply.status)
        length = len(reply.body) if reply.length is None else reply.length
        if length >= 0:
            self.send_header("Content-Length", str(length))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        sent = reply.body[: reply.breaks_after]
        tiny.sent_bytes.append(len(sent))
        self.wfile.write(sent)
        self.wfile.flush()
        time.sleep(reply.pause_seconds)

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
