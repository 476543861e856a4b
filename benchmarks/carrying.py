"""The carrier beside curl for one large file, and beside EODAG's own download for many small ones.

    python -m benchmarks.carrying [DIRECTORY]

Each pair is measured in turns, over loopback, from the same server (``fast_server``), and the best
of the turns is compared: other work on the machine only ever makes a turn longer.
"""

import asyncio
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.fast_server import serving
from harvesters.carrier import carry
from harvesters.gateway import Policy, Remote
from lake.multihash import SHA2_256

LARGE_BYTES = 2 << 30
SMALL_FILES = 500
SMALL_BYTES = (20_000, 200_000)
_BLOCK_BYTES = 1 << 24
_CURL, _MD5SUM = (shutil.which(name) or name for name in ("curl", "md5sum"))


@dataclass(frozen=True, slots=True)
class Compared:
    """Seconds of each turn, and how many times as fast as the other the carrier was at best."""

    what: str
    ours_seconds: tuple[float, ...]
    other: str
    other_seconds: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return min(self.other_seconds) / min(self.ours_seconds)

    def line(self) -> str:
        return (
            f"{self.what}: carrier {_shown(self.ours_seconds)} s, {self.other} "
            f"{_shown(self.other_seconds)} s: {self.ratio:.2f} times as fast"
        )


@dataclass(frozen=True, slots=True)
class Sums:
    """The checksums of a file: a bare MD5 and a multihash, in hex."""

    md5: str
    sha256: str


def large_file(directory: Path, turns: int = 3, size: int = LARGE_BYTES) -> tuple[Compared, ...]:
    """Compare the carrier with ``curl -o f URL && md5sum f``.

    It verifies once what STAC promises (sha2-256, which it computes anyway), and once an MD5 too.
    """
    served = directory / "served"
    served.mkdir(exist_ok=True)
    sums = _random_file(served / "large", size)
    compared = []
    with serving(served) as url:
        for name, checksum in (("sha2-256", sums.sha256), ("sha2-256 and MD5", sums.md5)):
            remote = Remote(f"{url}/large", "large", size=size, checksum=checksum)
            ours, other = _in_turns(
                turns,
                partial(_carry, [remote], directory / "carried", url),
                lambda: _curl(f"{url}/large", directory / "curled", sums.md5),
            )
            what = f"1 file of {size / 1e9:.1f} GB, {name}"
            compared.append(Compared(what, ours, "curl && md5sum", other))
    (served / "large").unlink()
    return tuple(compared)


def small_files(directory: Path, turns: int = 3, count: int = SMALL_FILES) -> Compared:
    """Compare the carrier, MD5 verified, with EODAG's own download, which verifies nothing."""
    served = directory / "served"
    served.mkdir(exist_ok=True)
    sizes = random.Random(1)
    sums = {
        f"{n:04d}.grib": _random_file(served / f"{n:04d}.grib", sizes.randint(*SMALL_BYTES))
        for n in range(count)
    }
    with serving(served) as url:
        remotes = [Remote(f"{url}/{name}", name, checksum=s.md5) for name, s in sums.items()]
        download = _eodag(url, list(sums), directory)
        ours, other = _in_turns(
            turns, lambda: _carry(remotes, directory / "carried", url), download
        )
    return Compared(f"{count} small files", ours, "EODAG", other)


def _carry(remotes: list[Remote], into: Path, url: str) -> None:
    into.mkdir()
    policy = Policy(frozenset({url.removeprefix("http://")}), allow_private=True)
    asyncio.run(carry(remotes, into, policy))
    shutil.rmtree(into)


def _curl(url: str, file: Path, md5: str) -> None:
    subprocess.run([_CURL, "-s", "-f", "-o", str(file), url], check=True)
    came = subprocess.run([_MD5SUM, str(file)], check=True, capture_output=True, text=True)
    if not came.stdout.startswith(md5):
        raise SystemExit(f"curl brought other bytes: {came.stdout}")
    file.unlink()


def _eodag(url: str, names: list[str], directory: Path) -> Callable[[], None]:
    """Return EODAG's download of all files, as products of a provider of its own."""
    from eodag import EODAGSettings, EODataAccessGateway, EOProduct, SearchResult  # noqa: PLC0415
    from eodag.utils import ProgressCallback  # noqa: PLC0415

    config = directory / "eodag"
    (config / "providers").mkdir(parents=True, exist_ok=True)
    (config / "empty.json").write_text("{}")
    block = {
        "name": "bench",
        "url": url,
        "search": {"type": "StacSearch", "api_endpoint": f"{url}/search"},
        "products": {"GENERIC_COLLECTION": {"_collection": "{collection}"}},
        "download": {"type": "HTTPDownload", "extract": False},
    }
    (config / "providers" / "bench.yml").write_text(json.dumps({"bench": block}))
    gateway = EODataAccessGateway(
        settings=EODAGSettings(
            cfg_file=str(config / "empty.json"),
            providers_cfg_dir=str(config / "providers"),
            ext_collections_cfg_uri=str(config / "empty.json"),
        )
    )

    def product(name: str) -> EOProduct:
        link = {"eodag:download_link": f"{url}/{name}", "order:status": "succeeded"}
        made = EOProduct("bench", {"id": name, "title": name, "geometry": "POINT (0 0)", **link})
        plugins = gateway._plugins_manager  # noqa: SLF001 - there is no public way
        made.register_downloader(plugins.get_download_plugin(made), None)
        return made

    def download() -> None:
        products = SearchResult([product(name) for name in names])
        into = directory / "downloaded"
        progress = ProgressCallback(disable=True)
        paths = gateway.download_all(products, output_dir=str(into), progress_callback=progress)
        if len(paths) != len(names):
            raise SystemExit(f"EODAG brought {len(paths)} of {len(names)}")
        shutil.rmtree(into)

    return download


def _random_file(file: Path, size: int) -> Sums:
    """Write a file that no compression makes smaller."""
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with file.open("wb") as out:
        for start in range(0, size, _BLOCK_BYTES):
            block = os.urandom(min(_BLOCK_BYTES, size - start))
            md5.update(block)
            sha256.update(block)
            out.write(block)
    return Sums(md5.hexdigest(), SHA2_256 + sha256.hexdigest())


def _in_turns(
    turns: int, one: Callable[[], None], other: Callable[[], None]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(turns):
        for took, act in zip(seconds, (one, other), strict=True):
            begun = time.monotonic()
            act()
            took.append(time.monotonic() - begun)
    return tuple(seconds[0]), tuple(seconds[1])


def _shown(seconds: tuple[float, ...]) -> str:
    return " ".join(f"{s:.2f}" for s in seconds)


def main() -> None:
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else None) as made:
        print(small_files(Path(made)).line())
        for compared in large_file(Path(made)):
            print(compared.line())


if __name__ == "__main__":
    main()
