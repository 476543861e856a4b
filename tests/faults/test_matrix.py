"""A sample of the matrix: one cell or two of each kind of fault. ``make faults`` runs them all."""

from collections.abc import Iterator

import pytest

from sandbox.client import Sandbox
from sandbox.kinds import FAMILIES as ROOMS
from sandbox.kinds import KINDS
from tests.faults.cells import Bench
from tests.faults.families import FAMILIES, why_not
from tests.faults.matrix import not_shown
from tests.faults.strikes import strikes
from tests.faults.verdicts import Verdict

STRIKES = {strike.name: strike for strike in strikes()}
COMPLETE = [
    ("http_429_with_retry_after (seconds)", "stac"),
    ("connection_reset", "opensearch"),
    ("short_page", "hda"),
    ("lost_next_link (always)", "odata"),
    ("etag_changes_midway", "hda"),
    ("provider_cap (honest)", "postjson"),
    ("get_next_link", "stac"),
    ("packed_product (tar.gz)", "eumetsat"),
    ("truncated_without_length", "static"),
    ("post_accepted_but_reply_lost", "cds"),
    ("job_expired", "polytope"),
]
LISTED = [
    ("provider_cap (honest)", "static"),
    ("wrong_checksum", "stac"),
    ("tar_slip", "postjson"),
    ("no_data", "hda-orders"),
]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Sandbox.start(arguments=("--order-delay", "0.05")) as sandbox:
        yield Bench(sandbox)


@pytest.mark.parametrize(("fault", "family"), COMPLETE)
def test_what_can_be_had_under_a_fault_is_had(bench: Bench, fault: str, family: str) -> None:
    outcome = bench.tried(STRIKES[fault], FAMILIES[family])

    assert outcome.verdict is Verdict.COMPLETE, outcome.reasons
    assert outcome.hits > 0


@pytest.mark.parametrize(("fault", "family"), LISTED)
def test_what_cannot_be_had_is_listed_with_its_reason(
    bench: Bench, fault: str, family: str
) -> None:
    outcome = bench.tried(STRIKES[fault], FAMILIES[family])

    assert (outcome.verdict, outcome.found < outcome.expected) == (Verdict.LISTED, True)
    assert all(outcome.reasons)


def test_what_nobody_can_know_is_told_as_unreachable() -> None:
    told = not_shown(["provider_cap"], ["static"])

    assert list(told) == [("provider_cap (capped)", "static")]
    assert told["provider_cap (capped)", "static"].startswith("unreachable: ")


def test_every_fault_of_every_room_is_shown_or_has_its_reason() -> None:
    shown = {strike.fault for strike in STRIKES.values()}

    assert shown == set(KINDS)
    assert {family.room for family in FAMILIES.values()} == set(ROOMS)
    for fault in KINDS:
        reasons = [why_not(fault, family) for family in FAMILIES.values()]
        assert any(reason is None for reason in reasons)
        assert all(reason != "" for reason in reasons)
