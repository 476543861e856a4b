"""What every ``Gateway`` keeps to, whoever answers."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from harvesters.eodag import EodagGateway
from harvesters.errors import HarvestError
from harvesters.gateway import Gateway, Page, Placed, Policy, Product, Ready, Waiting
from harvesters.source import Source
from lake.nouns import Window
from sandbox.client import Sandbox
from tests.harvesters.fake_gateway import FakeGateway, product
from tests.harvesters.portfolio import ERA5, SST, environment, providers

START = datetime(2024, 2, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=3))
FAR_AWAY = Window(START - timedelta(days=9000), START - timedelta(days=8999))


class GatewayContract:
    """Subclass it, and give ``gateway``, ``listed`` (a catalogue) and ``ordered`` (orders)."""

    def found(self, gateway: Gateway, source: Source, window: Window = WINDOW) -> list[Product]:
        return [p for page in gateway.search(source, "main", window) for p in page.products]

    def placed(self, gateway: Gateway, source: Source) -> Placed:
        return gateway.order(self.found(gateway, source)[0].record)

    def test_it_finds_what_lies_in_the_window(self, gateway: Gateway, listed: Source) -> None:
        found = self.found(gateway, listed)

        assert len(found) >= 3
        assert all(p.window.start <= WINDOW.end and p.window.end >= START for p in found)

    def test_an_empty_window_is_no_error(self, gateway: Gateway, listed: Source) -> None:
        assert self.found(gateway, listed, FAR_AWAY) == []

    def test_the_same_search_finds_the_same_products(
        self, gateway: Gateway, listed: Source, ordered: Source
    ) -> None:
        for source in (listed, ordered):
            assert self.found(gateway, source) == self.found(gateway, source)

    def test_only_what_is_ordered_needs_an_order(
        self, gateway: Gateway, listed: Source, ordered: Source
    ) -> None:
        assert {p.needs_order for p in self.found(gateway, listed)} == {False}
        assert {p.needs_order for p in self.found(gateway, ordered)} == {True}

    def test_an_order_waits_and_is_ready_in_the_end(
        self, gateway: Gateway, ordered: Source
    ) -> None:
        placed = self.placed(gateway, ordered)
        answers = [gateway.poll(placed.record)]
        while isinstance(answers[-1], Waiting):
            answers.append(gateway.poll(placed.record))

        assert placed.order_id
        assert isinstance(answers[0], Waiting)
        assert isinstance(answers[-1], Ready)

    def test_a_placed_order_is_on_the_list_or_there_is_no_list(
        self, gateway: Gateway, ordered: Source
    ) -> None:
        began_at = datetime.now(UTC)
        record = self.found(gateway, ordered)[0].record
        placed = self.placed(gateway, ordered)
        listed = gateway.jobs(record, began_at)

        assert listed is None or placed.order_id in listed

    def test_an_order_that_is_adopted_is_the_very_same(
        self, gateway: Gateway, ordered: Source
    ) -> None:
        record = self.found(gateway, ordered)[0].record
        placed = self.placed(gateway, ordered)
        adopted = gateway.adopt(record, placed.order_id)

        assert adopted is None or adopted.order_id == placed.order_id
        assert adopted is None or isinstance(gateway.poll(adopted.record), Waiting | Ready)

    def test_what_is_at_hand_has_a_remote_on_an_allowed_host(
        self, gateway: Gateway, listed: Source
    ) -> None:
        remotes = gateway.remotes(self.found(gateway, listed)[0].record)
        hosts = gateway.policy(listed.provider).hosts

        assert remotes
        assert all(any(host in remote.url for host in hosts) for remote in remotes)

    def test_its_failures_are_harvest_errors(
        self, broken: Gateway, listed: Source, ordered: Source
    ) -> None:
        with pytest.raises(HarvestError):
            self.found(broken, listed)
        with pytest.raises(HarvestError):
            self.placed(broken, ordered)


class TestFakeGateway(GatewayContract):
    @pytest.fixture
    def gateway(self) -> Gateway:
        return _fake()

    @pytest.fixture
    def broken(self) -> Gateway:
        fake = _fake()
        fake.search_error = HarvestError("broken")
        return fake

    @pytest.fixture
    def listed(self) -> Source:
        return Source(provider="fake", collection="LISTED")

    @pytest.fixture
    def ordered(self) -> Source:
        return Source(provider="fake", collection="ORDERED")


class TestEodagGateway(GatewayContract):
    @pytest.fixture(scope="class")
    def sandbox(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
        with Sandbox.start(state_dir=tmp_path_factory.mktemp("sandbox")) as running:
            yield running

    @pytest.fixture(scope="class")
    def gateway(self, sandbox: Sandbox) -> Gateway:
        return EodagGateway(providers(), environment(sandbox))

    @pytest.fixture(scope="class")
    def broken(self) -> Gateway:
        nowhere = {"INLET_SANDBOX_URL": "http://127.0.0.1:9", "INLET_SANDBOX_KEY": "k"}
        impatient = {
            name: p.model_copy(update={"eodag": {**p.eodag, **_no_retries(p.eodag)}})
            for name, p in providers().items()
        }
        return EodagGateway(impatient, nowhere)

    @pytest.fixture
    def listed(self) -> Source:
        return SST

    @pytest.fixture
    def ordered(self) -> Source:
        return ERA5


def _no_retries(block: Mapping[str, object]) -> dict[str, object]:
    search = block.get("search", {})
    return {"search": {**search, "retry_total": 0}} if isinstance(search, dict) else {}


def _fake() -> FakeGateway:
    return _TwoCatalogues(policies={"fake": Policy(frozenset({"fake:80"}))}, polls_needed=1)


class _TwoCatalogues(FakeGateway):
    """Lists three products, or offers to make them."""

    def search(self, source: Source, part: str, window: Window) -> Iterator[Page]:
        is_ordered = source.collection == "ORDERED"
        self.products = [
            product(name, day, f"http://fake:80/{name}", needs_order=is_ordered)
            for day, name in enumerate("abc")
        ]
        return super().search(source, part, window)
