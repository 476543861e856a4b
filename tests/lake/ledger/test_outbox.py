from lake.ledger import outbox
from tests.makers import a_ledger


def test_a_signal_is_written_once_and_waits_until_acknowledged(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        outbox.append(tx, "e1", "create", "era5/a", {"id": "a"})
        outbox.append(tx, "e1", "create", "era5/a", {"id": "a"})
        outbox.append(tx, "e2", "create", "era5/b", {"id": "b"})
        assert [s.event_id for s in outbox.unsent(tx)] == ["e1", "e2"]
        outbox.mark_sent(tx, ["e1"])

        assert [s.event_id for s in outbox.unsent(tx)] == ["e2"]
        assert [(s.event_id, sent is not None) for s, sent in outbox.tail(tx, 5)] == [
            ("e1", True),
            ("e2", False),
        ]
