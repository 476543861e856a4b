"""``inlet onboard``: the whole walk from a URL to a collection that is harvested."""

import getpass
from dataclasses import replace
from typing import Annotated

import typer

from inlet.cli import onboarded, provider, show
from inlet.cli.boundary import Exit
from inlet.cli.onboarded import By
from inlet.house import House, opened
from inlet.onboarding import decisions, proposal
from inlet.onboarding.probe import Trial
from inlet.onboarding.trying import try_out
from inlet.onboarding.wish import Wish
from lake.ledger.drafts import Draft

Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing; approve what passes its probe.")]
Paused = Annotated[
    bool | None, typer.Option("--paused/--unpaused", help="Its DAGs, when they appear.")
]


def onboard(
    origin: provider.Origin,
    name: onboarded.Name = None,
    collection: onboarded.Collections = None,
    credential: onboarded.Credentials = None,
    allow_private: onboarded.AllowPrivate = False,
    around: onboarded.Around = None,
    paused: Paused = None,
    html: onboarded.Html = None,
    by: By = "",
    yes: Yes = False,
) -> int:
    """Draft a provider, probe it, show what came, ask for approval, put it into the portfolio."""
    who = by.strip() or getpass.getuser()
    wish = provider.wished(origin, name, collection, credential, allow_private=allow_private)
    trial = Trial(around=None if around is None else show.moment(around))
    with opened() as house:
        chosen = wish if yes or wish.collections else _chosen(house, wish)
        draft = proposal.propose(house, chosen, who)
        onboarded.drawn(draft)
        with onboarded.telling(quiet=False) as notice:
            _, found = try_out(house, draft.id, trial, notice)
        onboarded.found(found, html)
        if not found.has_passed:
            show.console.print(f"look at its files: inlet provider show {draft.provider}")
            return Exit.IMPOSSIBLE
        return _decided(house, draft, who, paused=paused, yes=yes)


def _decided(house: House, draft: Draft, who: str, *, paused: bool | None, yes: bool) -> Exit:
    if not yes and not typer.confirm("Put it into the portfolio?"):
        show.console.print(
            f"it stays a draft: inlet provider approve {draft.provider} --reason …, or reject"
        )
        return Exit.LEFT_OUT
    reason = "approved by --yes" if yes else "approved at the prompt"
    decisions.approve(house, draft.id, who, reason)
    live = decisions.go_live(house, draft.id, who, paused=paused)
    onboarded.drawn(live)
    for name in proposal.collections_of(live):
        show.console.print(f"harvest it: inlet harvest {name}")
    return Exit.DONE


def _chosen(house: House, wish: Wish) -> Wish:
    """Let a person choose among the collections that a provider lists."""
    listed = proposal.choices(house, wish)
    if len(listed) <= 1:
        return wish
    show.table("It has", ("collection", "title"), listed)
    typed = typer.prompt("Which? Names with commas, or nothing for all", default="")
    names = tuple(name.strip() for name in typed.split(",") if name.strip())
    return replace(wish, collections=names)
