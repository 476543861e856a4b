"""Where harvests are asked for: each request is noted, admitted or refused, and answered.

The answer is written to the outbox in the transaction that gives rise to it.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from catalog import events
from catalog.events import NotOut, RequestAnswered
from harvesters.errors import NotHonoured
from harvesters.request import HarvestRequest, read
from inlet.demand.admission import admit
from inlet.house import House
from inlet.scope import Scope
from lake.ledger import inbox, outbox, requests, scopes
from lake.ledger.ledger import Transaction
from lake.ledger.requests import Request, RequestState, Wanted

MOST_NAMED = 1000
_MESSAGES = "requests"  # the inbox of those who ask
_ANSWERS = {
    RequestState.ACCEPTED: events.REQUEST_ACCEPTED,
    RequestState.RUNNING: events.REQUEST_ACCEPTED,
    RequestState.REJECTED: events.REQUEST_REJECTED,
    RequestState.COMPLETED: events.REQUEST_COMPLETED,
    RequestState.FAILED: events.REQUEST_FAILED,
    RequestState.DISMISSED: events.REQUEST_DISMISSED,
}


def ask(
    house: House, wanted: HarvestRequest, via: str, correlation: str = "", run: str = ""
) -> Request:
    """Note a request and answer it: it stands, or is rejected; return it as it is then.

    The same request again is the one that stands. ``correlation`` is the requester's own id of
    its message, which is taken once; ``run`` is Airflow's run where there is one already.

    Raises:
        NotHonoured: a message of that id asked for something else.
    """
    refusal: NotHonoured | None = None
    try:
        admit(house.portfolio, wanted)
    except NotHonoured as refused:
        refusal = refused
    with house.ledger.begin() as tx:
        if correlation and not _is_first(tx, wanted.requester, correlation):
            return _taken(tx, wanted)
        standing, is_new = requests.ask(tx, _noted(wanted, via, correlation, run))
        if is_new and refusal is not None:
            return _end(
                tx, standing.name, RequestState.REJECTED, refusal.code, str(refusal), correlation
            )
        _tell(tx, standing, correlation)
        return standing


def refuse(house: House, wanted: Wanted, refusal: NotHonoured) -> Request:
    """Note what cannot be read as a request, and answer that it is rejected."""
    with house.ledger.begin() as tx:
        standing, _ = requests.ask(tx, wanted)
        return _end(tx, standing.name, RequestState.REJECTED, refusal.code, str(refusal))


def reject(house: House, name: str, refusal: NotHonoured) -> Request:
    """Refuse a request that stood, since it turned out that it cannot be run."""
    with house.ledger.begin() as tx:
        return _end(tx, name, RequestState.REJECTED, refusal.code, str(refusal))


def dismiss(house: House, name: str) -> Request:
    """Note that a request is wanted no more; one that is at an end stays as it is."""
    with house.ledger.begin() as tx:
        return _end(tx, name, RequestState.DISMISSED, None, "its requester wants it no more")


def fail(house: House, name: str, code: str, reason: str) -> Request:
    """Note that a request came to nothing; one that is at an end stays as it is."""
    with house.ledger.begin() as tx:
        known = requests.known(tx, name)
        if known.state not in requests.OPEN:
            return known
        outcome = _outcome(tx, known)
        return _end(tx, name, RequestState.FAILED, code, reason, outcome=outcome)


def complete(house: House, name: str) -> Request:
    """Note that all that a request is about is at an end: out, or listed with the reason.

    One that failed is completed after all; one that is at another end stays as it is.
    """
    with house.ledger.begin() as tx:
        known = requests.known(tx, name)
        if known.state not in requests.COMPLETABLE:
            return known
        outcome = _outcome(tx, known)
        asked = read(known.asked, known.requester)
        if asked.ids and not known.keys:
            reason = f"the provider has none of {', '.join(sorted(asked.ids)[:10])}"
            return _end(tx, name, RequestState.FAILED, "not-found", reason, outcome=outcome)
        return _end(tx, name, RequestState.COMPLETED, outcome=outcome)


def scope_of(known: Request) -> Scope:
    """Return what the harvest of a request is about."""
    asked = read(known.asked, known.requester)
    return Scope(
        asked.collection,
        asked.window,
        asked.selection,
        _keys_of(known, asked),
        alone=True,
        force=asked.force,
    )


def _keys_of(known: Request, asked: HarvestRequest) -> frozenset[str] | None:
    """Return the items that are asked for: of a selection those found by now; None is all."""
    return None if asked.selection is None else frozenset(known.keys or ())


def _is_first(tx: Transaction, requester: str, correlation: str) -> bool:
    message = sha256(json.dumps([requester, correlation]).encode()).hexdigest()
    return bool(inbox.fresh(tx, _MESSAGES, [message]))


def _taken(tx: Transaction, wanted: HarvestRequest) -> Request:
    """Return what stands of a message that came before, and was answered then."""
    standing = requests.newest(tx, wanted.digest)
    if standing is None:
        raise NotHonoured(
            "bad-request", "expected an id of its own for each message, came that of another one"
        )
    return standing


def _noted(wanted: HarvestRequest, via: str, correlation: str, run: str) -> Wanted:
    return Wanted(
        digest=wanted.digest,
        collection=wanted.collection,
        window=wanted.window,
        asked=wanted.document,
        requester=wanted.requester,
        via=via,
        correlation=correlation,
        run=run,
    )


def _end(
    tx: Transaction,
    name: str,
    state: RequestState,
    code: str | None = None,
    reason: str | None = None,
    correlation: str | None = None,
    outcome: Mapping[str, Any] | None = None,
) -> Request:
    if requests.settle(tx, name, state, code, reason, outcome):
        known = requests.known(tx, name)
        for message in _waiting(tx, known) if correlation is None else [correlation]:
            _tell(tx, known, message)
    return requests.known(tx, name)


def _waiting(tx: Transaction, known: Request) -> list[str]:
    """Return the messages that are to hear of the end: the first, and who asked the same since."""
    accepted = outbox.about(tx, known.name, events.REQUEST_ACCEPTED)
    told = (str(json.loads(answer.data)["correlation"]) for answer in accepted)
    return list(dict.fromkeys([known.correlation, *told]))


def _outcome(tx: Transaction, known: Request) -> dict[str, Any]:
    """Return what is out of all that a request is about, and what is not.

    Of what another Inlet took, and this one cannot read any more, nothing can be said.
    """
    try:
        asked = read(known.asked, known.requester)
    except NotHonoured:
        return {}
    of = scopes.offers(tx, known.collection, known.window, _keys_of(known, asked))
    unknown = sorted(asked.ids - set(known.keys or ()))
    lacking = [(key, "not found", "the provider has no such item there") for key in unknown]
    left = [(out.key, out.state, out.reason) for out in scopes.not_out(tx, known.collection, of)]
    named = [dict(zip(("item", "state", "reason"), row, strict=True)) for row in left + lacking]
    return {"items": scopes.published(tx, known.collection, of), "left_out": named}


def _tell(tx: Transaction, known: Request, correlation: str) -> None:
    """Answer a message; who asks after the end is told of it at once."""
    outcome = known.outcome or {}
    items = outcome.get("items", [])
    answer = RequestAnswered(
        request=known.name,
        collection=known.collection,
        requester=known.requester,
        correlation=correlation,
        state=str(known.state),
        run=known.run,
        code=known.code,
        reason=known.reason,
        published=len(items),
        items=tuple(items[:MOST_NAMED]),
        left_out=tuple(NotOut(**out) for out in outcome.get("left_out", [])[:MOST_NAMED]),
    )
    outbox.append(tx, events.request_answered(answer, _ANSWERS[known.state], tx.now))
