import io
from html.parser import HTMLParser

import pandas as pd

from lake.nouns import Waiver
from tests.makers import NEW_YEAR
from tests.transforms.quality.makers import cube, field, judged, metrics, physical, series
from transforms.quality.report import render
from transforms.quality.suite import Suite


class Tags(HTMLParser):
    """Collects what a page would load from elsewhere, and whether each tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.loads += [value for name, value in attrs if name in {"src", "href"}]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def page_of(rows, title="era5 / 2026-01-01") -> str:
    table = metrics(*rows)
    return render(judged(cube(), table, Suite(), physical), table, title)


def test_the_page_is_well_formed_and_needs_nothing_else() -> None:
    page = page_of(series(30))

    tags = Tags(page)
    assert tags.open == []
    assert tags.loads == []
    assert "url(" not in page
    assert "@import" not in page


def test_the_first_line_says_what_failed() -> None:
    page = page_of([field(maximum=999.0)])

    assert "✕ Failed" in page
    assert "1 of 5 checks failed: t2m." in page
    assert page.index("240 to 999 K") < page.index("What was measured")


def test_the_same_evidence_gives_the_same_page() -> None:
    assert page_of(series(3)) == page_of(series(3))


def test_a_table_that_was_kept_as_csv_gives_the_same_page() -> None:
    table = metrics(*series(3))
    kept = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    verdict = judged(cube(), table, Suite(), physical)

    assert render(verdict, kept, "x") == render(verdict, table, "x")


def test_names_from_outside_cannot_write_html() -> None:
    page = page_of([field(variable="<script>", unit="<b>")], title="<img src=x>")

    assert "<script>" not in page
    assert "<b>" not in page
    assert "<img" not in page


def test_a_waiver_stands_below_the_verdict() -> None:
    table = metrics(field(maximum=999.0))
    waiver = Waiver("Ada <a>", NEW_YEAR, "known", ())

    page = render(judged(cube(), table, Suite(), physical), table, "x", waiver)

    assert "by Ada &lt;a&gt; on 2024-01-01 00:00 UTC: known" in page
    assert page.index("✕ Failed") < page.index("Released") < page.index("What failed")


def test_an_empty_cube_has_a_page_too() -> None:
    page = page_of([])

    assert "nothing measured" in page
    assert Tags(page).open == []
