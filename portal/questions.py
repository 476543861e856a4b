"""What the portal's readiness rests on: the ledger, the catalogue in it, the lake, the broker."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import fsspec
from botocore.exceptions import BotoCoreError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from inlet.settings import Settings
from lake import broker
from lake.errors import LakeError
from lake.ledger.ledger import Ledger

FORESEEN = (LakeError, OSError, SQLAlchemyError, BotoCoreError)
_CLIENT = {"connect_timeout": 2, "read_timeout": 2, "retries": {"max_attempts": 0}}


def questions(settings: Settings, ledger: Ledger) -> dict[str, Callable[[], None]]:
    """Return, by service, what only a working one answers; each raises one of ``FORESEEN``."""
    asked: dict[str, Callable[[], None]] = {
        "database": partial(_database, ledger, "SELECT 1 FROM watermark LIMIT 1"),
        "lake": partial(_lake, settings.lake_url),
    }
    if settings.catalog == "pgstac":
        asked["catalogue"] = partial(_database, ledger, "SELECT pgstac.get_version()")
    if settings.kafka:
        asked["broker"] = partial(_broker, settings.kafka)
    return asked


def _database(ledger: Ledger, statement: str) -> None:
    with ledger.engine.connect() as connection:
        connection.execute(text(statement))


def _broker(servers: str) -> None:
    broker.topics(servers)


def _lake(url: str) -> None:
    """List the lake's root; of an object storage its bucket: a prefix may hold nothing yet."""
    if "://" not in url:
        root = Path(url)
        list((root if root.exists() else root.parent).iterdir())
        return
    options = {"config_kwargs": _CLIENT} if url.startswith("s3://") else {}
    storage, root = fsspec.core.url_to_fs(
        url, use_listings_cache=False, skip_instance_cache=True, **options
    )
    storage.ls(root.partition("/")[0])
