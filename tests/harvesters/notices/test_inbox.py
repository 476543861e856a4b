from pathlib import Path

import pytest

from harvesters.notices.inbox import take_in
from harvesters.notices.sources import PARSERS
from lake.ledger import notices
from lake.ledger.notices import NoticeState
from tests.harvesters.notices.messages import SAMPLES, a_message, a_sample
from tests.makers import a_ledger

READERS = {"hint": "webhook", "stac": "kafka", "cloudevent": "kafka"}


@pytest.mark.parametrize("name", sorted(file.stem for file in SAMPLES.glob("*.json")))
def test_every_sample_is_taken_in_and_waits(tmp_path: Path, name: str) -> None:
    source = name.partition("_")[0]

    taken = take_in(a_ledger(tmp_path), a_sample(name, READERS.get(source, source)))

    assert (taken.state, taken.reason) == (NoticeState.WAITING, None)


def test_every_source_has_a_sample() -> None:
    named = {file.stem.partition("_")[0] for file in SAMPLES.glob("*.json")}

    assert {READERS.get(name, name) for name in named} == set(PARSERS)


@pytest.mark.parametrize("source", sorted(PARSERS))
def test_the_same_message_again_is_the_same_notice(tmp_path: Path, source: str) -> None:
    ledger = a_ledger(tmp_path)
    name = {"webhook": "hint", "kafka": "stac_item", "aviso": "aviso_server"}.get(source)
    sample = a_sample(name or f"{source}_{'push' if source == 'cdse' else 'update'}", source)

    first, again = take_in(ledger, sample), take_in(ledger, sample)

    assert first == again
    with ledger.begin() as tx:
        assert notices.counts(tx) == {"waiting": 1}


@pytest.mark.parametrize("source", sorted(PARSERS))
def test_poison_is_rejected_with_its_reason_and_once(tmp_path: Path, source: str) -> None:
    ledger = a_ledger(tmp_path)
    poison = a_message(b"\x00\xff not JSON", source)

    first, again = take_in(ledger, poison), take_in(ledger, poison)

    assert first == again
    assert first.state is NoticeState.REJECTED
    assert first.reason is not None
    assert first.reason.startswith("expected")
