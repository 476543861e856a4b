"""From when on a promise counts. Airflow knows this kind of deadline by Inlet's plugin."""

from datetime import datetime

from airflow.sdk import timezone
from airflow.sdk.definitions.deadline import BaseDeadlineReference


class RunMade(BaseDeadlineReference):
    """The moment at which a run is made.

    A run whose deadline counts from Airflow's own ``DAGRUN_QUEUED_AT`` cannot be cleared in
    Airflow 3.3 (apache/airflow#70368).
    """

    def _evaluate_with(self, *, session: object) -> datetime:
        return timezone.utcnow()
