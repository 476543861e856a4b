"""Drafts move only where they may, and every decision is kept."""

from itertools import product

from lake.ledger import drafts
from lake.ledger.drafts import MAY_FOLLOW, Decision, DraftState, Kind
from tests.makers import a_ledger

FILES = {"providers/p.yaml": "id: p\n"}


def test_a_draft_is_kept_with_its_files_and_comes_back_as_it_was(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        row = drafts.add(tx, "p", "https://stac.example.org", FILES, "Ada")
        drafts.note(tx, row, {"steps": []})
        drafts.taken_by(tx, row, "draft-1")
    with ledger.begin() as tx:
        found = drafts.known(tx, row)

    assert found is not None
    assert (found.files, found.report, found.run) == (FILES, {"steps": []}, "draft-1")
    assert found.state is DraftState.DRAFTED


def test_a_draft_moves_only_where_it_may(url: str) -> None:
    ledger = a_ledger(url)
    for before, after in product(DraftState, MAY_FOLLOW):
        with ledger.begin() as tx:
            row = drafts.add(tx, "p", "a file", FILES, "Ada", before)

            assert drafts.move(tx, row, after) is (before in MAY_FOLLOW[after])


def test_decisions_come_back_in_their_order(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        row = drafts.add(tx, "p", "a file", FILES, "Ada")
        made = [
            Decision("p", Kind.APPROVE, "Ada", "wanted", tx.now, row),
            Decision("p", Kind.ROTATE, "Bob", "quarterly", tx.now),
        ]
        for one in made:
            drafts.decide(tx, one)

        assert drafts.decisions(tx, "p") == made
        assert drafts.decisions(tx, "another") == []
