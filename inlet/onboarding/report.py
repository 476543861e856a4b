"""What a probe found, for people: one fragment of HTML that needs nothing else."""

from collections.abc import Iterable, Sequence
from html import escape

from inlet.onboarding.findings import Cadence, Outcome, Probe, Ranged, Sample, Step

_MARKS = {Outcome.GOOD: "✓", Outcome.ODD: "·", Outcome.BAD: "✗", Outcome.SKIPPED: "-"}
_STYLE = """<style>
.probe { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; }
.probe table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
.probe th { text-align: left; font-weight: 600; border-bottom: 1px solid #8888; }
.probe th, .probe td { padding: .3rem .8rem .3rem 0; vertical-align: top; }
.probe td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.probe .good { color: #1a7f4b; } .probe .odd { color: #b07400; }
.probe .bad { color: #c62828; } .probe .not-tried { color: #888; }
.probe .remedy { color: inherit; opacity: .75; display: block; }
.probe figure { margin: 0 0 1rem; } .probe img { max-width: 100%; border-radius: 6px; }
</style>"""


def fragment(probe: Probe) -> str:
    """Return the report as HTML to stand in a page; the same probe always gives the same text."""
    parts = [
        _STYLE,
        '<section class="probe">',
        f"<h2>{escape(probe.provider)}</h2>",
        f"<p>{escape(sentence(probe))}</p>",
        _table(("", "Step", "Of", "Seconds", "What came"), map(_step, probe.steps)),
        *(_sample(sample) for sample in probe.samples),
        _cadences(probe.cadences),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def markdown(probe: Probe) -> str:
    """Return the report as Markdown, for Airflow's form."""
    head = f"**{sentence(probe)}**\n\n| | step | of | s | what came |\n|-|-|-|-|-|"
    rows = [
        f"| {_MARKS[s.outcome]} | {s.name} | {s.collection or ''} | {s.seconds:.1f} "
        f"| {_cell(_told(s))} |"
        for s in probe.steps
    ]
    return "\n".join([head, *rows])


def sentence(probe: Probe) -> str:
    """Return in one sentence how a probe ended."""
    many = "one collection" if len(probe.samples) == 1 else f"{len(probe.samples)} collections"
    found = f"{many} sampled in {probe.seconds:.0f} s"
    if probe.has_passed:
        odd = sum(step.outcome is Outcome.ODD for step in probe.steps)
        return f"Nothing is in the way: {found}" + (f", {odd} things are odd." if odd else ".")
    if not probe.in_the_way:
        return f"Nothing could be sampled: {found}."
    first = probe.in_the_way[0]
    where = f" of {first.collection}" if first.collection else ""
    return f"{len(probe.in_the_way)} steps are in the way, first {first.name}{where}: {first.came}"


def size_text(probe_bytes: int) -> str:
    """Return a size as people read it."""
    return f"{probe_bytes / 1e6:.2f} MB"


def range_text(variable: Ranged) -> str:
    """Return what was seen of a variable, and what is to be demanded of it."""
    if variable.minimum is None or variable.maximum is None:
        return "no values"
    return f"{variable.minimum:g} … {variable.maximum:g}"


def demand_text(variable: Ranged) -> str:
    """Return the range that is proposed."""
    if variable.between is None:
        return "the physical bounds"
    return f"{variable.between[0]:g} … {variable.between[1]:g}"


def _told(step: Step) -> str:
    return f"{step.came} → {step.remedy}" if step.remedy else step.came


def _step(step: Step) -> tuple[str, ...]:
    kind = step.outcome.replace(" ", "-")
    remedy = f'<span class="remedy">→ {escape(step.remedy)}</span>' if step.remedy else ""
    return (
        f'<td class="{kind}" title="{step.outcome}">{_MARKS[step.outcome]}</td>',
        f"<td>{escape(step.name)}</td>",
        f"<td>{escape(step.collection or '')}</td>",
        f'<td class="number">{step.seconds:.1f}</td>',
        f"<td>{escape(step.came) or escape(step.outcome)}{remedy}</td>",
    )


def _sample(sample: Sample) -> str:
    heads = ("Variable", "Standard name", "Unit", "Fields", "Seen", "Missing", "To be demanded")
    chunks = ", ".join(f"{kind} {extent}" for kind, extent in sample.chunks.items())
    picture = (
        ""
        if sample.picture is None
        else f'<figure><img alt="{escape(sample.item)}" '
        f'src="data:image/png;base64,{sample.picture}"></figure>'
    )
    told = f"{escape(sample.item)}, {size_text(sample.size)}, chunks of {escape(chunks)}"
    return (
        f"<h3>{escape(sample.collection)}</h3>\n<p>{told}</p>\n{picture}\n"
        f"{_table(heads, map(_ranged, sample.variables))}"
    )


def _ranged(of: Ranged) -> tuple[str, ...]:
    texts = (of.name, of.standard_name or "-", of.unit or "-")
    numbers = (str(of.fields), range_text(of), f"{of.missing:.1%}", demand_text(of))
    return (
        *(f"<td>{escape(text)}</td>" for text in texts),
        *(f'<td class="number">{escape(text)}</td>' for text in numbers),
    )


def _cadences(cadences: Sequence[Cadence]) -> str:
    if not any(cadence.schedule for cadence in cadences):
        return ""
    heads = ("Collection", "Products seen", "Every", "Latest after", "Schedule", "Lateness")
    return _table(heads, map(_cadence, cadences))


def _cadence(of: Cadence) -> tuple[str, ...]:
    texts = (
        of.collection,
        str(of.products),
        _hours(of.spacing_seconds),
        _hours(of.latest_seconds),
        of.schedule or "on demand",
        of.lateness or "the provider's",
    )
    return tuple(f"<td>{escape(text)}</td>" for text in texts)


def _hours(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds / 3600:g} h"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
