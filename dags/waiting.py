"""Tasks that wait without a worker: what is held back elsewhere is asked after when it is due."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from airflow.providers.standard.triggers.temporal import DateTimeTrigger
from airflow.sdk import BaseOperator

from dags import asked
from inlet import steps
from inlet.house import House
from lake.ledger import offers as ledgered
from lake.nouns import OfferId

# Airflow 3.3 may lose a trigger that fires at once (apache/airflow#71580).
_SOONEST = timedelta(seconds=2)
_LATEST = timedelta(minutes=5)
_UNSAID = timedelta(seconds=10)


class UntilDone(BaseOperator):
    """Works on a batch of offers, and comes back to those that have to wait until none is left."""

    template_fields: Sequence[str] = ("offers",)

    def __init__(self, *, offers: Any, **kwargs: Any) -> None:  # noqa: ANN401 - ids, or what makes them
        super().__init__(**kwargs)
        self.offers = offers

    def execute(self, context: Any, event: Any = None) -> None:  # noqa: ANN401 - Airflow's
        """Do now what can be done; where something is left, be woken when it is due."""
        with asked.house() as house:
            left = self.work(house, self.offers)
            due = _due(house, left)
        if due is not None:
            self.defer(trigger=DateTimeTrigger(moment=due), method_name="execute")

    @abstractmethod
    def work(self, house: House, offers: Sequence[OfferId]) -> list[OfferId]:
        """Return those of ``offers`` that have to wait."""


class Order(UntilDone):
    """Order what has to be ordered, and wait until the provider has it ready or says why not."""

    def work(self, house: House, offers: Sequence[OfferId]) -> list[OfferId]:
        """Place, and ask after, orders; return the offers whose order is under way."""
        return steps.order(house, offers)


class Land(UntilDone):
    """Bring the bytes into the lake, verified, until each offer is at an end or has its reason."""

    def work(self, house: House, offers: Sequence[OfferId]) -> list[OfferId]:
        """Carry; return the offers that are not at an end."""
        return steps.carry(house, offers)


def _due(house: House, left: Sequence[OfferId]) -> datetime | None:
    """Return when the first of these offers is due; None where none is left."""
    if not left:
        return None
    now = house.ledger.clock()
    with house.ledger.begin() as tx:
        due = ledgered.next_try(tx, left)
    return min(max(due or now + _UNSAID, now + _SOONEST), now + _LATEST)
