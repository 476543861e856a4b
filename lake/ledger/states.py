"""The states of an offer and of an item revision, and which may follow which."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

S = TypeVar("S", bound=StrEnum)


class OfferState(StrEnum):
    """discovered → ordered → landed, or one of the ends."""

    DISCOVERED = "discovered"
    ORDERING = "ordering"  # an order is being placed: after a crash, ask the provider first
    ORDERED = "ordered"
    READY = "ready"  # the provider has it at hand, nothing to wait for
    LANDED = "landed"
    NO_DATA = "no data"  # the provider has nothing of what was asked, or not yet: no error
    INVALID = "invalid"  # the bytes are wrong: never retried
    FAILED = "failed"  # it did not work this time: retried
    COVERED = "covered"  # another provider's offer stands for it: not fetched
    WITHDRAWN = "withdrawn"


class ItemState(StrEnum):
    """assembling → converted → judged → published, or one of the ends."""

    ASSEMBLING = "assembling"
    CONVERTED = "converted"
    JUDGED = "judged"
    PUBLISHED = "published"
    QUARANTINED = "quarantined"  # the gate said no: kept with its evidence
    INVALID = "invalid"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


O = OfferState  # noqa: E741 - two letters keep the table below readable
I = ItemState  # noqa: E741

OFFER_MOVES: dict[OfferState, frozenset[OfferState]] = {
    O.DISCOVERED: frozenset({O.ORDERING, O.ORDERED, O.READY, O.INVALID, O.FAILED, O.WITHDRAWN}),
    O.ORDERING: frozenset({O.ORDERED, O.DISCOVERED, O.NO_DATA, O.INVALID, O.FAILED}),
    O.ORDERED: frozenset({O.READY, O.DISCOVERED, O.NO_DATA, O.INVALID, O.FAILED, O.WITHDRAWN}),
    O.READY: frozenset({O.LANDED, O.DISCOVERED, O.INVALID, O.FAILED, O.WITHDRAWN}),
    O.LANDED: frozenset({O.DISCOVERED, O.WITHDRAWN}),  # back where its bytes are torn
    O.NO_DATA: frozenset({O.DISCOVERED}),  # back where it was asked too early to be sure
    O.INVALID: frozenset(),
    O.FAILED: frozenset({O.DISCOVERED, O.ORDERING, O.ORDERED, O.READY, O.COVERED, O.WITHDRAWN}),
    O.COVERED: frozenset({O.DISCOVERED, O.WITHDRAWN}),
    O.WITHDRAWN: frozenset({O.DISCOVERED}),
}

ITEM_MOVES: dict[ItemState, frozenset[ItemState]] = {
    I.ASSEMBLING: frozenset({I.CONVERTED, I.INVALID, I.FAILED, I.SUPERSEDED}),
    I.CONVERTED: frozenset({I.ASSEMBLING, I.JUDGED, I.QUARANTINED, I.FAILED, I.SUPERSEDED}),
    I.JUDGED: frozenset({I.ASSEMBLING, I.PUBLISHED, I.QUARANTINED, I.SUPERSEDED, I.FAILED}),
    I.PUBLISHED: frozenset({I.ASSEMBLING, I.SUPERSEDED, I.WITHDRAWN}),  # back: a torn cube
    I.QUARANTINED: frozenset({I.ASSEMBLING, I.CONVERTED, I.JUDGED, I.WITHDRAWN}),
    I.INVALID: frozenset(),
    I.FAILED: frozenset({I.ASSEMBLING, I.CONVERTED, I.JUDGED}),
    I.SUPERSEDED: frozenset({I.WITHDRAWN}),
    I.WITHDRAWN: frozenset(),
}


def may_follow(moves: Mapping[S, frozenset[S]], before: S, after: S) -> None:
    """Raise ValueError where ``after`` may not follow ``before``: a mistake in the code."""
    if after not in moves[before]:
        allowed = ", ".join(sorted(moves[before])) or "nothing"
        raise ValueError(f"expected {allowed} to follow {before}, came {after}")
