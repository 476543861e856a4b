"""A consumer, for ever, by ``inlet.consume``: its effect is a row for each event it is handed.

python -m tests.chaos.consuming SERVERS DATABASE
"""

import sys
import time

from sqlalchemy import Connection, text

from catalog.cloudevents import CloudEvent
from inlet.consume import follower
from lake.errors import BrokerFailed

GROUP = "chaos"
_AGAIN_SECONDS = 0.5
_TABLE = """
CREATE TABLE IF NOT EXISTS effect (
  turn INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT, type TEXT, subject TEXT, data TEXT)
"""
_EFFECT = "INSERT INTO effect (event, type, subject, data) VALUES (:event, :type, :subject, :data)"


def effect(event: CloudEvent, database: Connection) -> None:
    """Add a row; nothing but the inbox keeps a second one out."""
    signal = event.signal
    values = {"event": signal.id, "type": signal.type, "subject": signal.subject}
    database.execute(text(_EFFECT), values | {"data": signal.data})


def consume_for_ever(servers: str, database: str) -> None:
    while True:
        try:
            with follower(servers, GROUP, database) as follow:
                with follow.ledger.begin() as tx:
                    tx.connection.execute(text(_TABLE))
                follow(effect)
        except BrokerFailed:
            time.sleep(_AGAIN_SECONDS)


if __name__ == "__main__":
    consume_for_ever(*sys.argv[1:])
