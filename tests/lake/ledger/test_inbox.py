from lake.ledger import inbox
from tests.makers import a_ledger


def test_what_came_before_is_known_to_its_consumer_alone(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        assert inbox.fresh(tx, "one", ["a", "b", "a"]) == ["a", "b"]
    with ledger.begin() as tx:
        assert inbox.fresh(tx, "one", ["b", "c"]) == ["c"]
        assert inbox.fresh(tx, "two", ["a"]) == ["a"]
