"""How onboarding looks on a terminal: steps as they come, the sample, the drafts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.onboarding import report
from inlet.onboarding.findings import Outcome, Probe, Step
from inlet.onboarding.probe import Notice, unheard
from lake.ledger.drafts import Draft

_LOOKS = {
    Outcome.GOOD: "[green]✓[/green]",
    Outcome.ODD: "[yellow]·[/yellow]",
    Outcome.BAD: "[red]✗[/red]",
    Outcome.SKIPPED: "-",
}

By = Annotated[str, typer.Option(help="Who decides it; default: you.")]
Html = Annotated[Path | None, typer.Option("--html", help="Write the report into this file.")]
Around = Annotated[
    str | None, typer.Option(help="A day of which there are data; default: the newest.")
]
Collections = Annotated[
    list[str] | None,
    typer.Option("--collection", help="What the provider calls it; may be given several times."),
]
Credentials = Annotated[
    list[str] | None,
    typer.Option(
        "--credential", help="NAME that holds the API key or token, or what EODAG calls it=NAME."
    ),
]
AllowPrivate = Annotated[
    bool, typer.Option("--allow-private", help="It lives on this machine or a private network.")
]
Name = Annotated[str | None, typer.Option(help="What to call the provider here.")]


@contextmanager
def telling(quiet: bool) -> Iterator[Notice]:
    """Give what prints each step as it ends, with a sign of life until the next one does."""
    if quiet:
        yield unheard
        return
    with show.console.status("asking the provider") as status:

        def tell(step: Step) -> None:
            status.update(f"behind {step.name}")
            told(step)

        yield tell


def told(step: Step) -> None:
    """Print one step."""
    what = f"{step.came} → {step.remedy}" if step.remedy else step.came
    show.console.print(
        f"{_LOOKS[step.outcome]} {step.name:<12} {step.collection or '':<20} "
        f"{step.seconds:5.1f} s  {escape(what or step.outcome)}",
        soft_wrap=True,
    )


def found(probe: Probe, html: Path | None = None) -> None:
    """Print what came of a probe, behind its steps."""
    for sample in probe.samples:
        rows = [
            (
                v.name,
                v.standard_name,
                v.unit,
                v.fields,
                report.range_text(v),
                report.demand_text(v),
            )
            for v in sample.variables
        ]
        columns = ("variable", "standard name", "unit", "fields", "seen", "to be demanded")
        show.table(f"\n{sample.collection}: {sample.item}", columns, rows)
    show.console.print(f"\n{escape(report.sentence(probe))}", soft_wrap=True)
    if html is not None:
        html.write_text(report.fragment(probe), encoding="utf-8")
        show.console.print(f"report     {html}", soft_wrap=True)


def drawn(draft: Draft) -> None:
    """Print where a draft stands and what it would put into the portfolio."""
    show.console.print(
        f"draft {draft.id} of {draft.provider}: {draft.state}; {', '.join(sorted(draft.files))}",
        soft_wrap=True,
    )


def exit_of(probe: Probe) -> Exit:
    """Return what a command answers whose probe ended so."""
    return Exit.DONE if probe.has_passed else Exit.IMPOSSIBLE


def listed(rows: Sequence[Draft]) -> None:
    """Print drafts."""
    shown = [(d.id, d.provider, d.state, d.updated_at, d.created_by, d.origin) for d in rows]
    show.table("\nDrafts", ("id", "provider", "state", "since", "by", "from"), shown)
