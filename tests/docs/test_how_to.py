"""The how-tos name every key that a portfolio's files may hold, and what they show is right."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from harvesters.provider import Deadlines, OperationRate, Provider, QuotaPolicy
from harvesters.source import Source
from inlet.collection import Collection

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
EXAMPLE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOLD = {
    Provider: "add-a-provider",
    QuotaPolicy: "add-a-provider",
    OperationRate: "add-a-provider",
    Deadlines: "add-a-provider",
    Collection: "add-a-collection",
    Source: "add-a-collection",
}


def text_of(name: str) -> str:
    return (HOW_TO / f"{name}.md").read_text()


@pytest.mark.parametrize(("model", "page"), TOLD.items(), ids=lambda v: getattr(v, "__name__", v))
def test_every_key_is_told_of(model: type[BaseModel], page: str) -> None:
    told = text_of(page)
    named = set(re.findall(r"`(\w+)`", told)) | set(
        re.findall(r"^[ -]*(\w+):", told, re.MULTILINE)
    )

    assert set(model.model_fields) <= named


@pytest.mark.parametrize("model", [Provider, Collection], ids=lambda m: m.__name__)
def test_no_key_of_the_tables_is_unknown(model: type[BaseModel]) -> None:
    page = {Provider: "add-a-provider", Collection: "add-a-collection"}[model]
    known = {name for each, where in TOLD.items() if where == page for name in each.model_fields}
    rows = [row.split("|")[1] for row in text_of(page).splitlines() if row.startswith("| `")]

    assert rows
    assert {key for row in rows for key in re.findall(r"`(\w+)`", row)} <= known


@pytest.mark.parametrize(
    ("page", "model"), [("add-a-provider", Provider), ("add-a-collection", Collection)]
)
def test_what_a_how_to_shows_is_right(page: str, model: type[BaseModel]) -> None:
    whole, *others = map(yaml.safe_load, EXAMPLE.findall(text_of(page)))

    model.model_validate(whole)
    for other in others:
        model.model_validate(other if "id" in other else {**whole, **other})


@pytest.mark.parametrize("model", TOLD, ids=lambda m: m.__name__)
def test_the_schema_for_editors_describes_every_key(model: type[BaseModel]) -> None:
    keys = model.model_json_schema()["properties"]

    assert {k for k, told in keys.items() if not {"description", "$ref"} & set(told)} == set()
