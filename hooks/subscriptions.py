"""Subscribing: what cannot work is refused at once, not found out at the first event."""

from hooks.matching import parse
from hooks.targets import Targets
from lake.ledger import deliveries
from lake.ledger.deliveries import Subscription
from lake.ledger.ledger import Transaction


def subscribe(tx: Transaction, wanted: Subscription, targets: Targets) -> None:
    """Add a subscription, or change the one of that name, once filter and target hold.

    Whether the target answers is only found out by delivering to it.

    Raises:
        BadFilter: the filter is no condition in CQL2.
        BadTarget: the target is no URL or no known workflow.
        ForbiddenAddress: the URL leads to this machine or a private network.
        MissingSecret: the secret it names is not set.
    """
    if wanted.filter is not None:
        parse(wanted.filter)
    targets(wanted)
    deliveries.subscribe(tx, wanted)
