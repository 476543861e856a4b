"""Before anything is asked of a provider: may we go there, is it there, do our clocks agree."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from harvesters import blocks, fitness, looking
from harvesters.blocks import Block
from harvesters.gateway import Policy
from harvesters.provider import Provider
from inlet import credentials
from inlet.house import House
from inlet.onboarding.findings import Outcome, Said
from lake.clock import Clock

_WORTH_SAYING_SECONDS = 5.0


def keys(house: House, provider: Provider) -> Said:
    """See that everything that the provider's file names has a value; none is shown.

    Raises:
        MissingVariable: one has none.
    """
    lacks = fitness.lacks(provider)
    if lacks:
        return Said(lacks[0].what, lacks[0].remedy, Outcome.BAD)
    _block(house, provider)
    named = sorted(set(provider.credentials.values()))
    return Said(f"at hand: {', '.join(named)}" if named else "no credentials are needed")


def address(house: House, provider: Provider) -> Said:
    """See that every host of the service is one that we may go to.

    Raises:
        ForbiddenTarget: one leads to an address that this provider may not have.
    """
    hosts = blocks.asked_hosts(_block(house, provider))
    looking.require_public(hosts, Policy(hosts, provider.allow_private))
    where = "private addresses allowed" if provider.allow_private else "public addresses"
    return Said(f"{', '.join(sorted(hosts))}: {where}")


def clock(house: House, provider: Provider) -> Said:
    """Compare the provider's clock with ours, by the Date of an answer.

    Raises:
        HarvestError: it does not answer.
    """
    root = _root(_block(house, provider))
    ours = house.ledger.clock
    asked_at = ours()
    seen = looking.look(root, looking.policy_for(root, provider.allow_private))
    theirs = _date(seen.headers.get("Date", ""))
    if theirs is None:
        return Said("its answers bear no Date", outcome=Outcome.ODD)
    return _compared(theirs, asked_at, ours, provider.overlap.total_seconds())


def _compared(theirs: datetime, asked_at: datetime, ours: Clock, overlap_seconds: float) -> Said:
    answered_at = ours()
    middle = asked_at + (answered_at - asked_at) / 2
    skew = (theirs - middle).total_seconds()
    side = "ahead of" if skew > 0 else "behind"
    said = f"its clock is {abs(skew):.0f} s {side} ours"
    if abs(skew) <= _WORTH_SAYING_SECONDS:
        return Said("its clock and ours agree")
    if abs(skew) < overlap_seconds / 2:
        return Said(said, "the provider's `overlap` covers it", Outcome.ODD)
    remedy = (
        f"set this machine's clock right, or write an `overlap` of more than {2 * abs(skew):.0f} s"
    )
    return Said(said, remedy, Outcome.BAD)


def _block(house: House, provider: Provider) -> Block:
    known = credentials.environment(house.settings, [provider])
    return blocks.of_provider(provider, known)


def _root(block: Block) -> str:
    """Return where searches are answered; of a service that takes orders alone, its origin."""
    endpoint = str((block.get("search") or {}).get("api_endpoint") or "").partition("{")[0]
    return endpoint or next(iter(blocks.asked_urls(block)), "")


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
