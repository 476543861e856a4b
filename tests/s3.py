"""A real S3 alone, known to this process by its environment."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.stack_fixture import Services, running


@dataclass(frozen=True, slots=True)
class S3:
    """A server that runs; ``environment`` makes it known to a process, keys and all."""

    services: Services

    @property
    def environment(self) -> Mapping[str, str]:
        """The endpoint, and the keys."""
        known = self.services.environment
        return {name: value for name, value in known.items() if name.startswith("AWS_")}

    def bucket(self) -> str:
        """Make a bucket of its own; return its URL."""
        return self.services.bucket()


@contextmanager
def an_s3(kind: str = "versitygw") -> Iterator[S3]:
    """Give a server that runs while the ``with`` lasts, and that this process knows."""
    with running("s3", stack_s3=kind) as services, pytest.MonkeyPatch.context() as patch:
        server = S3(services)
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server
