"""``python -m sandbox``: serve on loopback until SIGTERM or SIGINT."""

import argparse
import json
import logging
import os
import signal
import socket
import sys
from datetime import timedelta
from pathlib import Path

import uvicorn

from sandbox.app import create_app
from sandbox.broken import ConnectionCut, Reachable
from sandbox.settings import KEY, Settings

HOST = "127.0.0.1"


class _Server(uvicorn.Server):
    """Says where it is as soon as it answers."""

    def __init__(self, config: uvicorn.Config, url: str, state: Path | None) -> None:
        super().__init__(config)
        self._url, self._state = url, state

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._state is not None:
            _write_atomically(self._state, json.dumps({"url": self._url, "pid": os.getpid()}))
        sys.stdout.write(f"The sandbox answers at {self._url}\n")
        sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Serve; 0 after a signal."""
    options = _options(arguments)
    listener = socket.create_server((HOST, options.port))
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    logging.getLogger("uvicorn.error").addFilter(_is_accident)
    settings = Settings(
        data=options.data,
        seed=options.seed,
        page_cap=options.page_cap,
        order_delay=timedelta(seconds=options.order_delay),
        key=options.key,
        token_lifetime=timedelta(seconds=options.token_lifetime),
        many=options.many,
    )
    config = uvicorn.Config(
        Reachable(create_app(settings)),
        log_level="error",
        access_log=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises what it caught once more when it has ended: let that be nothing
        signal.signal(number, lambda *_: None)
    _Server(config, url, options.state).run(sockets=[listener])
    if options.state is not None:
        options.state.unlink(missing_ok=True)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "sandbox", description="Providers for a machine without internet."
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--data", type=_directory, help="serve the GRIB and NetCDF found below it")
    parser.add_argument("--state", type=Path, help="write url and pid here, as JSON")
    parser.add_argument("--seed", type=int, default=1, help="of the weather")
    parser.add_argument("--page-cap", type=int, default=100, help="most products on a page")
    parser.add_argument("--order-delay", type=float, default=0.3, help="seconds an order takes")
    parser.add_argument("--key", default=KEY, help="opens the CDS and every user's token")
    parser.add_argument("--token-lifetime", type=float, default=3600, help="seconds")
    parser.add_argument("--many", type=int, default=0, help="products of the collection many")
    return parser.parse_args(arguments)


def _directory(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"expected a directory, came {text}")
    return path


def _is_accident(record: logging.LogRecord) -> bool:
    return not (record.exc_info and record.exc_info[0] is ConnectionCut)


def _write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
