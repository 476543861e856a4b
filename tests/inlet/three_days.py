"""A home in which three days of a collection were harvested, and houses over copies of it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from inlet.harvest import harvest
from inlet.house import House, opened
from inlet.settings import Settings
from lake.nouns import Window
from sandbox.client import Sandbox

COLLECTION = "sst"
WINDOW = Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 4, tzinfo=UTC))


def harvested_into(home: Path, sandbox: Sandbox) -> Path:
    """Harvest the three days; return the home."""
    with opened(Settings(home=home, sandbox_url=sandbox.url)) as house:
        assert harvest(house, COLLECTION, WINDOW).published == 3
    return home


@contextmanager
def a_copy(harvested: Path, home: Path, sandbox: Sandbox) -> Iterator[House]:
    """Give a house over a copy, which a test may change as it likes."""
    shutil.copytree(harvested, home)
    with opened(Settings(home=home, sandbox_url=sandbox.url)) as house:
        yield house
