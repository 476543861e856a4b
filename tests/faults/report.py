"""The matrix as people read it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.faults.cells import Outcome
from tests.faults.families import FAMILIES
from tests.faults.verdicts import DEFECTS, Verdict

_COLOURS = {Verdict.COMPLETE: "green", Verdict.LISTED: "yellow", Verdict.NOT_STRUCK: "magenta"}
_LONGEST_REASON = 200


def line(outcome: Outcome) -> str:
    """Return one cell as a line."""
    return (
        f"{_coloured(outcome.verdict)} {outcome.fault} by {outcome.family}: "
        f"{outcome.found}/{outcome.expected}, {outcome.runs} runs, struck {outcome.hits} times, "
        f"{outcome.seconds:.1f} s {escape(_said(outcome))}"
    )


def show(
    console: Console,
    outcomes: Sequence[Outcome],
    unshown: Mapping[tuple[str, str], str],
    seconds: float,
) -> None:
    """Print the table, what was listed and why, what cannot be shown and why, and the totals."""
    families = [name for name in FAMILIES if any(o.family == name for o in outcomes)]
    console.print(_table(outcomes, families))
    _show_reasons(console, outcomes)
    _show_unshown(console, unshown)
    counts = Counter(outcome.verdict for outcome in outcomes)
    told = ", ".join(f"{count} {_coloured(v)}" for v, count in counts.most_common())
    found, expected = sum(o.found for o in outcomes), sum(o.expected for o in outcomes)
    short = sum(outcome.falls_short for outcome in outcomes)
    console.print(
        f"\n{len(outcomes)} cells in {seconds:.0f} s: {told}. {found}/{expected} products landed; "
        f"{short} cells listed what could have been had (marked !). "
        f"{sum(counts[v] for v in DEFECTS)} defects."
    )


def _table(outcomes: Sequence[Outcome], families: Sequence[str]) -> Table:
    table = Table(title="found/expected, verdict, seconds (runs, where more than one)")
    table.add_column("fault", no_wrap=True)
    for name in families:
        table.add_column(name)
    cells = {(outcome.fault, outcome.family): outcome for outcome in outcomes}
    for fault in dict.fromkeys(sorted(o.fault for o in outcomes)):
        row = [_cell(cells.get((fault, name))) for name in families]
        table.add_row(escape(fault), *row)
    return table


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return "·"
    runs = f" /{outcome.runs}" if outcome.runs > 1 else ""
    mark = "!" if outcome.falls_short else ""
    return (
        f"{outcome.found}/{outcome.expected} {_coloured(outcome.verdict)}{mark} "
        f"{outcome.seconds:.1f}{runs}"
    )


def _show_reasons(console: Console, outcomes: Sequence[Outcome]) -> None:
    console.print("\n[bold]Not complete, and why[/]")
    for outcome in sorted(outcomes, key=lambda o: (o.verdict, o.fault, o.family)):
        if outcome.verdict is not Verdict.COMPLETE:
            console.print(line(outcome))


def _show_unshown(console: Console, unshown: Mapping[tuple[str, str], str]) -> None:
    grouped: dict[tuple[str, str], list[str]] = {}
    for (fault, family), why in unshown.items():
        grouped.setdefault((fault, why), []).append(family)
    console.print("\n[bold]Cannot be shown, and why[/]")
    for (fault, why), families in grouped.items():
        console.print(f"{fault} by {', '.join(families)}: {escape(why)}")


def _said(outcome: Outcome) -> str:
    text = "; ".join(outcome.reasons)
    if outcome.verdict in DEFECTS:
        return f"— {text[-1200:]}"
    text = " ".join(text.split())
    return f"— {text[:_LONGEST_REASON]}" if text else ""


def _coloured(verdict: Verdict) -> str:
    return f"[{_COLOURS.get(verdict, 'red')}]{verdict}[/]"
