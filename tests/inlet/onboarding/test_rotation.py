"""A credential is changed only where a sample can be had with the new one."""

from pathlib import Path

import pytest

from inlet.errors import UnfitDraft
from inlet.house import opened
from inlet.onboarding import decisions, rotation
from inlet.onboarding.findings import Step
from inlet.onboarding.rotation import renamed
from inlet.onboarding.trying import try_out
from inlet.settings import Settings
from lake.ledger import drafts
from lake.ledger.drafts import Kind
from sandbox.client import Sandbox
from tests.inlet.onboarding.makers import QUICK, a_draft, a_house, a_token

FILE = """# a provider
id: hda
credentials: # by name
  apikey: OLD # since spring
stamp: updated
"""


def test_a_file_is_changed_in_one_word_and_nowhere_else() -> None:
    assert renamed(FILE, "apikey", "NEW") == FILE.replace("OLD", "NEW")
    with pytest.raises(UnfitDraft, match=r"expected a credential that is named \(apikey\)"):
        renamed(FILE, "password", "NEW")


def a_live_provider(home: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A house with a live provider, whose credential is named; another is at hand, too."""
    monkeypatch.setenv("PROVIDER_OLD", a_token(sandbox))
    monkeypatch.setenv("PROVIDER_NEW", a_token(sandbox))
    with a_house(home) as house:
        draft = a_draft(
            house, sandbox, "hda/stac/v2", name="hda", credentials={"apikey": "PROVIDER_OLD"}
        )
        try_out(house, draft.id, QUICK)
        decisions.approve(house, draft.id, "Ada", "wanted")
        decisions.go_live(house, draft.id, "Ada")
    return house.settings


def test_a_new_credential_is_tried_before_it_is_named(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = a_live_provider(tmp_path, sandbox, monkeypatch)
    monkeypatch.setenv("PROVIDER_WRONG", "no token of theirs")
    file = tmp_path / "portfolio" / "providers" / "hda.yaml"
    before = file.read_text()
    with opened(settings) as house:
        wrong = ("apikey", "PROVIDER_WRONG")
        assert not rotation.rotate(house, "hda", wrong, "Bob", "quarterly", QUICK).has_passed
        assert file.read_text() == before

        new = ("apikey", "PROVIDER_NEW")
        assert rotation.rotate(house, "hda", new, "Bob", "quarterly", QUICK).has_passed
        assert file.read_text() == before.replace("PROVIDER_OLD", "PROVIDER_NEW")
        with house.ledger.begin() as tx:
            last = drafts.decisions(tx, "hda")[-1]

    assert (last.kind, last.by) == (Kind.ROTATE, "Bob")


def test_what_became_of_a_file_while_its_credential_was_tried_stands(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = a_live_provider(tmp_path, sandbox, monkeypatch)
    file = tmp_path / "portfolio" / "providers" / "hda.yaml"
    edited = file.read_text() + "page_size: 7\n"
    new = ("apikey", "PROVIDER_NEW")

    def edit(_: Step) -> None:
        file.write_text(edited)

    def take_out(_: Step) -> None:
        file.unlink(missing_ok=True)

    with opened(settings) as house:
        with pytest.raises(UnfitDraft, match="changed or taken out meanwhile"):
            rotation.rotate(house, "hda", new, "Bob", "x", QUICK, edit)
        assert file.read_text() == edited

        with pytest.raises(UnfitDraft, match="changed or taken out meanwhile"):
            rotation.rotate(house, "hda", new, "Bob", "x", QUICK, take_out)
        assert not file.exists()
        with house.ledger.begin() as tx:
            assert Kind.ROTATE not in [d.kind for d in drafts.decisions(tx, "hda")]
