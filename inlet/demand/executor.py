"""Who runs what was asked for: Airflow where there is one, else this machine's own spool."""

from typing import Protocol

from harvesters.errors import NotHonoured
from inlet.demand import desk
from inlet.demand.airflow import Airflow
from inlet.house import House
from lake.ledger.requests import Request, RequestState

_WAITING = (RequestState.ACCEPTED, RequestState.RUNNING)


class Executor(Protocol):
    """Makes the run of a request stand. The same again changes nothing."""

    def start(self, known: Request) -> None:
        """Return when the run stands, so that a crash loses nothing.

        Raises:
            AirflowUnready: it does not stand; try again when its DAG is there.
            AirflowSilent: it does not stand; try again.
            NotHonoured: it never will.
        """
        ...

    def stop(self, known: Request) -> None:
        """End the run of a request that is wanted no more.

        Raises:
            AirflowSilent: it may go on; try again.
        """
        ...


class Spool:
    """The ledger's own rows: ``inlet requests run`` takes them up."""

    def start(self, known: Request) -> None:
        """Do nothing: the row stands."""

    def stop(self, known: Request) -> None:
        """Do nothing: who runs it finds it dismissed at its end."""


class ByAirflow:
    """Airflow's runs, each named by its request."""

    def __init__(self, airflow: Airflow) -> None:
        self._airflow = airflow

    def start(self, known: Request) -> None:
        """Make the run stand; one of that name is as good."""
        dag = dag_of(known.collection)
        self._airflow.require_open(dag)
        self._airflow.start(dag, known.run, conf_of(known))

    def stop(self, known: Request) -> None:
        """End the run."""
        self._airflow.stop(dag_of(known.collection), known.run)


def executor(house: House) -> Executor:
    """Return who runs requests in this house."""
    return ByAirflow(Airflow.at(house.settings)) if house.settings.airflow else Spool()


def start(house: House, by: Executor, known: Request) -> Request:
    """Make the run of a request stand; return the request, rejected where that cannot be.

    Raises:
        AirflowSilent: it does not stand yet.
    """
    if known.state is not RequestState.ACCEPTED:
        return known
    try:
        by.start(known)
    except NotHonoured as refusal:
        return desk.reject(house, known.name, refusal)
    return known


def dismiss(house: House, by: Executor, known: Request) -> Request:
    """End a request that is wanted no more, and its run; return it.

    Raises:
        AirflowSilent: the run may go on; ask again.
    """
    if known.state in _WAITING:
        by.stop(known)
    return desk.dismiss(house, known.name)


def dag_of(collection: str) -> str:
    """Return the name of a collection's DAG."""
    return f"harvest_{collection}"


def conf_of(known: Request) -> dict[str, object]:
    """Return a request as the run's form has it, and by its name."""
    asked = {key: known.asked[key] for key in known.asked if key not in ("collection", "occasion")}
    return {**asked, "request": known.name}
