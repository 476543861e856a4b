from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from lake.ledger.engine import migrate, open_engine
from lake.ledger.schema import metadata


def test_the_migrations_make_the_schema(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    migrate(url)

    with open_engine(url).connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []
