"""A provider that takes orders is probed by one: planned, placed, waited for, fetched."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inlet.house import House, opened
from inlet.onboarding import blueprint as blueprints
from inlet.onboarding.findings import Outcome, Probe
from inlet.onboarding.probe import Trial, probe
from inlet.onboarding.rehearsal import Bounds
from inlet.settings import Settings
from sandbox.client import Sandbox
from tests.inlet.onboarding.makers import outcomes, step
from tests.makers import NEW_YEAR


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> Iterator[House]:
    """The shipped portfolio, whose stores take orders."""
    with opened(Settings(home=tmp_path, sandbox_url=sandbox.url)) as made:
        yield made


def probed(house: House, provider: str, order_seconds: float = 60.0) -> Probe:
    live = blueprints.live(house.settings.portfolio_root, provider)
    bounds = Bounds(order_seconds=order_seconds)
    return probe(house, live, Trial(around=NEW_YEAR, bounds=bounds))


def test_all_parts_of_an_item_are_ordered_and_come(house: House) -> None:
    found = probed(house, "sandbox_destine")

    assert set(outcomes(found).values()) == {Outcome.GOOD}
    assert "72 fields" in step(found, "search").came
    assert "2 files" in step(found, "links").came
    assert found.has_passed


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("job_failed", "The job has failed."),
        ("no_data", "no data"),
        ("job_never_ready", "not ready after 3 s"),
    ],
)
def test_an_order_that_comes_to_nothing_is_told_in_the_providers_words(
    fault: str, said: str, house: House, sandbox: Sandbox
) -> None:
    with sandbox.fault(fault):
        found = probed(house, "sandbox_destine", order_seconds=3.0)

    ordered = step(found, "order")
    assert ordered.outcome is Outcome.BAD
    assert said in ordered.came
    assert ordered.remedy
    assert outcomes(found)["download"] is Outcome.SKIPPED


def test_a_credential_without_a_value_is_named_and_never_shown(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    live = blueprints.live(house.settings.portfolio_root, "sandbox_cds")
    files = {p: t.replace("INLET_SANDBOX_KEY", "PROVIDER_NO_KEY") for p, t in live.files.items()}
    found = probe(house, blueprints.Blueprint("sandbox_cds", files))

    last = found.steps[-1]
    assert (last.name, last.outcome) == ("credentials", Outcome.BAD)
    assert "PROVIDER_NO_KEY" in last.came
    assert "inlet_<name>" in last.remedy
    assert "sandbox-key" not in str(found)
