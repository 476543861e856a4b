"""Questions that only a working service answers: no port is believed because it is open."""

import fsspec
import httpx
from botocore.exceptions import BotoCoreError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from inlet.errors import StackSilent
from lake import broker
from lake.errors import BrokerFailed

_PATIENCE_SECONDS = 5


def postgres(url: str) -> None:
    """Let the database answer ``SELECT 1``.

    Raises:
        StackSilent: it did not.
    """
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"connect_timeout": _PATIENCE_SECONDS}
    )
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError as error:
        raise StackSilent(f"expected PostgreSQL to answer, came: {error.orig}") from error


def kafka(servers: str) -> None:
    """Let a broker say what topics there are.

    Raises:
        StackSilent: none did.
    """
    try:
        broker.topics(servers)
    except BrokerFailed as error:
        raise StackSilent(str(error)) from error


def s3(endpoint: str, key: str | None, secret: str | None) -> None:
    """List the buckets with these keys, or with what the environment knows.

    Raises:
        StackSilent: they were not listed.
    """
    limits = {"connect_timeout": _PATIENCE_SECONDS, "retries": {"max_attempts": 0}}
    storage = fsspec.filesystem(
        "s3",
        key=key,
        secret=secret,
        endpoint_url=endpoint or None,
        config_kwargs=limits,
        skip_instance_cache=True,
    )
    try:
        storage.ls("")
    except (OSError, BotoCoreError) as error:
        raise StackSilent(f"expected S3 to list its buckets, came: {error}") from error


def web(url: str, path: str) -> None:
    """See that ``GET url/path`` is answered well.

    Raises:
        StackSilent: it is not.
    """
    _answer(f"{url}{path}")


def airflow(url: str, part: str) -> None:
    """Let Airflow say that ``part`` of it is healthy.

    Raises:
        StackSilent: it did not.
    """
    said = _answer(f"{url}/api/v2/monitor/health").json().get(part) or {}
    if said.get("status") != "healthy":
        raise StackSilent(f"expected Airflow's {part} to be healthy, came {said or 'nothing'}")


def _answer(address: str) -> httpx.Response:
    try:
        answer = httpx.get(address, timeout=_PATIENCE_SECONDS, follow_redirects=True)
        return answer.raise_for_status()
    except httpx.HTTPError as error:
        raise StackSilent(f"expected a good answer of {address}, came: {error}") from error
