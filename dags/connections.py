"""Credentials that rest in Airflow: ``INLET_SECRETS=dags.connections:password``."""

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

_PREFIX = "inlet_"


def password(name: str) -> str | None:
    """Return the password of the connection ``inlet_<name>``, in lower case; None without one."""
    try:
        found = Connection.get(f"{_PREFIX}{name.lower()}")
    except AirflowNotFoundException:
        return None
    return None if found.password is None else str(found.password)
