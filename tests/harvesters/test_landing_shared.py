"""Several processes that land from one provider share what its account may carry at once."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from harvesters.gateway import Policy
from harvesters.landing import land
from harvesters.quotas import LedgeredQuotas
from lake.ledger.ledger import Ledger
from lake.ledger.states import OfferState
from lake.nouns import OfferId
from lake.store import LocalStore
from tests.harvesters.fake_gateway import FakeGateway
from tests.harvesters.rows import row_of
from tests.harvesters.samples import grib2
from tests.harvesters.test_landing import ready
from tests.harvesters.tiny_server import Reply, TinyServer

MOST = 3
LAND = """
import sys
from pathlib import Path
from harvesters.gateway import Policy
from harvesters.landing import land
from harvesters.quotas import LedgeredQuotas
from lake.ledger.ledger import Ledger
from lake.store import LocalStore
from tests.harvesters.fake_gateway import FakeGateway
root, host, most = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
policies = {"fake": Policy(frozenset({host}), allow_private=True, parallel=most)}
ledger = Ledger.open(f"sqlite:///{root / 'ledger.db'}")
ids = [int(row) for row in sys.argv[4:]]
land(ledger, FakeGateway(policies=policies), LocalStore(root / "lake"), ids,
     LedgeredQuotas(ledger, {}))
"""


def landing(root: Path, server: TinyServer, ids: list[OfferId]) -> subprocess.Popen[bytes]:
    arguments = [str(root), server.host, str(MOST), *map(str, ids)]
    return subprocess.Popen([sys.executable, "-c", LAND, *arguments])


def files(count: int, delay_seconds: float) -> list[Reply]:
    return [Reply(grib2(bytes([n] * 500)), delay_seconds=delay_seconds) for n in range(count)]


def test_processes_together_carry_no_more_at_once_than_the_account_may(
    tmp_path: Path, ledger: Ledger, server: TinyServer
) -> None:
    ids = ready(ledger, server, *files(30, 0.1))
    processes = [landing(tmp_path, server, ids[n::3]) for n in range(3)]

    assert [process.wait() for process in processes] == [0, 0, 0]
    assert {row_of(ledger, row).state for row in ids} == {OfferState.LANDED}
    assert server.most_at_once == MOST


def test_the_slots_of_a_killed_process_are_free_at_once(
    tmp_path: Path, ledger: Ledger, store: LocalStore, server: TinyServer
) -> None:
    replies = [*files(MOST, 8), *files(2 * MOST, 0)[MOST:]]
    ids = ready(ledger, server, *replies)
    process = landing(tmp_path, server, ids[:MOST])
    deadline = time.monotonic() + 30
    while server.at_once < MOST:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()

    began = time.monotonic()
    gateway = FakeGateway(policies={"fake": _policy(server)})
    landed = land(ledger, gateway, store, ids[MOST:], LedgeredQuotas(ledger, {}))
    assert landed == ids[MOST:]
    assert time.monotonic() - began < 6


def test_what_keeps_us_from_asking_is_raised_and_not_waited_for(
    ledger: Ledger, store: LocalStore, server: TinyServer
) -> None:
    class Broken(LedgeredQuotas):
        def share(self, provider: str, batch: str, most: int, keeps: int, wanted: int) -> int:
            raise ConnectionError("the ledger is away")

    ids = ready(ledger, server, *files(2, 0))
    gateway = FakeGateway(policies={"fake": _policy(server)})
    with pytest.raises(ConnectionError, match="the ledger is away"):
        land(ledger, gateway, store, ids, Broken(ledger, {}))


def _policy(server: TinyServer) -> Policy:
    return Policy(frozenset({server.host}), allow_private=True, parallel=MOST)
