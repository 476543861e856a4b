"""Another host: a second port that hands out what it was given and records who asked how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from sandbox.shelf import AtRest


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came; names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class Elsewhere:
    """Starts when it is first needed, and stays till the end."""

    asked: list[Asked] = field(default_factory=list)
    _deposits: dict[str, tuple[AtRest, str]] = field(default_factory=dict)
    _server: ThreadingHTTPServer | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        """Where it answers."""
        with self._lock:
            if self._server is None:
                self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
                Thread(target=self._server.serve_forever, daemon=True).start()
            return f"http://127.0.0.1:{self._server.server_port}"

    def deposit(self, rest: AtRest, media_type: str) -> str:
        """A URL here for these bytes, open to everybody; one for each content."""
        path = f"/{rest.sha256[:16]}"
        self._deposits[path] = (rest, media_type)
        return self.url + path

    def find(self, path: str) -> tuple[AtRest, str] | None:
        """What lies at a path."""
        return self._deposits.get(path)

    def close(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


def _handler(elsewhere: Elsewhere) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(is_body_wanted=False)

        def do_GET(self) -> None:
            self._answer(is_body_wanted=True)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Write nothing: what came is recorded."""

        def _answer(self, *, is_body_wanted: bool) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            elsewhere.asked.append(Asked(self.command, self.path, headers))
            found = elsewhere.find(self.path)
            rest, media_type = found or (None, "text/plain")
            self.send_response(404 if rest is None else 200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(rest.size if rest else 0))
            self.send_header("ETag", f'"{rest.etag if rest else 0}"')
            self.end_headers()
            if rest is not None and is_body_wanted:
                self.wfile.write(rest.read(0, rest.size))

    return Handler
