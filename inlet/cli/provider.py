"""``inlet provider``: providers drafted, probed, decided about, rotated, taken out."""

import getpass
from typing import Annotated

import typer

from inlet.cli import onboarded, show
from inlet.cli.onboarded import By
from inlet.house import House, opened
from inlet.onboarding import blueprint as blueprints
from inlet.onboarding import decisions, offboarding, proposal, rotation
from inlet.onboarding.findings import Probe
from inlet.onboarding.probe import Notice, Trial, probe
from inlet.onboarding.trying import try_out
from inlet.onboarding.wish import Wish, credentials_of
from lake.ledger import drafts
from lake.ledger.drafts import Draft, DraftState

app = typer.Typer(help="Providers: drafted, probed, live, taken out.", no_args_is_help=True)

Provider = Annotated[str, typer.Argument(help="The provider's name here.")]
Which = Annotated[
    int | None, typer.Option("--draft", help="The id of one of its drafts; default: the newest.")
]
Reason = Annotated[str, typer.Option(help="Why; it is kept and shown.")]
Origin = Annotated[str, typer.Argument(help="A STAC URL, eodag:NAME, or a YAML file.")]
_AT_REST = frozenset({DraftState.LIVE, DraftState.REJECTED})


@app.command()
def add(
    origin: Origin,
    name: onboarded.Name = None,
    collection: onboarded.Collections = None,
    credential: onboarded.Credentials = None,
    allow_private: onboarded.AllowPrivate = False,
    json: show.AsJson = False,
) -> None:
    """Draft a provider and its collections; nothing is live, and nothing was tried."""
    wish = wished(origin, name, collection, credential, allow_private=allow_private)
    with opened() as house:
        draft = proposal.propose(house, wish, getpass.getuser())
    if json:
        show.as_json(draft)
        return
    onboarded.drawn(draft)
    show.console.print(f"try it: inlet provider probe {draft.provider}")


@app.command("list")
def list_(json: show.AsJson = False) -> None:
    """List the providers that are live, and all drafts."""
    with opened() as house, house.ledger.begin() as tx:
        known, live = drafts.listed(tx), house.portfolio
        rows = [
            (name, provider.title, ", ".join(_collections(house, name)))
            for name, provider in live.providers.items()
        ]
    if json:
        show.as_json({"live": rows, "drafts": known})
        return
    show.table("Live", ("provider", "title", "collections"), rows)
    if known:
        onboarded.listed(known)


@app.command("show")
def show_(
    name: Provider,
    draft: Which = None,
    html: onboarded.Html = None,
    json: show.AsJson = False,
) -> None:
    """Show a provider's draft: its files, its last probe, what was decided."""
    with opened() as house:
        shown = proposal.of_provider(house, name, draft)
        with house.ledger.begin() as tx:
            made = drafts.decisions(tx, name)
    if json:
        show.as_json({"draft": shown, "decisions": made})
        return
    onboarded.drawn(shown)
    for path, text in sorted(shown.files.items()):
        show.console.print(f"\n{path}\n{text}", markup=False, soft_wrap=True)
    found = decisions.report_of(shown)
    for step in found.steps if found else ():
        onboarded.told(step)
    if found:
        onboarded.found(found, html)
    if made:
        rows = [(d.at, d.kind, d.by, d.reason) for d in made]
        show.table("\nDecisions", ("when", "what", "by", "reason"), rows)


@app.command("probe")
def probe_(
    name: Provider,
    draft: Which = None,
    around: onboarded.Around = None,
    html: onboarded.Html = None,
    json: show.AsJson = False,
) -> int:
    """Try a draft out live, or a provider that is live: each step, what came, what to do.

    Where the provider is live, a draft beside it is tried out only where --draft names it.
    """
    trial = Trial(around=None if around is None else show.moment(around))
    with opened() as house, onboarded.telling(json) as notice:
        found = _tried(house, name, draft, trial, notice)
    if json:
        show.as_json({"passed": found.has_passed, "probe": found})
    else:
        onboarded.found(found, html)
    return onboarded.exit_of(found)


@app.command()
def approve(name: Provider, reason: Reason, draft: Which = None, by: By = "") -> None:
    """Answer for a draft that passed its probe."""
    with opened() as house:
        row = proposal.of_provider(house, name, draft).id
        onboarded.drawn(decisions.approve(house, row, _who(by), reason))
    show.console.print(f"put it into the portfolio: inlet provider live {name}")


@app.command()
def reject(name: Provider, reason: Reason, draft: Which = None, by: By = "") -> None:
    """Say that a draft is not to go live."""
    with opened() as house:
        row = proposal.of_provider(house, name, draft).id
        onboarded.drawn(decisions.reject(house, row, _who(by), reason))


@app.command()
def live(
    name: Provider,
    draft: Which = None,
    by: By = "",
    paused: Annotated[
        bool | None, typer.Option("--paused/--unpaused", help="Its DAGs, when they appear.")
    ] = None,
) -> None:
    """Put an approved draft into the portfolio."""
    with opened() as house:
        row = proposal.of_provider(house, name, draft).id
        onboarded.drawn(decisions.go_live(house, row, _who(by), paused=paused))


@app.command()
def rotate(
    name: Provider,
    credential: Annotated[str, typer.Argument(help="KEY=NAME: what EODAG calls it, new name.")],
    reason: Reason = "rotated",
    by: By = "",
) -> int:
    """Name another credential, if a sample can be had with it."""
    if "=" not in credential:
        raise typer.BadParameter("expected KEY=NAME, came something else")
    [(key, new)] = credentials_of([credential]).items()
    with opened() as house, onboarded.telling(quiet=False) as notice:
        found = rotation.rotate(house, name, (key, new), _who(by), reason, notice=notice)
    onboarded.found(found)
    kept = f"{key} is {new} now" if found.has_passed else "nothing was changed"
    show.console.print(f"{name}: {kept}")
    return onboarded.exit_of(found)


@app.command()
def remove(
    name: Provider,
    reason: Reason,
    by: By = "",
    collection: Annotated[
        str | None, typer.Option(help="Only this one of its collections.")
    ] = None,
) -> None:
    """Take a provider or one of its collections out; what is published stays."""
    with opened() as house:
        out = offboarding.remove(house, name, _who(by), reason, collection)
    for kept, count in out.items.items():
        show.console.print(f"{kept}: harvested no more, {count} items stay published")
    show.console.print(f"{name}: its files are kept as draft {out.draft}")
    show.console.print(f"to bring it back: inlet provider probe {name} --draft {out.draft}")


def wished(
    origin: str,
    name: str | None,
    collections: list[str] | None,
    credentials: list[str] | None,
    *,
    allow_private: bool,
) -> Wish:
    """Return what was typed as a wish."""
    return Wish(
        origin=origin,
        name=name,
        collections=tuple(collections or ()),
        credentials=credentials_of(credentials or []),
        allow_private=allow_private,
        is_typed=True,
    )


def _tried(house: House, name: str, row: int | None, trial: Trial, notice: Notice) -> Probe:
    """Probe a draft of a provider and keep what it found; where none is meant, what is live."""
    draft = _open_draft(house, name) if row is None else proposal.of_provider(house, name, row)
    if draft is None:
        place = house.settings.portfolio_root
        return probe(house, blueprints.live(place, name), trial, notice)
    _, found = try_out(house, draft.id, trial, notice)
    return found


def _open_draft(house: House, name: str) -> Draft | None:
    with house.ledger.begin() as tx:
        found = [d for d in drafts.listed(tx, name) if d.state not in _AT_REST]
    return found[0] if found and name not in house.portfolio.providers else None


def _collections(house: House, provider: str) -> list[str]:
    return [
        name
        for name, collection in house.portfolio.collections.items()
        if any(source.provider == provider for source in collection.sources)
    ]


def _who(by: str) -> str:
    return by.strip() or getpass.getuser()
