from collections.abc import Iterator
from pathlib import Path

import pytest

from lake.ledger.ledger import Ledger
from tests.hooks.makers import Receiver
from tests.makers import StillClock, a_ledger


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: StillClock) -> Iterator[Ledger]:
    ledger = a_ledger(tmp_path, clock)
    yield ledger
    ledger.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running
