import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from catalog.described import Pair
from catalog.errors import NoCatalogue
from catalog.item import Identity
from catalog.pgstac.publisher import open_publisher
from catalog.publisher import Publisher, publish
from catalog.succession import Result
from catalog.template import StacTemplate
from lake.ledger.ledger import Ledger, Transaction
from tests.catalog.makers import a_cube, described, judged, published
from tests.contracts.publisher import PublisherContract, a_pair, signals
from tests.makers import NEW_YEAR, a_ledger
from tests.portal.catalogues import fill, items_of
from tests.stack_fixture import Services, running

TEMPLATES = {"era5": StacTemplate(title="ERA5", description="Hourly.")}
BY_MONTH = {"era5": TEMPLATES["era5"].model_copy(update={"partition": "month"})}

_REFUSING_B = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON pgstac.items
FOR EACH ROW WHEN (NEW.id = 'b') EXECUTE FUNCTION refuse();
"""

_DYING = """
CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(9); RETURN NEW; END $$;
CREATE TRIGGER die BEFORE INSERT ON pgstac.items FOR EACH ROW EXECUTE FUNCTION die();
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Services]:
    with running("postgres") as services:
        yield services


@pytest.fixture
def place(server: Services) -> Iterator[str]:
    with server.database() as url:
        yield url.render_as_string(hide_password=False)


class TestPgstacPublisher(PublisherContract):
    @pytest.fixture
    def place(self, place: str) -> str:
        return place

    @staticmethod
    def open(ledger: Ledger) -> Publisher:
        return open_publisher(ledger, TEMPLATES)

    def seen(self, ledger: Ledger) -> dict[str, Any]:
        return {id_: stac for id_, stac in shelf(ledger).items() if "@" not in id_}


def shelf(ledger: Ledger) -> dict[str, Any]:
    """All items that pgstac answers a search with, by id."""
    with ledger.begin() as tx:
        tx.connection.execute(text("SET LOCAL search_path TO pgstac, public"))
        found: Any = tx.connection.execute(text("SELECT search('{\"limit\": 1000}')")).scalar_one()
    return {feature["id"]: feature for feature in found["features"]}


def collection(ledger: Ledger, name: str = "era5") -> Any:
    with ledger.begin() as tx:
        rows = text("SELECT content FROM pgstac.collections WHERE id = :name")
        return tx.connection.execute(rows, {"name": name}).scalar_one()


def constraints(ledger: Ledger) -> list[Any]:
    """What pgstac's partitions take."""
    rows = text(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' "
        "AND conrelid IN (SELECT inhrelid FROM pg_inherits) ORDER BY 1"
    )
    with ledger.begin() as tx:
        return list(tx.connection.execute(rows))


@pytest.fixture
def ledger(place: str) -> Iterator[Ledger]:
    ledger = a_ledger(place)
    yield ledger
    ledger.close()


@pytest.fixture
def publisher(ledger: Ledger) -> Publisher:
    return open_publisher(ledger, TEMPLATES)


def test_older_revisions_live_on_deprecated_and_linked_both_ways(
    ledger: Ledger, publisher: Publisher
) -> None:
    one, two, three = (published(ledger, content=c, publisher=publisher) for c in "123")
    found = shelf(ledger)
    links = {id_: {li["rel"]: li["href"] for li in stac["links"]} for id_, stac in found.items()}
    oldest, middle, newest = f"{one.key}@{one.revision}", f"{one.key}@{two.revision}", one.key

    assert set(found) == {oldest, middle, newest}
    assert [found[i]["properties"].get("deprecated") for i in (oldest, middle, newest)] == [
        True,
        True,
        None,
    ]
    at = "collections/era5/items/"
    assert (
        links[oldest]["successor-version"] == links[newest]["predecessor-version"] == at + middle
    )
    assert links[middle]["predecessor-version"] == at + oldest
    assert links[middle]["successor-version"] == links[oldest]["latest-version"] == at + newest
    assert found[newest]["properties"]["version"] == three.revision


def test_a_collection_speaks_of_its_items_as_they_come(
    ledger: Ledger, publisher: Publisher
) -> None:
    far = a_cube(bbox=(0.0, 0.0, 5.0, 5.0), start=NEW_YEAR.replace(year=1990), end=NEW_YEAR)
    published(ledger, "a", "1", cube=far, publisher=publisher)
    first = collection(ledger)
    published(ledger, "b", "2", publisher=publisher)
    second = collection(ledger)

    assert first["extent"]["spatial"]["bbox"] == [[0.0, 0.0, 5.0, 5.0]]
    assert second["extent"]["spatial"]["bbox"] == [[-180.0, -90.0, 180.0, 90.0]]
    assert second["extent"]["temporal"]["interval"][0][0] == "1990-01-01T00:00:00Z"
    assert second["summaries"]["inlet:variables"] == ["t"]
    assert "cube" in second["item_assets"]


@pytest.mark.parametrize("begun", [None, NEW_YEAR.replace(year=1940)])
def test_extents_grow_by_items_whose_assets_say_nothing(
    ledger: Ledger, begun: datetime | None
) -> None:
    template = TEMPLATES["era5"].model_copy(update={"start": begun})
    publisher = open_publisher(ledger, {"era5": template})
    boxes = [(0.0, 0.0, 5.0, 5.0), (-5.0, 1.0, 1.0, 9.0)]
    for key, box, year in zip("ab", boxes, (1990, 1980), strict=True):
        with ledger.begin() as tx:
            row, item = a_pair(tx, key, key)
        moment = NEW_YEAR.replace(year=year)
        cube = a_cube(bbox=box, start=moment, end=moment)
        stac = json.loads(described(Identity("era5", row.key, row.revision), cube).stac)
        stac["assets"] = {"data": {"href": "https://example.com/data.nc"}}
        publish(ledger, publisher, [(row, replace(item, stac=json.dumps(stac)))])

    extent = collection(ledger)["extent"]
    assert extent["spatial"]["bbox"] == [[-5.0, 0.0, 5.0, 9.0]]
    years = [moment and moment[:4] for moment in extent["temporal"]["interval"][0]]
    assert years == (["1940", None] if begun else ["1980", "1990"])


def test_tidying_makes_a_collection_exact_and_empties_the_queue(
    ledger: Ledger, publisher: Publisher
) -> None:
    wide = published(ledger, "a", "1", publisher=publisher)
    small = a_cube(bbox=(0.0, 0.0, 5.0, 5.0))
    published(ledger, "a", "2", cube=small, publisher=publisher)
    publisher.tidy(ledger)

    assert wide.key in shelf(ledger)
    assert collection(ledger)["extent"]["spatial"]["bbox"] == [[0.0, 0.0, 5.0, 5.0]]
    with ledger.begin() as tx:
        assert not tx.connection.execute(text("SELECT count(*) FROM pgstac.query_queue")).scalar()


def test_a_collection_that_left_the_portfolio_still_takes_items(ledger: Ledger) -> None:
    published(ledger, publisher=open_publisher(ledger, {}))

    assert "no more" in collection(ledger)["description"]


def test_a_year_around_its_items_a_partition_needs_no_change(
    ledger: Ledger, publisher: Publisher
) -> None:
    published(ledger, "a", "1", publisher=publisher)
    before = constraints(ledger)
    later = a_cube(start=NEW_YEAR.replace(month=12), end=NEW_YEAR.replace(month=12))
    published(ledger, "b", "2", cube=later, publisher=publisher)
    assert constraints(ledger) == before

    much_later = a_cube(start=NEW_YEAR.replace(year=2031), end=NEW_YEAR.replace(year=2031))
    published(ledger, "c", "3", cube=much_later, publisher=publisher)
    assert {"a", "b", "c"} <= set(shelf(ledger))


def test_a_collection_that_somebody_else_filled_has_room_up_to_its_very_edge(
    place: str, ledger: Ledger, publisher: Publisher
) -> None:
    fill(make_url(place), items_of("era5", 1))
    at_its_edge = a_cube(start=NEW_YEAR, end=NEW_YEAR)
    published(ledger, "a", "1", cube=at_its_edge, publisher=publisher)

    assert {"a", "era5-000000"} <= set(shelf(ledger))


def test_an_item_without_an_end_leaves_room_for_what_comes_after_a_tidying(
    ledger: Ledger, publisher: Publisher
) -> None:
    published(ledger, "a", "1", publisher=publisher)
    publisher.tidy(ledger)
    open_end = a_cube(end=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    published(ledger, "b", "2", cube=open_end, publisher=open_publisher(ledger, TEMPLATES))
    publisher.tidy(ledger)
    published(ledger, "c", "3", publisher=open_publisher(ledger, TEMPLATES))

    assert {"a", "b", "c"} <= set(shelf(ledger))


def test_what_pgstac_refuses_is_found_out_and_holds_up_no_other(
    ledger: Ledger, publisher: Publisher
) -> None:
    with ledger.begin() as tx:
        pairs = [a_pair(tx, key, key) for key in "abc"]
        tx.connection.execute(text(_REFUSING_B))
    outcomes = publish(ledger, publisher, pairs)

    assert [one.result for one in outcomes] == ["published", "refused", "published"]
    assert "not this one" in str(outcomes[1].why)
    assert set(shelf(ledger)) == {"a", "c"}


def test_a_server_that_dies_is_no_fault_of_the_item(ledger: Ledger, publisher: Publisher) -> None:
    with ledger.begin() as tx:
        pair = a_pair(tx)
        tx.connection.execute(text(_DYING))
    with pytest.raises(OperationalError):
        publish(ledger, publisher, [pair])

    with ledger.begin() as tx:
        tx.connection.execute(text("DROP TRIGGER die ON pgstac.items"))
    assert publish(ledger, publisher, [pair])[0].result is Result.PUBLISHED


def test_publishing_leaves_no_thread_behind(ledger: Ledger, publisher: Publisher) -> None:
    published(ledger, "a", "1", publisher=publisher)
    before = threading.active_count()
    for n in range(3):
        published(ledger, f"b{n}", f"{n}", publisher=publisher)

    assert threading.active_count() == before


def test_pgstac_wants_a_ledger_on_postgresql(tmp_path: Any) -> None:
    with pytest.raises(NoCatalogue, match="came sqlite"):
        open_publisher(a_ledger(tmp_path), TEMPLATES)


def test_pgstac_has_to_be_in_the_ledgers_database(postgresql: str) -> None:
    with pytest.raises(NoCatalogue, match="pypgstac migrate"):
        open_publisher(a_ledger(postgresql.format(name="postgres")), TEMPLATES)


def test_what_is_described_is_what_is_kept(ledger: Ledger, publisher: Publisher) -> None:
    with ledger.begin() as tx:
        row, item = a_pair(tx)
    publish(ledger, publisher, [(row, item)])

    kept, said = shelf(ledger)[row.key], json.loads(described().stac)
    assert kept["assets"] == said["assets"]
    assert kept["bbox"] == said["bbox"]


def test_one_that_lies_nowhere_breaks_a_batch_off_and_is_found_out(
    ledger: Ledger, publisher: Publisher
) -> None:
    with ledger.begin() as tx:
        good, (row, item), other = (a_pair(tx, key, key) for key in "abc")
    nowhere = {"type": "Polygon", "coordinates": [[[0.0, 0.0], [1.0]]]}
    stac = json.dumps({**json.loads(item.stac), "geometry": nowhere})
    outcomes = publish(ledger, publisher, [good, (row, replace(item, stac=stac)), other])

    assert [one.result for one in outcomes] == ["published", "refused", "published"]
    assert set(shelf(ledger)) == {"a", "c"}
    assert [signal.subject for signal in signals(ledger)] == ["era5/a", "era5/c"]


def test_what_is_new_and_what_is_there_come_in_one_batch(
    ledger: Ledger, publisher: Publisher
) -> None:
    published(ledger, "b", "one", publisher=publisher)
    with ledger.begin() as tx:
        pairs = [a_pair(tx, key, f"{key} two") for key in "abc"]
    outcomes = publish(ledger, publisher, pairs)

    assert {one.result for one in outcomes} == {Result.PUBLISHED}
    found = shelf(ledger)
    assert {"a", "b", "c"} < set(found)
    assert len(found) == 4
    assert found["b"]["properties"]["version"] == pairs[1][0].revision


def at(tx: Transaction, key: str, month: int, grib: str = "") -> Pair:
    """A judged revision with its description, of a moment in a month."""
    row, moment = judged(tx, key, grib or key), NEW_YEAR.replace(month=month)
    cube = a_cube(start=moment, end=moment)
    return row, described(Identity("era5", row.key, row.revision), cube)


def partitions(ledger: Ledger) -> list[str]:
    with ledger.begin() as tx:
        named = text("SELECT DISTINCT tableoid::regclass::text FROM pgstac.items ORDER BY 1")
        return list(tx.connection.execute(named).scalars())


def test_a_collection_that_is_kept_by_month_takes_items_of_several(ledger: Ledger) -> None:
    publisher = open_publisher(ledger, BY_MONTH)
    with ledger.begin() as tx:
        pairs = [at(tx, "a", 1), at(tx, "b", 3), at(tx, "c", 1)]
    outcomes = publish(ledger, publisher, pairs)

    assert {one.result for one in outcomes} == {Result.PUBLISHED}
    assert set(shelf(ledger)) == {"a", "b", "c"}
    assert [name[-7:] for name in partitions(ledger)] == ["_202401", "_202403"]


def test_an_item_whose_new_revision_is_of_another_month_is_there_once(ledger: Ledger) -> None:
    publisher = open_publisher(ledger, BY_MONTH)
    for month in (1, 3):
        with ledger.begin() as tx:
            pair = at(tx, "a", month, f"of {month}")
        publish(ledger, publisher, [pair])

    with ledger.begin() as tx:
        counted = text("SELECT count(*) FROM pgstac.items WHERE id = 'a'")
        assert tx.connection.execute(counted).scalar_one() == 1
    assert shelf(ledger)["a"]["properties"]["start_datetime"].startswith("2024-03")


def test_tidying_divides_a_collection_as_its_file_says_by_now(
    ledger: Ledger, publisher: Publisher
) -> None:
    with ledger.begin() as tx:
        pairs = [at(tx, "a", 1), at(tx, "b", 3)]
    publish(ledger, publisher, pairs)
    assert len(partitions(ledger)) == 1
    before = shelf(ledger)
    open_publisher(ledger, BY_MONTH).tidy(ledger)

    assert len(partitions(ledger)) == 2
    assert shelf(ledger) == before
