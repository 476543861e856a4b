"""The dashboard speaks only of metrics that exist, and of all of them."""

import json
import re
from pathlib import Path
from typing import Any

from inlet.observability import metrics

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana.json"


def dashboard() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return read


def queries() -> list[str]:
    said = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    variables = [
        v["query"]["query"] for v in dashboard()["templating"]["list"] if v["type"] == "query"
    ]
    return said + variables


def spoken_of() -> set[str]:
    return set(re.findall(r"\binlet_\w+", " ".join(queries())))


def test_every_metric_that_it_shows_exists() -> None:
    assert spoken_of() - metrics.names() == set()


def test_every_metric_is_shown() -> None:
    parts = ("_gcount", "_gsum")
    shown = {name for name in metrics.names() if not name.endswith(parts)}

    assert shown - spoken_of() == set()


def test_every_panel_has_a_place_of_its_own() -> None:
    places = [tuple(sorted(panel["gridPos"].items())) for panel in dashboard()["panels"]]
    numbers = [panel["id"] for panel in dashboard()["panels"]]

    assert len(set(places)) == len(set(numbers)) == len(places)


def test_every_metric_that_the_how_to_speaks_of_exists() -> None:
    told = (DASHBOARD.parents[1] / "docs" / "how-to" / "serve-the-catalogue.md").read_text()
    spoken = set(re.findall(r"\binlet_[a-z_]+", told))

    assert spoken
    assert spoken - metrics.names() == set()
