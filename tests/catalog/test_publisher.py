from collections.abc import Iterator

import pytest

from catalog.errors import Contended
from catalog.publisher import ATTEMPTS, EmbeddedPublisher, Publisher, insist
from lake.ledger.ledger import Ledger
from tests.contracts.publisher import PublisherContract


class TestEmbeddedPublisher(PublisherContract):
    @pytest.fixture
    def place(self, url: str) -> str:
        return url

    @staticmethod
    def open(ledger: Ledger) -> Publisher:
        return EmbeddedPublisher()


def test_a_transaction_that_others_are_in_the_way_of_is_tried_again_ever_later() -> None:
    waits: list[float] = []
    answers: Iterator[int] = iter(range(4))

    def third_time() -> int:
        if (answer := next(answers)) < 2:
            raise Contended
        return answer

    assert insist(third_time, waits.append, lambda: 0.5) == 2
    assert waits == [0.05, 0.1]


def test_contention_that_does_not_end_is_told() -> None:
    tries: list[float] = []

    def never() -> None:
        raise Contended("busy")

    with pytest.raises(Contended, match="busy"):
        insist(never, tries.append, lambda: 0.0)
    assert len(tries) == ATTEMPTS - 1
