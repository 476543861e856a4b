"""What happens to the items: how often each is renewed, whether it is withdrawn, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

KEEPING, WITHDRAWING = "kept", "taken-back"
COLLECTIONS = (KEEPING, WITHDRAWING)
"""What each does with an item that no provider offers any more: it is deprecated, or leaves."""
_REVISIONS = ((1, 60), (2, 30), (3, 10))  # how many a key begins with, and how often of a hundred
_WITHDRAWN, _BACK = 0.2, 0.3

Name = tuple[str, str]
"""A collection and a key in it."""


class Deed(StrEnum):
    """What a provider does."""

    REVISE = "revise"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Move:
    """One step in the life of an item; ``number`` counts its revisions from 1."""

    deed: Deed
    collection: str
    key: str
    number: int


@dataclass(frozen=True, slots=True)
class End:
    """How many revisions an item had in the end, and whether it was withdrawn after them."""

    revisions: int
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How many items there are, how often and how soon after one another something is killed."""

    items: int
    kills: int
    seed: int
    longest_seconds: float

    def moves(self) -> list[Move]:
        """Return the lives of all items, mingled at random, each in its own order."""
        chance = Random(f"{self.seed}/moves")
        placed: list[tuple[float, Move]] = []
        for number in range(self.items):
            collection, key = COLLECTIONS[number % len(COLLECTIONS)], f"item-{number:05}"
            life = _life(chance, collection, key)
            moments = sorted(chance.random() for _ in life)
            placed += zip(moments, life, strict=True)
        return [move for _, move in sorted(placed, key=lambda at: at[0])]


def ends(moves: Sequence[Move]) -> dict[Name, End]:
    """Return what each item has to come to."""
    return {
        (move.collection, move.key): End(move.number, move.deed is Deed.WITHDRAW) for move in moves
    }


def _life(chance: Random, collection: str, key: str) -> list[Move]:
    counts, weights = zip(*_REVISIONS, strict=True)
    last = chance.choices(counts, weights)[0]
    deeds = [(Deed.REVISE, number) for number in range(1, last + 1)]
    if chance.random() < _WITHDRAWN:
        deeds.append((Deed.WITHDRAW, last))
        if chance.random() < _BACK:
            deeds.append((Deed.REVISE, last + 1))
    return [Move(deed, collection, key, number) for deed, number in deeds]
