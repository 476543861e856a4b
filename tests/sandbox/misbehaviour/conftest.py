import pytest

from sandbox.client import Sandbox
from tests.sandbox.families import Visitor
from tests.sandbox.listings import Listed


@pytest.fixture
def stac(sandbox: Sandbox) -> Visitor:
    return Visitor(sandbox, "stac")


@pytest.fixture
def cds(sandbox: Sandbox) -> Visitor:
    return Visitor(sandbox, "cds")


@pytest.fixture
def tick(stac: Visitor) -> Listed:
    return stac.search(1, 1).products[0]
