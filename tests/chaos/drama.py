"""The moves of a plan, and who is killed between them, to the last effect of the last move."""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from inlet.house import House
from lake.ledger import items, outbox, revisions, schema
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState
from tests.chaos.cast import CONSUMER, RELAY, SHARES, Actor
from tests.chaos.claims import claims
from tests.chaos.evidence import Evidence, effects
from tests.chaos.feeding import feed
from tests.chaos.looks import Looks
from tests.chaos.plan import COLLECTIONS, Move, Plan
from tests.faults.aftermath import Claim

_LOOK_EVERY_SECONDS = 1.0
_TOLD_EVERY = 10
_MOST_WAITING = 40
_LONGEST_WORK_SECONDS = 6.0
_LONGEST_END_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What it came to: who was killed, who ended by itself, what there was in the end."""

    claims: tuple[Claim, ...]
    struck: Counter[str]
    left: Counter[str]
    looks: Counter[str]
    counts: Counter[str]
    seconds: float

    @property
    def holds(self) -> bool:
        return all(claim.holds for claim in self.claims)


class Drama:
    """Everything that happens between the first move and the last effect."""

    def __init__(
        self,
        plan: Plan,
        house: House,
        actors: Sequence[Actor],
        inbox: Path,
        told: Callable[[str], None],
    ) -> None:
        self._plan, self._house, self._actors = plan, house, actors
        self._inbox, self._told = inbox, told
        self._looks = Looks(house)
        self._chance = Random(plan.seed)
        self._moves = plan.moves()
        self._fed = 0
        self._unstruck = self._chance.sample(list(SHARES), len(SHARES))
        self._struck = Counter[str]()
        self._is_at_end = False

    def play(self) -> None:
        """Make the moves and strike, in step with each other."""
        while (struck := self._struck.total()) < self._plan.kills:
            due = len(self._moves) * (struck + 1) // self._plan.kills
            self._feed(self._moves[self._fed : due])
            self._looks.look(self._chance)
            self._let_them_work()
            time.sleep(self._chance.uniform(0.0, self._plan.longest_seconds))
            self._strike()
            if self._struck.total() % _TOLD_EVERY == 0 and self._struck.total() != struck:
                self._told(f"{self._struck.total()} kills, {self._fed} moves")

    def wait_for_the_end(self) -> None:
        """Let all run undisturbed until nothing is left to do, or for as long as it may take."""
        deadline = time.monotonic() + _LONGEST_END_SECONDS
        self._told("no more kills")
        while time.monotonic() < deadline and not self._is_at_end:
            time.sleep(_LOOK_EVERY_SECONDS)
            self._feed(self._moves[self._fed :])
            self._is_at_end = self._has_ended()

    def aftermath(self, found: Evidence, seconds: float) -> Aftermath:
        """Return what it came to."""
        left = Counter[str]()
        for actor in self._actors:
            left[actor.kind] += actor.left
        told = [
            Claim("kills", self._struck.total() >= self._plan.kills, True),
            Claim("it came to its end", self._is_at_end, True),
            Claim("what a reader met that was not whole", self._looks.wrong, []),
            Claim("relays that gave up", left[RELAY], 0),
            Claim("consumers that gave up", left[CONSUMER], 0),
        ]
        states = Counter(f"revisions {row.state}" for row in found.rows)
        counts = Counter({"signals": len(found.signals), "records": len(found.records)})
        counts += Counter({"effects": len(found.effects), "cubes": len(found.digests)})
        found_claims = claims(self._house, self._moves, found)
        return Aftermath(
            (*found_claims, *told),
            self._struck,
            left,
            self._looks.counts,
            states + counts,
            seconds,
        )

    def _let_them_work(self) -> None:
        """Wait while much is left to publish, but not for long: else it is after the kills."""
        deadline = time.monotonic() + _LONGEST_WORK_SECONDS
        while time.monotonic() < deadline and self._waiting() > _MOST_WAITING:
            time.sleep(_LOOK_EVERY_SECONDS / 2)

    def _waiting(self) -> float:
        try:
            with self._house.ledger.begin() as tx:
                return sum(len(items.unfinished(tx, name)) for name in COLLECTIONS)
        except DBAPIError:
            return math.inf

    def _feed(self, moves: Sequence[Move]) -> None:
        """Have providers move; where the ledger does not answer, they move later."""
        try:
            with self._house.ledger.begin() as tx:
                feed(tx, moves)
        except DBAPIError:
            return
        self._fed += len(moves)

    def _strike(self) -> None:
        kind = self._unstruck.pop() if self._unstruck else self._any()
        actor = self._chance.choice([a for a in self._actors if a.kind == kind])
        self._struck[kind] += actor.strike()

    def _any(self) -> str:
        return self._chance.choices(list(SHARES), list(SHARES.values()))[0]

    def _has_ended(self) -> bool:
        try:
            with self._house.ledger.begin() as tx:
                on_the_way = [
                    row
                    for name in COLLECTIONS
                    for row in (*_on_the_way(tx, name), *revisions.bereft(tx, name))
                ]
                waiting = outbox.unsent(tx, 1)
                told = tx.connection.execute(select(func.count(schema.outbox.c.id))).scalar_one()
        except DBAPIError:
            return False
        is_all_fed = self._fed == len(self._moves)
        return is_all_fed and not on_the_way and not waiting and len(effects(self._inbox)) >= told


def _on_the_way(tx: Transaction, collection: str) -> Sequence[object]:
    """Return what is to be published yet, what failed for now included."""
    failed = items.newest(tx, collection, [ItemState.FAILED], 1)
    return [*items.unfinished(tx, collection), *failed]
