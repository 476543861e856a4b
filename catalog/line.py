"""The revisions of one item that count, the oldest first, and what of them is to be seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import orjson

from catalog.described import Described
from catalog.versions import Version, in_tree, line, older
from lake.ledger.items import LedgeredItem
from lake.ledger.revisions import NEIGHBOURS, Past
from lake.ledger.states import ItemState
from lake.nouns import Item, ItemId


@dataclass(frozen=True, slots=True)
class Shown:
    """A STAC item to be seen in the catalogue, and what it is to the others of its key."""

    stac: dict[str, Any]
    version: Version


@dataclass(slots=True)
class Line:
    """The revisions of one key that count, the oldest first."""

    known: list[Past]
    tombstone: int  # the last sequence that was withdrawn
    returning: frozenset[ItemId]
    came: int = 0  # how many of them came out just now

    @classmethod
    def of(cls, known: Sequence[Past], coming: Iterable[ItemId]) -> Self:
        """Return the line in which revisions come that may have been out before."""
        if not known:
            return cls([], 0, frozenset())
        buried = [row.sequence for row in known if row.state == ItemState.WITHDRAWN]
        again = frozenset(coming).intersection(row.id for row in known)
        standing = [r for r in known if r.state != ItemState.WITHDRAWN and r.id not in again]
        return cls(standing, max(buried, default=0), again)

    @property
    def newest(self) -> Past | None:
        """Return the revision that is out now."""
        return self.known[-1] if self.known else None

    def is_late(self, row: LedgeredItem) -> bool:
        """Return True where a newer revision is out, or was and is withdrawn."""
        return row.sequence < max(self.tombstone, self.newest.sequence if self.newest else 0)

    def drawn(self, new: Described) -> tuple[Item, dict[str, Any]]:
        """Return a description that is linked to the revision before, where there is one."""
        if self.newest is None:
            return new.item, new.stac
        before = older(new.row.key, self.newest.revision)
        stac = Version(new.row.key, predecessor=before).drawn(new.stac, in_tree)
        return replace(new.item, stac=orjson.dumps(stac).decode()), stac

    def add(self, row: LedgeredItem, stac: dict[str, Any]) -> None:
        """Have it be the newest."""
        out = Past(row.id, row.key, row.revision, row.sequence, ItemState.PUBLISHED, stac)
        self.known.append(out)
        self.came += 1

    def superseded(self) -> list[ItemId]:
        """Return the revisions that newer ones took the place of."""
        return [row.id for row in self.known[:-1] if row.state == ItemState.PUBLISHED]

    def shown(self) -> list[Shown]:
        """Return the items that changed in the catalogue; what is further back stays as it is."""
        if len(self.known) == 1:
            return [Shown(row.stac, Version(row.key)) for row in self.known]
        changed = self.came + NEIGHBOURS - 1
        versions = line(self.known[-1].key, [row.revision for row in self.known])
        linked = list(zip(self.known, versions, strict=True))[-changed:]
        return [Shown(row.stac, version) for row, version in linked if row.stac is not None]
