"""Drafts come from a URL, from EODAG's shelf, from YAML; what cannot be one is said in words."""

from pathlib import Path

import pytest
import yaml

from harvesters.errors import ForbiddenTarget, PageInstead, Vanished
from inlet.errors import NameTaken, UnfitDraft
from inlet.house import House
from inlet.onboarding import decisions, proposal
from inlet.onboarding.trying import try_out
from inlet.onboarding.wish import Wish, credentials_of
from lake.ledger import drafts
from lake.ledger.drafts import DraftState
from sandbox.client import Sandbox
from tests.inlet.onboarding.makers import QUICK, TICKS, a_draft, a_house, a_wish

HDA = """
# an archive of which a person knows more than its URL tells
id: hda
title: Harmonised Data Access
extends: eodag:dedl
rehost: {https://hda.data.destination-earth.eu: "${INLET_SANDBOX_URL}/hda"}
allow_private: true
credentials: {password: INLET_SANDBOX_KEY}
---
id: archive
sources: [{provider: hda, collection: ticks, key: "{native_id}"}]
stac: {title: An archive, description: From the archive.}
"""


def drafted(house: House, wish: Wish) -> drafts.Draft:
    return proposal.propose(house, wish, "Ada")


def test_a_url_alone_names_the_collections_that_the_service_lists(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        wish = Wish(f"{sandbox.url}/stac", allow_private=True, is_typed=True)
        names = [name for name, _ in proposal.choices(house, wish)]
        draft = drafted(house, wish)

    assert names == ["sandbox-sst", "files", TICKS]
    assert set(draft.files) == {
        "providers/sandbox.yaml",
        *(f"collections/{name}.yaml" for name in names),
    }
    assert draft.state is DraftState.DRAFTED
    assert not list((tmp_path / "portfolio").rglob("*.yaml"))


def test_what_eodag_ships_needs_the_names_of_collections_and_tells_what_it_lacks(
    tmp_path: Path,
) -> None:
    with a_house(tmp_path) as house:
        with pytest.raises(UnfitDraft, match="ERA5_SL"):
            drafted(house, Wish("eodag:cop_cds", is_typed=True))
        draft = drafted(
            house,
            Wish(
                "eodag:cop_cds",
                collections=("ERA5_SL",),
                credentials=credentials_of(["CDS_KEY"]),
                is_typed=True,
            ),
        )

    assert "extends: eodag:cop_cds" in draft.files["providers/cop_cds.yaml"]
    assert "apikey: CDS_KEY" in draft.files["providers/cop_cds.yaml"]
    assert "split: day" in draft.files["collections/era5-sl.yaml"]


def test_yaml_is_imported_with_its_comments(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        draft = drafted(house, Wish(HDA, is_typed=True))

    assert "a person knows more" in draft.files["providers/hda.yaml"]
    assert set(draft.files) == {"providers/hda.yaml", "collections/archive.yaml"}


def test_collections_whose_names_come_to_the_same_are_all_there(tmp_path: Path) -> None:
    text = HDA.replace("id: archive", "id: ticks")
    with a_house(tmp_path) as house:
        draft = drafted(house, Wish(text, collections=("Ticks_1", "TICKS-1"), is_typed=True))

    assert [
        yaml.safe_load(draft.files[f"collections/{name}.yaml"])["sources"][0]["collection"]
        for name in ("ticks", "ticks-1", "ticks-1-2")
    ] == ["ticks", "Ticks_1", "TICKS-1"]


@pytest.mark.parametrize(
    ("room", "error", "said"),
    [
        ("stac/collections/files/items/none", Vanished, "404"),
        ("stac/conformance", UnfitDraft, "without `stac_version`"),
        ("stac/data/none", Vanished, "404"),
        ("faults/kinds", PageInstead, "expected a JSON object"),
    ],
)
def test_a_url_that_is_no_stac_is_named(
    room: str, error: type[Exception], said: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house, pytest.raises(error, match=said):
        a_draft(house, sandbox, room)


def test_private_addresses_are_read_only_where_they_are_allowed(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    form = Wish(f"{sandbox.url}/stac", collections=(TICKS,), allow_private=True)
    named = frozenset({sandbox.url.removeprefix("http://")})
    with a_house(tmp_path) as house, pytest.raises(ForbiddenTarget, match="public address"):
        drafted(house, form)
    with a_house(tmp_path, private_providers=named) as house:
        assert drafted(house, form).state is DraftState.DRAFTED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HDA.replace("INLET_SANDBOX_KEY", "AWS_SECRET_ACCESS_KEY"), "AWS_SECRET_ACCESS_KEY"),
        (HDA.replace("${INLET_SANDBOX_URL}", "${INLET_LEDGER}"), "INLET_LEDGER"),
        (HDA, "INLET_PRIVATE_PROVIDERS"),
    ],
)
def test_a_form_names_neither_our_secrets_nor_our_network(
    text: str, said: str, tmp_path: Path
) -> None:
    with a_house(tmp_path) as house, pytest.raises(UnfitDraft, match=said):
        drafted(house, Wish(text))


def test_no_name_is_taken_twice_and_a_newer_draft_takes_an_older_ones_place(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with a_house(tmp_path) as house:
        first, second = a_draft(house, sandbox), a_draft(house, sandbox)
        assert proposal.of_id(house, first.id).state is DraftState.REJECTED

        try_out(house, second.id, QUICK)
        decisions.approve(house, second.id, "Ada", "known")
        decisions.go_live(house, second.id, "Ada")
        with pytest.raises(NameTaken, match="sandbox"):
            a_draft(house, sandbox)
        with pytest.raises(NameTaken, match=TICKS):
            drafted(house, a_wish(f"{sandbox.url}/stac", name="other"))
