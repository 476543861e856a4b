"""Great Expectations' own Data Docs of a judgement, as one HTML page that needs nothing else.

Its templates fetch styles, scripts and a logo from the web; here its own sections are put into a
page with styles of ours and no script.
"""

from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from great_expectations.render.components import RenderedDocumentContent
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView

from transforms.quality.expectations import Answer

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: Data Docs</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>What Great Expectations was asked of the tables that were measured, and what it answered.</p>
{tables}
</main>
</body>
</html>
"""
_SECTIONS = """{% for section in sections %}{% set section_loop = loop %}
{% include 'section.j2' %}{% endfor %}"""
_STYLES = ("report.css", "datadocs.css")
_STATISTICS = 1  # of the overview's blocks; the others link to pages of a whole site


def render(answers: Iterable[Answer], title: str) -> str:
    """Return the page; the same answers always give the same one."""
    return _PAGE.format(
        title=escape(title),
        style="".join(files(__package__).joinpath(name).read_text("utf-8") for name in _STYLES),
        tables="\n".join(map(_table, answers)),
    )


@cache
def _sections() -> Any:  # noqa: ANN401 - Great Expectations has no types here
    """Return its templates for sections; compiling them takes as long as filling them in."""
    return DefaultJinjaPageView().env.from_string(_SECTIONS)


def _table(answer: Answer) -> str:
    document: RenderedDocumentContent = ValidationResultsPageRenderer().render(answer.result)
    overview = document.sections[0]
    overview.content_blocks = [overview.content_blocks[_STATISTICS]]
    fragment = _sections().render(document.to_json_dict())
    own_ids = fragment.replace('id="section-', f'id="{answer.table}-section-')
    return f"<h2>{escape(answer.table)}</h2>\n{own_ids}"
