"""A landing that is killed in the middle of a large file, and the next one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harvesters.landing import land
from lake import multihash
from lake.ledger.ledger import Ledger
from lake.store import Store, open_store
from tests.harvesters.rows import granules_of
from tests.harvesters.samples import grib2
from tests.harvesters.test_landing import gateway_to, ready
from tests.harvesters.tiny_server import Reply, TinyServer

WHOLE = grib2(os.urandom(24_000_000))
LAND = """
import sys
from pathlib import Path
from lake.ledger.ledger import Ledger
from lake.store import open_store
from harvesters.gateway import Policy
from harvesters.landing import land
from tests.harvesters.fake_gateway import FakeGateway
root, lake, host, row = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
policies = {"fake": Policy(frozenset({host}), allow_private=True)}
ledger = Ledger.open(f"sqlite:///{root / 'ledger.db'}")
land(ledger, FakeGateway(policies=policies), open_store(lake), [row])
"""


@pytest.fixture(params=["directory", "s3"])
def anywhere(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Store:
    """A store of each kind, empty; what is on its way lies below ``tmp_path``."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    is_s3 = request.param == "s3"
    url = request.getfixturevalue("s3").bucket() if is_s3 else str(tmp_path / "lake")
    return open_store(url)


def test_a_landing_after_a_kill_fetches_only_the_rest(
    tmp_path: Path, ledger: Ledger, anywhere: Store, server: TinyServer
) -> None:
    whole = Reply(WHOLE, headers={"ETag": '"v1"'}, is_ranged=True)
    half = replace(whole, breaks_after=12_000_000, pause_seconds=3)
    (row,) = ready(ledger, server, half)
    url = anywhere.url("").rstrip("/")
    process = subprocess.Popen([sys.executable, "-c", LAND, tmp_path, url, server.host, str(row)])
    partial = anywhere.partials().root
    _await(lambda: sum(f.stat().st_size for f in partial.glob("*/0000")) >= 8_000_000)
    process.send_signal(signal.SIGKILL)
    process.wait()
    had = sum(f.stat().st_size for f in partial.glob("*/0000"))

    assert anywhere.below("granules") == []
    server.put("/0", whole)
    assert land(ledger, gateway_to(server), anywhere, [row]) == [row]
    (granule,) = granules_of(ledger, row)
    with anywhere.local(granule.location) as path:
        assert multihash.of_bytes(path.read_bytes()) == granule.digest
    assert granule.digest == multihash.of_bytes(WHOLE)
    assert server.sent_bytes[-1] <= len(WHOLE) - had + 4096
    assert list(partial.iterdir()) == []


def _await(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline, "nothing came in 30 s"
        time.sleep(0.02)
