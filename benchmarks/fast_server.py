"""Files over HTTP at the speed of the kernel: asyncio and sendfile, Range and keep-alive.

python -m benchmarks.fast_server DIRECTORY    # prints its URL
"""

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_RANGE = re.compile(rb"\r\nrange: bytes=(\d+)-", re.IGNORECASE)


@contextmanager
def serving(directory: Path) -> Iterator[str]:
    """Serve ``directory`` from a process of its own; give the URL."""
    command = [sys.executable, "-m", "benchmarks.fast_server", str(directory)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


async def _serve(root: Path) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while True:
                await _answer(root, await reader.readuntil(b"\r\n\r\n"), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


async def _answer(root: Path, head: bytes, writer: asyncio.StreamWriter) -> None:
    method, target, _ = head.split(b" ", 2)
    file = root / target.decode().partition("?")[0].lstrip("/")
    if not file.is_file():
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        return
    size, span = file.stat().st_size, _RANGE.search(head)
    start = int(span[1]) if span else 0
    status = "206 Partial Content" if span else "200 OK"
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {size - start}", f'ETag: "{size}"']
    if span:
        lines.append(f"Content-Range: bytes {start}-{size - 1}/{size}")
    writer.write("\r\n".join([*lines, "", ""]).encode())
    if method == b"GET":
        await writer.drain()
        with file.open("rb") as opened:
            await asyncio.get_running_loop().sendfile(writer.transport, opened, start)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
