"""One commit of a growing cube: what is there already, what is taken back, what comes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from inlet import documents, places
from inlet.house import House
from lake.ledger import growth, items, work
from lake.ledger.growth import Copied, Turn
from lake.ledger.items import LedgeredItem
from lake.ledger.states import ItemState
from lake.nouns import Cube, ItemId
from transforms.errors import DoesNotFit, GrowthFailed
from transforms.growth.copying import Copying, Piece
from transforms.growth.part import parts
from transforms.recipe import Recipe
from transforms.writers.icechunk import Main, Writing, failing
from transforms.writers.target import Target

_HOLD_EVERY = work.LEASE / 5

log = structlog.get_logger(__name__)


def copy(house: House, turn: Turn, claimed: Sequence[LedgeredItem]) -> None:
    """Copy claimed items into a collection's growing cube, in one commit, and mark them.

    Raises:
        GrowthFailed: the cube could not be read, written or committed to.
        LostClaim: another writer has the turn by now.
    """
    place = house.store.url(places.growing_cube(turn.collection))
    main = Main.open(Target(place, house.store.options))
    _recover(house, turn, main)
    _Commit(house, turn, main).make(claimed)


def _recover(house: House, turn: Turn, main: Main) -> None:
    """Mark what was committed and is not marked: its writer died between the two."""
    for commit in reversed(list(main.commits(down_to=turn.snapshot))):
        with house.ledger.begin() as tx:
            growth.mark(tx, turn, commit.snapshot, commit.items)
        if commit.items:
            names = [item.key for item in commit.items]
            log.info("A commit was found in the ancestry", snapshot=commit.snapshot, items=names)


@dataclass(frozen=True, slots=True)
class _Commit:
    """The commit of one turn."""

    house: House
    turn: Turn
    main: Main

    def make(self, claimed: Sequence[LedgeredItem]) -> None:
        """Copy what is still to come and take back what is not to be there any more."""
        writing = self.main.writing()
        with failing("write to"):
            self._make(writing, claimed)

    def _make(self, writing: Writing, claimed: Sequence[LedgeredItem]) -> None:
        recipe = self.house.portfolio.collection(self.turn.collection).recipe
        copying = Copying(writing.root, recipe)
        with self.house.ledger.begin() as tx:
            gone = growth.taken_back(tx, self.turn.collection)
        for item in gone:
            copying.take_back(item.key, item.revision)
        copied = [
            one for item in self._coming(claimed) if (one := self._admitted(item, copying, recipe))
        ]
        if copying.is_needed:
            self._write(copying, [item.id for item in claimed])
            snapshot = writing.commit(copied)
            log.info("A growing cube grew", snapshot=snapshot, items=[one.key for one in copied])
            with self.house.ledger.begin() as tx:
                growth.mark(tx, self.turn, snapshot, copied)
        with self.house.ledger.begin() as tx:
            growth.forget(tx, [item.id for item in gone])

    def _coming(self, claimed: Sequence[LedgeredItem]) -> list[LedgeredItem]:
        """Return those that the cube still waits for; what is overtaken is left outside."""
        with self.house.ledger.begin() as tx:
            left = growth.waiting(tx, [i.id for i in claimed]).get(self.turn.collection, [])
            newest: dict[str, int] = {}
            for item in claimed:
                inside = growth.newest_inside(tx, item)
                newest[item.key] = max(newest.get(item.key, inside), item.sequence)
            coming = [item for item in claimed if item.id in left]
            for item in coming:
                if item.sequence < newest[item.key]:
                    reason = "a newer revision of the item is in the growing cube"
                    growth.leave_outside(tx, item.id, reason)
        return [item for item in coming if item.sequence == newest[item.key]]

    def _admitted(self, item: LedgeredItem, copying: Copying, recipe: Recipe) -> Copied | None:
        """Admit one item whose cube is as it was judged; None where it stays outside, or fails."""
        cube = documents.to_cube(item.cube)
        target = Target(self.house.store.url(cube.location), self.house.store.options)
        try:
            _require_judged_bytes(cube, target)
            copying.admit(Piece(item.key, item.revision, parts(cube.hypercubes, target, recipe)))
        except DoesNotFit as error:
            log.warning("An item stays outside", item=item.id, reason=str(error))
            with self.house.ledger.begin() as tx:
                growth.leave_outside(tx, item.id, f"outside the growing cube: {error}")
            return None
        except GrowthFailed as error:
            with self.house.ledger.begin() as tx:
                items.fail(tx, item.id, ItemState.JUDGED, f"{type(error).__name__}: {error}")
            return None
        with self.house.ledger.begin() as tx:
            granules = tuple(g.digest for g in items.granules_of(tx, item.id))
        return Copied(item.key, item.revision, cube.digest, granules)

    def _write(self, copying: Copying, rows: Sequence[ItemId]) -> None:
        """Write what was admitted, holding on to the turn; and see that it is ours in the end."""
        held_at = self.house.ledger.clock()
        for _ in copying.write():
            if self.house.ledger.clock() - held_at > _HOLD_EVERY:
                held_at = self._hold(rows)
        self._hold(rows)

    def _hold(self, rows: Sequence[ItemId]) -> datetime:
        with self.house.ledger.begin() as tx:
            growth.hold(tx, self.turn, rows)
            return tx.now


def _require_judged_bytes(cube: Cube, target: Target) -> None:
    if target.seal().digest != cube.digest:
        raise GrowthFailed(
            f"expected {cube.location} as it was judged, came other bytes; `inlet census "
            "--repair` has it made anew"
        )
