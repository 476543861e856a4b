import json
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

import lake.ledger
from catalog.publisher import EmbeddedPublisher
from lake.ledger import outbox
from lake.ledger.engine import migrate, open_engine
from lake.ledger.schema import metadata
from tests.catalog.makers import published
from tests.makers import a_ledger


def moved(url: str, step: Callable[[Config, str], None], revision: str) -> None:
    """Bring a ledger to a revision of its schema."""
    config = Config()
    config.set_main_option(
        "script_location", str(Path(lake.ledger.__file__).parent / "migrations")
    )
    engine = open_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        step(config, revision)
    engine.dispose()


@pytest.fixture
def old(url: str) -> str:
    """A ledger as it began, in which something was told."""
    moved(url, command.upgrade, "0001")
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO outbox (event_id, type, subject, data, created_at) "
                "VALUES ('old', 'create', 'era5/a', '{\"id\": \"a\"}', '2024-01-01 00:00:00')"
            )
        )
    engine.dispose()
    return url


def test_the_migrations_make_the_schema(url: str) -> None:
    migrate(url)

    with open_engine(url).connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_what_an_old_ledger_told_is_told_still_and_what_comes_beside_it(old: str) -> None:
    ledger = a_ledger(old)
    item = published(ledger, publisher=EmbeddedPublisher())

    with ledger.begin() as tx:
        first, second = outbox.unsent(tx)
    ledger.close()
    assert (first.id, first.data) == ("old", '{"id": "a"}')
    assert json.loads(second.data) == json.loads(item.stac)


def test_taking_the_migrations_back_loses_nothing_of_what_was_told(old: str) -> None:
    ledger = a_ledger(old)
    item = published(ledger, publisher=EmbeddedPublisher())
    ledger.close()
    moved(old, command.downgrade, "0001")

    with open_engine(old).connect() as connection:
        told = connection.execute(text("SELECT data FROM outbox ORDER BY id")).scalars().all()
        columns = {column["name"] for column in inspect(connection).get_columns("outbox")}
    assert [json.loads(data) for data in told] == [{"id": "a"}, json.loads(item.stac)]
    assert "item_id" not in columns
