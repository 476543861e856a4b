"""Plays a recorded conversation with a provider: a request gets the first reply that fits it.

A recording is JSON: the provider's and the source's settings as in the portfolio, the replies, and
what must come of them. In its texts ``{BASE}`` is this server, ``{HOST}`` its host and port, and
``{SIZE:name}``, ``{MD5:name}``, ``{SHA256:name}`` tell of the NetCDF that the file ``name`` is.
"""

import gzip
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from scipy.io import netcdf_file

PLACE = Path(__file__).parent
RECORDINGS = sorted(file.stem for file in PLACE.glob("*.json"))
_TOLD = re.compile(r'"\{(SIZE):([^}]+)\}"|\{(MD5|SHA256):([^}]+)\}')
_CHUNK = 100

Json = dict[str, Any]


def netcdf(name: str) -> bytes:
    """Return a small NetCDF of its own for each name."""
    kept = BytesIO()
    with netcdf_file(kept, "w") as made:
        made.name = name.encode()
        made.createDimension("x", 8)
        made.createVariable("v", "i4", ("x",))[:] = range(8)
        made.flush()
        return kept.getvalue()


class Replay:
    """One recording, played at ``base``; ``asked`` are the requests that came."""

    def __init__(self, name: str, base: str) -> None:
        self.asked: list[str] = []
        text = (PLACE / f"{name}.json").read_text()
        text = text.replace("{BASE}", base).replace("{HOST}", base.removeprefix("http://"))
        known: Json = json.loads(_TOLD.sub(_told, text))
        self.provider, self.source, self.expected = (
            known[k] for k in ("provider", "source", "expected")
        )
        self.window: list[str] = known["window"]
        self._replies: list[Json] = known["replies"]

    @property
    def files(self) -> list[str]:
        """Return the names of the files that it can send."""
        return [reply["file"] for reply in self._replies if "file" in reply]

    def reply(self, method: str, path: str, sent: str) -> Json:
        request = f"{method} {unquote(path)} {sent}"
        self.asked.append(request)
        fits = (
            r
            for r in self._replies
            if re.match(re.escape(r["to"]) + r"(?![\w/-])", request)
            and all(text in request for text in r.get("with", []))
        )
        return next(fits, {"status": 404, "json": {"message": f"nothing recorded for {request}"}})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_HEAD(self) -> None:
        self.send_response(405)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, method: str) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        replay: Replay = self.server.replay  # type: ignore[attr-defined]
        reply = replay.reply(method, self.path, sent)
        told = {"Content-Type": "application/json"} if "json" in reply else {}
        body, headers = _body(reply), {**told, **reply.get("headers", {})}
        if reply.get("gzip"):
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        self.send_response(reply.get("status", 200))
        for name, value in headers.items():
            self.send_header(name, value)
        is_chunked = reply.get("chunked", False)
        name, value = (
            ("Transfer-Encoding", "chunked") if is_chunked else ("Content-Length", str(len(body)))
        )
        self.send_header(name, value)
        self.end_headers()
        self.wfile.write(_in_chunks(body) if is_chunked else body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@contextmanager
def playing(name: str) -> Iterator[Replay]:
    """Play a recording on loopback while the ``with`` lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    replay = Replay(name, f"http://127.0.0.1:{server.server_address[1]}")
    server.replay = replay  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _told(match: re.Match[str]) -> str:
    body = netcdf(match[2] or match[4])
    if match[1]:
        return str(len(body))
    return (sha256 if match[3] == "SHA256" else md5)(body).hexdigest()


def _body(reply: Json) -> bytes:
    if "file" in reply:
        return netcdf(reply["file"])
    if "json" in reply:
        return json.dumps(reply["json"]).encode()
    return str(reply.get("text", "")).encode()


def _in_chunks(body: bytes) -> bytes:
    parts = [body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])
