"""A real Kafka alone, for the tests that want to stop it or to have it to themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.stack_fixture import running


@contextmanager
def a_broker() -> Iterator[str]:
    """Give ``host:port`` of a broker that runs while the ``with`` lasts."""
    with running("kafka") as services:
        yield services.kafka
