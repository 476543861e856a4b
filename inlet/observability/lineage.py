"""What each step made of what, told to a lineage backend as OpenLineage events; off by default.

``INLET_LINEAGE`` is the URL of a backend such as Marquez, or a file to append to. Only ends are
told, each as one run whose id follows from item, step and attempt: telling it twice changes
nothing. A backend that does not answer is left alone; the ledger knows all of it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import structlog
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.transport.file import FileConfig, FileTransport
from openlineage.client.transport.http import HttpConfig, HttpTransport
from openlineage.client.transport.transport import Transport

from lake.ledger import items
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Ledger
from lake.ledger.states import ItemState
from lake.nouns import Granule, ItemId

PRODUCER = "urn:inlet"
NAMESPACE = "inlet"
_TIMEOUT_SECONDS = 2.0
_RUNS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:inlet:runs")
_BAD_ENDS = frozenset({ItemState.FAILED, ItemState.INVALID, ItemState.QUARANTINED})
_ENDS = {
    "convert": frozenset({ItemState.CONVERTED, ItemState.FAILED, ItemState.INVALID}),
    "judge": frozenset({ItemState.JUDGED, ItemState.QUARANTINED}),
    "publish": frozenset({ItemState.PUBLISHED, ItemState.SUPERSEDED, ItemState.FAILED}),
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """A step's end for one item revision, its granules, and when it was told."""

    step: str
    row: LedgeredItem
    granules: Sequence[Granule]
    at: datetime

    def event(self) -> RunEvent:
        """Return it as OpenLineage has it: granules in, the cube or the item's revision out."""
        row = self.row
        has_failed = row.state in _BAD_ENDS
        run = uuid.uuid5(
            _RUNS, f"{row.collection}/{row.key}@{row.revision} {self.step} {row.state}"
        )
        return RunEvent(
            eventTime=self.at.isoformat(),
            producer=PRODUCER,
            eventType=RunState.FAIL if has_failed else RunState.COMPLETE,
            run=Run(str(run)),
            job=Job(NAMESPACE, f"{row.collection}.{self.step}"),
            inputs=[InputDataset(NAMESPACE, granule.location) for granule in self.granules],
            outputs=[] if has_failed else [OutputDataset(NAMESPACE, self._made())],
        )

    def _made(self) -> str:
        if self.step == "convert":
            return str(self.row.cube["location"])
        return f"{self.row.collection}/{self.row.key}@{self.row.revision}"


def tell(ledger: Ledger, target: str, step: str, ids: Sequence[ItemId]) -> None:
    """Tell ``target`` how ``step`` ended for those of these items for which it just did."""
    if not target or not ids:
        return
    client = _client(target)
    for ended in _ended(ledger, step, ids):
        try:
            client.emit(ended.event())
        except (OSError, RuntimeError) as error:  # of requests, and of a file's transport
            log.warning("A lineage event was not told", item=ended.row.id, why=str(error))
            return


def _ended(ledger: Ledger, step: str, ids: Sequence[ItemId]) -> list[Ended]:
    with ledger.begin() as tx:
        rows = [row for one in ids if (row := items.known(tx, one)) is not None]
        return [
            Ended(step, row, items.granules_of(tx, row.id), tx.now)
            for row in rows
            if row.state in _ENDS[step]
        ]


@cache
def _client(target: str) -> OpenLineageClient:
    if target.startswith(("http://", "https://")):
        transport: Transport = HttpTransport(
            HttpConfig(target, timeout=_TIMEOUT_SECONDS, retry={"total": 0})
        )
    else:
        transport = FileTransport(FileConfig(target, append=True))
    return OpenLineageClient(transport=transport)
