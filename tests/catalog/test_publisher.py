import pytest

from catalog.publisher import EmbeddedPublisher, Publisher
from tests.contracts.publisher import PublisherContract


class TestEmbeddedPublisher(PublisherContract):
    @pytest.fixture
    def publisher(self) -> Publisher:
        return EmbeddedPublisher()
