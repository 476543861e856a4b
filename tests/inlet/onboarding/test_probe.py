"""A probe says of each step what came and what to do, whatever a provider does."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from harvesters.blocks import merged
from inlet.onboarding import report
from inlet.onboarding.blueprint import Blueprint, dumped, loaded
from inlet.onboarding.findings import Outcome, of_probe, to_probe
from inlet.onboarding.probe import Trial
from inlet.onboarding.suggestion import completed
from sandbox.client import Sandbox
from sandbox.kinds import Option
from tests.inlet.onboarding.makers import TICKS, a_draft, a_house, outcomes, probed, step

AT_ONCE = Trial(patience_seconds=0.5)


@dataclass(frozen=True)
class Wrong:
    """What a provider does wrong, where that shows, how bad it is, and what must be said."""

    fault: str
    step: str
    outcome: Outcome
    said: str
    options: dict[str, Option] = field(default_factory=dict)


WRONGS = (
    Wrong("count_lies", "paging", Outcome.ODD, "counts of the halves", {"says": "high"}),
    Wrong("lost_next_link", "paging", Outcome.ODD, "the provider states 22, 5 were found"),
    Wrong("duplicate_items", "paging", Outcome.ODD, "4 came twice"),
    Wrong("unstable_order", "paging", Outcome.ODD, "the provider states 22"),
    Wrong(
        "provider_cap",
        "paging",
        Outcome.ODD,
        "states 10, and has more",
        {"cap": 10, "count": "capped"},
    ),
    Wrong("unavailable", "search", Outcome.BAD, "check the URL"),
    Wrong("html_instead_of_json", "search", Outcome.BAD, "expected a page of JSON"),
    Wrong("html_instead_of_data", "download", Outcome.BAD, "came text/html"),
    Wrong("wrong_checksum", "download", Outcome.BAD, "WrongChecksum"),
    Wrong("truncated_body", "download", Outcome.BAD, "breaks downloads off"),
    Wrong("garbage_data", "download", Outcome.BAD, "by the file's own account"),
    Wrong("redirect_to_private", "download", Outcome.BAD, "expected a public address"),
    Wrong("file_href", "download", Outcome.BAD, "nothing else is ever fetched"),
    Wrong("zip_bomb", "download", Outcome.BAD, "tell the provider"),
)


@pytest.mark.parametrize("wrong", WRONGS, ids=lambda wrong: f"{wrong.fault}-{wrong.step}")
def test_what_a_provider_does_wrong_is_said_in_words_where_it_shows(
    wrong: Wrong, tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        draft = a_draft(house, sandbox)
        with sandbox.fault(wrong.fault, "stac", **wrong.options):
            found = probed(house, draft, AT_ONCE)

    shown = step(found, wrong.step)
    assert shown.outcome is wrong.outcome, shown
    assert wrong.said in f"{shown.came} {shown.remedy}"
    assert shown.remedy
    assert found.has_passed is (wrong.outcome is Outcome.ODD)


def test_a_sound_provider_passes_and_its_sample_proposes_what_it_left_open(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        draft = a_draft(house, sandbox)
        found = probed(house, draft)

        (sample,), (cadence,) = found.samples, found.cadences
        files = completed(Blueprint(draft.provider, draft.files), found).files

    assert found.has_passed
    assert set(outcomes(found).values()) == {Outcome.GOOD}
    assert [v.name for v in sample.variables] == ["t2m"]
    assert sample.picture
    assert (cadence.schedule, cadence.lateness) == ("7 */3 * * *", "PT6H")
    assert "schedule: 7 */3 * * *" in files[f"collections/{TICKS}.yaml"]
    assert to_probe(of_probe(found)) == found
    assert "nothing is in the way" in report.sentence(found).lower()
    assert "data:image/png;base64," in report.fragment(found)


def test_a_bad_step_keeps_those_that_build_on_it_from_being_tried(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        draft = a_draft(house, sandbox)
        with sandbox.fault("unavailable", "stac"):
            found = probed(house, draft, AT_ONCE)

    assert outcomes(found)["search"] is Outcome.BAD
    assert outcomes(found)["picture"] is Outcome.SKIPPED
    assert "1 steps are in the way, first search" in report.sentence(found)


def test_a_catalogue_of_files_is_walked_and_sampled(tmp_path: Path, sandbox: Sandbox) -> None:
    with a_house(tmp_path) as house:
        found = probed(house, a_draft(house, sandbox, "static/catalog.json"))

    assert found.has_passed
    assert "a catalogue of files" in step(found, "paging").came


def test_a_file_that_is_wrong_stops_a_probe_before_anybody_is_asked(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        draft = a_draft(house, sandbox)
        path = f"collections/{TICKS}.yaml"
        bent = draft.files[path].replace("license:", "lisence:")
        found = probed(house, replace(draft, files={**draft.files, path: bent}))

    (only,) = found.steps
    assert (only.name, only.outcome) == ("files", Outcome.BAD)
    assert "collections/sandbox-ticks.yaml:" in only.came
    assert "keywords, license, links" in only.remedy


@pytest.mark.parametrize(
    ("half", "at", "said"),
    [
        ("download: HTTPDownload", "files", "expected `download` with a `type`"),
        ("search: {type: Nope}", "search", "'Nope' not found"),
        ("search: {type: QueryStringSearch}", "search", "AttributeError"),
        ("search: {sort: up}", "search", "AttributeError"),
        ("search: {timeout: long}", "search", "ValueError"),
    ],
)
def test_a_block_that_eodag_stumbles_over_is_a_finding_with_what_to_do(
    half: str, at: str, said: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        draft = a_draft(house, sandbox)
        path = "providers/sandbox.yaml"
        provider = loaded(draft.files[path])
        provider["eodag"] = merged(provider["eodag"], loaded(half))
        found = probed(house, replace(draft, files={**draft.files, path: dumped(provider)}))

    assert not found.has_passed
    assert [s.name for s in found.in_the_way] == [at]
    assert said in step(found, at).came
    assert step(found, at).remedy


def test_a_probe_leaves_nothing_behind(tmp_path: Path, sandbox: Sandbox) -> None:
    with a_house(tmp_path) as house:
        draft = a_draft(house, sandbox)
        before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
        probed(house, draft)

    kept = {p for p in tmp_path.rglob("*") if p.is_file() and "ledger" not in p.name}
    assert kept <= set(before)
