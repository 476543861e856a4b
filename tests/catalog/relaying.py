"""A relay that goes on until it is killed; its arguments are ledger, brokers and topic."""

import sys
import time
from functools import partial

from catalog.relay import Relay, Route
from lake.broker import Producer
from lake.errors import BrokerFailed
from lake.ledger.ledger import Ledger


def relay_for_ever(url: str, servers: str, topic: str) -> None:
    route = Route(topic, topic, lambda collection, item: f"https://api/{collection}/{item}")
    with Relay(Ledger.open(url), partial(Producer, servers, topic), route, batch=20) as relay:
        while True:
            try:
                relay.round()
            except BrokerFailed:
                time.sleep(0.2)
            time.sleep(0.005)


if __name__ == "__main__":
    relay_for_ever(*sys.argv[1:])
