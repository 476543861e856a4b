"""The quality report: a verdict and its evidence as one HTML page that needs nothing else."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

import pandas as pd

from lake.nouns import Finding, Verdict, Waiver
from transforms.quality.evidence import with_subject
from transforms.quality.sparkline import sparkline

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: {word}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>Quality suite “{suite}”, version {version}</p>
<div class="verdict {word}"><strong>{mark}</strong><span>{sentence}</span></div>
{waiver}
{sections}
</main>
</body>
</html>
"""
_MOST_NAMED = 3
_LEAST_SHARE = 1e-4
_FINDING_HEADS = ("Subject", "Check", "Expected", "Observed")
_VARIABLE_HEADS = (
    *("Variable", "Fields", "Missing", "Minimum", "Mean", "Maximum", "Unit", "From first to last"),
)


def render(
    verdict: Verdict, metrics: pd.DataFrame, title: str, waiver: Waiver | None = None
) -> str:
    """Return the report as HTML; the same verdict and metrics always give the same page.

    It shows who released the cube where somebody did, what failed, each variable's range and
    course (minimum to maximum as a band, the mean as a line), and, folded away, what passed.
    """
    failed = [finding for finding in verdict.findings if not finding.passed]
    passed = [finding for finding in verdict.findings if finding.passed]
    sections = (
        _findings("What failed", failed),
        _variables(metrics, {finding.subject for finding in failed}),
        _folded(f"{len(passed)} checks passed", _findings("", passed)),
    )
    return _PAGE.format(
        title=escape(title),
        suite=escape(verdict.suite),
        version=escape(verdict.version),
        word="passed" if verdict.passed else "failed",
        mark="✓ Passed" if verdict.passed else "✕ Failed",
        sentence=_sentence(len(verdict.findings), failed),
        style=files(__package__).joinpath("report.css").read_text(encoding="utf-8"),
        waiver=_waiver(waiver),
        sections="\n".join(section for section in sections if section),
    )


def _sentence(asked: int, failed: list[Finding]) -> str:
    if not asked:
        return "Nothing was measured."
    if not failed:
        return f"All {asked} checks passed."
    subjects = list(dict.fromkeys(finding.subject for finding in failed))
    named = escape(", ".join(subjects[:_MOST_NAMED]))
    others = " and others" if len(subjects) > _MOST_NAMED else ""
    return f"{len(failed)} of {asked} checks failed: {named}{others}."


def _waiver(waiver: Waiver | None) -> str:
    if waiver is None:
        return ""
    return (
        f'<div class="verdict waived"><strong>Released</strong><span>by {escape(waiver.by)} on '
        f"{waiver.at:%Y-%m-%d %H:%M} UTC: {escape(waiver.reason)}</span></div>"
    )


def _findings(heading: str, findings: Iterable[Finding]) -> str:
    rows = [
        (
            _cell(finding.subject, "name"),
            _cell(finding.expectation),
            _cell(finding.expected),
            _cell(finding.observed, "" if finding.passed else "bad"),
        )
        for finding in findings
    ]
    return _table(heading, [_head(name) for name in _FINDING_HEADS], rows)


def _variables(metrics: pd.DataFrame, failed: set[str]) -> str:
    if metrics.empty:
        return ""
    heads = [
        _head(name, "number" if name in _VARIABLE_HEADS[1:6] else "") for name in _VARIABLE_HEADS
    ]
    groups = with_subject(metrics).groupby("subject", sort=False)
    rows = [_variable(str(name), fields, failed) for name, fields in groups]
    return _table("What was measured", heads, rows)


def _variable(name: str, fields: pd.DataFrame, failed: set[str]) -> tuple[str, ...]:
    first = fields.iloc[0]
    cells = fields["count"].sum()
    missing = fields["missing"].sum() / cells if cells else 1.0
    standard_name, unit = (
        text if isinstance(text := first[column], str) else ""
        for column in ("standard_name", "unit")
    )
    small = f"<small>{escape(standard_name.replace('_', ' '))}</small>" if standard_name else ""
    style = "name bad" if name in failed else "name"
    return (
        f'<td class="{style}">{escape(name)}{small}</td>',
        _cell(f"{len(fields)}", "number"),
        _cell(_percent(missing), "number"),
        _cell(_number(fields["minimum"].min()), "number"),
        _cell(_number(fields["mean"].mean()), "number"),
        _cell(_number(fields["maximum"].max()), "number"),
        _cell(unit),
        f"<td>{sparkline(fields)}</td>",
    )


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>{content}</details>" if content else ""


def _table(heading: str, heads: list[str], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    title = f"<h2>{heading}</h2>\n" if heading else ""
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return (
        f'{title}<div class="scroll"><table><thead><tr>{"".join(heads)}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _head(text: str, style: str = "") -> str:
    return f'<th class="{style}">{escape(text)}</th>' if style else f"<th>{escape(text)}</th>"


def _cell(text: str, style: str = "") -> str:
    return f'<td class="{style}">{escape(text)}</td>' if style else f"<td>{escape(text)}</td>"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: float) -> str:
    return "not any" if pd.isna(value) else f"{value:.6g}"


def _percent(share: float) -> str:
    if share == 0:
        return "none"
    return f"{share:.2%}" if share >= _LEAST_SHARE else f"< {_LEAST_SHARE:.2%}"
