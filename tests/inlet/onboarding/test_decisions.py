"""Nothing goes live that was not probed and approved; what is taken out loses nothing."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from sqlalchemy import select

from catalog import events
from inlet.errors import NameTaken, UnfitDraft, UnfitState
from inlet.harvest import harvest
from inlet.house import House, opened
from inlet.onboarding import decisions, offboarding, placing, proposal
from inlet.onboarding.trying import try_out
from inlet.portfolio import load
from lake.ledger import drafts
from lake.ledger.drafts import Draft, DraftId, DraftState, Kind
from lake.ledger.schema import outbox
from sandbox.client import Sandbox
from tests.inlet.onboarding.makers import QUICK, TICKS, a_draft, a_house
from tests.makers import a_day


def passed(house: House, sandbox: Sandbox) -> Draft:
    return try_out(house, a_draft(house, sandbox).id, QUICK)[0]


def approved(house: House, sandbox: Sandbox) -> Draft:
    return decisions.approve(house, passed(house, sandbox).id, "Ada", "wanted")


def told(house: House) -> list[tuple[str, dict[str, object]]]:
    """What was signalled of the portfolio."""
    kinds = (events.COLLECTION_LIVE, events.COLLECTION_REMOVED)
    with house.ledger.begin() as tx:
        rows = tx.connection.execute(select(outbox).order_by(outbox.c.id))
        return [(row.type, json.loads(row.data)) for row in rows if row.type in kinds]


def test_nothing_is_approved_before_its_probe_and_nothing_is_live_before_that(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        draft = a_draft(house, sandbox)
        with pytest.raises(UnfitState, match="probe it first"):
            decisions.approve(house, draft.id, "Ada", "wanted")
        with sandbox.fault("wrong_checksum", "stac"):
            doubted, _ = try_out(house, draft.id, QUICK)
        assert doubted.state is DraftState.DOUBTED
        with pytest.raises(UnfitState, match="correct what its probe found"):
            decisions.approve(house, draft.id, "Ada", "wanted")
        try_out(house, draft.id, QUICK)
        with pytest.raises(UnfitState, match="let somebody approve it"):
            decisions.go_live(house, draft.id, "Ada")


def test_a_rejection_stands_whatever_a_probe_finds_that_began_before(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        draft, found = try_out(house, a_draft(house, sandbox).id, QUICK)
        decisions.reject(house, draft.id, "Bob", "the licence")
        with pytest.raises(UnfitState, match="is rejected"):
            decisions.keep(house, draft, found)
        again, _ = try_out(house, draft.id, QUICK)  # somebody wants it after all

    assert again.state is DraftState.PASSED


def test_a_rejection_while_its_files_are_placed_takes_them_out_again(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = placing.place
    with a_house(tmp_path) as house:
        draft = approved(house, sandbox)

        def slowly(root: Path, files: Mapping[str, str]) -> list[str]:
            placed = place(root, files)
            decisions.reject(house, draft.id, "Bob", "the licence")
            return placed

        monkeypatch.setattr(placing, "place", slowly)
        with pytest.raises(UnfitState, match="is rejected"):
            decisions.go_live(house, draft.id, "Ada")

    assert not list((tmp_path / "portfolio").rglob("*.yaml"))


def test_of_two_drafts_with_the_same_files_one_that_is_rejected_takes_nothing_from_the_other(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = placing.place
    with a_house(tmp_path) as house:
        first = decisions.go_live(house, approved(house, sandbox).id, "Ada")
        with house.ledger.begin() as tx:
            second = drafts.add(
                tx, first.provider, first.origin, first.files, "Bob", DraftState.APPROVED
            )

        def slowly(root: Path, files: Mapping[str, str]) -> list[str]:
            placed = place(root, files)
            decisions.reject(house, second, "Bob", "it is there already")
            return placed

        monkeypatch.setattr(placing, "place", slowly)
        with pytest.raises(UnfitState, match="is rejected"):
            decisions.go_live(house, second, "Bob")

    assert set(load(tmp_path / "portfolio").collections) == {TICKS}


def test_all_that_is_live_of_a_provider_is_live_no_more_when_it_is_taken_out(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        whole = decisions.go_live(house, approved(house, sandbox).id, "Ada")

        def back_and_forth() -> DraftId:
            out = offboarding.remove(house, whole.provider, "Bob", "too much", TICKS)
            try_out(house, out.draft, QUICK)
            decisions.approve(house, out.draft, "Ada", "missed")
            return decisions.go_live(house, out.draft, "Ada").id

        assert back_and_forth() == back_and_forth()
        out = offboarding.remove(house, whole.provider, "Bob", "the contract ended")
        with house.ledger.begin() as tx:
            states = {draft.state for draft in drafts.listed(tx, whole.provider)}

        assert states == {DraftState.REMOVED}
        assert set(proposal.of_id(house, out.draft).files) == set(whole.files)
        with pytest.raises(UnfitDraft, match="expected a provider of none"):
            offboarding.remove(house, whole.provider, "Bob", "again")
        try_out(house, out.draft, QUICK)
        with pytest.raises(UnfitDraft, match="expected a provider of none"):
            offboarding.remove(house, whole.provider, "Bob", "again")


def test_what_goes_live_is_right_and_says_who_let_it(tmp_path: Path, sandbox: Sandbox) -> None:
    with a_house(tmp_path) as house:
        draft = approved(house, sandbox)
        live = decisions.go_live(house, draft.id, "Bob", paused=True)
        with house.ledger.begin() as tx:
            made = [(d.kind, d.by) for d in drafts.decisions(tx, draft.provider)]
        signals = told(house)

    found = load(tmp_path / "portfolio")
    assert live.state is DraftState.LIVE
    assert not found.problems
    assert found.collections[TICKS].paused
    assert found.collections[TICKS].schedule == "7 */3 * * *"
    assert made == [(Kind.APPROVE, "Ada"), (Kind.GO_LIVE, "Bob")]
    assert [(kind, said["collection"]) for kind, said in signals] == [
        (events.COLLECTION_LIVE, TICKS)
    ]


def test_going_live_goes_on_where_it_was_killed_and_overwrites_no_other_file(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        draft = approved(house, sandbox)
        path = tmp_path / "portfolio" / "providers" / "sandbox.yaml"
        path.parent.mkdir()
        path.write_text("id: sandbox\ntitle: Another\nextends: eodag:earth_search\n")
        with pytest.raises(NameTaken, match=r"providers/sandbox\.yaml"):
            decisions.go_live(house, draft.id, "Ada")
        assert not (tmp_path / "portfolio" / "collections").exists()

        path.write_text(draft.files["providers/sandbox.yaml"])  # as if killed behind the first
        assert decisions.go_live(house, draft.id, "Ada").state is DraftState.LIVE


def test_what_is_taken_out_is_harvested_no_more_and_its_items_and_files_are_kept(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        draft = approved(house, sandbox)
        decisions.go_live(house, draft.id, "Ada")
    with opened(house.settings) as house:
        assert harvest(house, TICKS, a_day()).published == 4
        out = offboarding.remove(house, draft.provider, "Bob", "the contract ended")

        assert out.items == {TICKS: 4}
        assert not list((tmp_path / "portfolio").glob("*/*.yaml"))
        kept = proposal.of_id(house, out.draft)
        assert (kept.state, kept.id) == (DraftState.REMOVED, draft.id)
        (kind, said) = told(house)[-1]
        assert (kind, said["items"], said["by"]) == (events.COLLECTION_REMOVED, 4, "Bob")
        assert len(list((tmp_path / "catalog" / TICKS).glob("*/*.json"))) == 4

        again, found = try_out(house, kept.id, QUICK)
        assert found.has_passed
        assert again.state is DraftState.PASSED


@pytest.mark.parametrize("at", [(Path, "unlink"), (events, "collection_removed")])
def test_a_removal_that_broke_off_is_finished_by_the_next_and_told_of_once(
    at: tuple[object, str], tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_house(tmp_path) as house:
        draft = approved(house, sandbox)
        decisions.go_live(house, draft.id, "Ada")

        def unwritable(*_: object, **__: object) -> None:
            raise PermissionError("the portfolio is mounted read-only")

        for _ in range(2):
            with monkeypatch.context() as patch:
                patch.setattr(*at, unwritable)
                with pytest.raises(PermissionError):
                    offboarding.remove(house, draft.provider, "Bob", "ended")
        assert [kind for kind, _ in told(house)] == [events.COLLECTION_LIVE]

        out = offboarding.remove(house, draft.provider, "Bob", "the contract ended")

        assert out.draft == draft.id
        assert not list((tmp_path / "portfolio").glob("*/*.yaml"))
        assert [kind for kind, _ in told(house)] == [
            events.COLLECTION_LIVE,
            events.COLLECTION_REMOVED,
        ]
        with house.ledger.begin() as tx:
            assert [d.kind for d in drafts.decisions(tx, draft.provider)].count(Kind.REMOVE) == 1
        with pytest.raises(UnfitDraft, match="expected a provider of none"):
            offboarding.remove(house, draft.provider, "Bob", "the contract ended")


def test_a_collection_that_has_another_source_keeps_its_provider(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        draft = approved(house, sandbox)
        decisions.go_live(house, draft.id, "Ada")
        file = tmp_path / "portfolio" / "collections" / f"{TICKS}.yaml"
        document = yaml.safe_load(file.read_text())
        document["sources"] *= 2
        file.write_text(yaml.safe_dump(document))

        with pytest.raises(UnfitDraft, match="have other sources"):
            offboarding.remove(house, draft.provider, "Bob", "the contract ended")
        with pytest.raises(UnfitDraft, match="expected a collection of sandbox"):
            offboarding.remove(house, draft.provider, "Bob", "ended", "none")
        offboarding.remove(house, draft.provider, "Bob", "ended", TICKS)

    assert set(load(tmp_path / "portfolio").providers) == {draft.provider}
