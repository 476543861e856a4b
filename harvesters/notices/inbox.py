"""Taking messages in: each becomes one row of the ledger, waiting or rejected with the reason."""

import structlog

from harvesters.errors import BadNotice
from harvesters.notices.message import Message, fitting
from harvesters.notices.sources import PARSERS
from lake.ledger import notices
from lake.ledger.ledger import Ledger
from lake.ledger.notices import Notice, NoticeState, Recorded

_LONGEST_RAW = 1 << 16

log = structlog.get_logger(__name__)


def take_in(ledger: Ledger, message: Message) -> Recorded:
    """Note a message of a known source; when this returns it is safe. Again changes nothing.

    A message that cannot be read is noted too, as rejected, so that nobody has to send it again.
    """
    try:
        told, state, reason = PARSERS[message.source](message), NoticeState.WAITING, None
    except BadNotice as error:
        told, state, reason = _unread(message), NoticeState.REJECTED, str(error)
    with ledger.begin() as tx:
        recorded = notices.record(tx, told, state, reason)
    log.info(
        "A notice was taken in", source=told.source, notice=told.id, state=state, reason=reason
    )
    return recorded


def _unread(message: Message) -> Notice:
    return Notice(
        source=message.source,
        id=fitting(message.fallback_id),
        received_at=message.received_at,
        raw=message.body[:_LONGEST_RAW].decode(errors="backslashreplace").replace("\0", "\\0"),
    )
