"""Ways to make provider, lake, catalogue and events disagree, each by hand and for real."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, update

from inlet import steps
from inlet.census.gaps import Kind
from inlet.harvest import harvest
from inlet.house import House
from lake.ledger.schema import delivery, outbox
from sandbox.client import Sandbox
from tests.inlet.three_days import WINDOW

DAY = "sandbox-sst-20240102"
Break = Callable[[House, Sandbox], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Case:
    """A way to break things, what a census calls it, and whether `--repair` mends it."""

    kind: Kind
    breaks: Break
    is_mended: bool = True


@contextmanager
def a_product_appears(house: House, sandbox: Sandbox) -> Iterator[None]:
    sandbox.publish_late("sandbox-sst", WINDOW.start)
    yield


@contextmanager
def a_product_is_discovered_and_left(house: House, sandbox: Sandbox) -> Iterator[None]:
    sandbox.publish_late("sandbox-sst", WINDOW.start)
    steps.discover(house, "sst", WINDOW)
    yield


@contextmanager
def a_product_is_revised(house: House, sandbox: Sandbox) -> Iterator[None]:
    sandbox.revise("sandbox-sst", DAY)
    yield


@contextmanager
def a_product_is_retracted(house: House, sandbox: Sandbox) -> Iterator[None]:
    sandbox.retract("sandbox-sst", DAY)
    yield


@contextmanager
def a_product_is_no_data(house: House, sandbox: Sandbox) -> Iterator[None]:
    sandbox.publish_late("sandbox-sst", WINDOW.start)
    with sandbox.fault("html_instead_of_data"):
        assert harvest(house, "sst", WINDOW).left_out == 1
    yield


@contextmanager
def a_granule_vanishes(house: House, sandbox: Sandbox) -> Iterator[None]:
    _granule(house).unlink()
    yield


@contextmanager
def a_granule_is_cut(house: House, sandbox: Sandbox) -> Iterator[None]:
    file = _granule(house)
    file.write_bytes(file.read_bytes()[:-1])
    yield


@contextmanager
def a_byte_of_a_granule_flips(house: House, sandbox: Sandbox) -> Iterator[None]:
    _flip(_granule(house))
    yield


@contextmanager
def a_chunk_of_a_cube_vanishes(house: House, sandbox: Sandbox) -> Iterator[None]:
    _chunk(house).unlink()
    yield


@contextmanager
def a_byte_of_a_cube_flips(house: House, sandbox: Sandbox) -> Iterator[None]:
    _flip(_chunk(house))
    yield


@contextmanager
def bytes_that_nobody_knows(house: House, sandbox: Sandbox) -> Iterator[None]:
    _lay(_granule(house).parent / "1220ff.nc")
    yield


@contextmanager
def a_cube_that_nobody_knows(house: House, sandbox: Sandbox) -> Iterator[None]:
    _lay(house.settings.home / "lake" / "cubes" / "sst" / "unknown" / "r.zarr" / "zarr.json")
    _lay(house.settings.home / "lake" / "cubes" / "sst" / DAY / "other.zarr" / "zarr.json")
    yield


@contextmanager
def an_entry_that_nobody_published(house: House, sandbox: Sandbox) -> Iterator[None]:
    _lay(house.settings.catalog_root / "sst" / "ghost" / "ghost.json", '{"id": "ghost"}')
    yield


@contextmanager
def an_item_is_judged_and_left(house: House, sandbox: Sandbox) -> Iterator[None]:
    sandbox.publish_late("sandbox-sst", WINDOW.start)
    steps.discover(house, "sst", WINDOW)
    offers = steps.unfinished_offers(house, "sst")
    steps.place(house, offers)
    assert steps.land(house, offers)
    assert steps.judge(house, steps.convert(house, steps.assemble(house, "sst")))
    yield


@contextmanager
def an_offer_lands_and_is_left(house: House, sandbox: Sandbox) -> Iterator[None]:
    sandbox.publish_late("sandbox-sst", WINDOW.start)
    steps.discover(house, "sst", WINDOW)
    offers = steps.unfinished_offers(house, "sst")
    steps.place(house, offers)
    assert steps.land(house, offers)
    yield


@contextmanager
def an_event_is_lost(house: House, sandbox: Sandbox) -> Iterator[None]:
    with house.ledger.begin() as tx:
        tx.connection.execute(delete(delivery))
        tx.connection.execute(delete(outbox).where(outbox.c.subject == f"sst/{DAY}"))
    yield


@contextmanager
def an_event_is_not_sent(house: House, sandbox: Sandbox) -> Iterator[None]:
    with house.ledger.begin() as tx:
        mine = update(outbox).where(outbox.c.subject == f"sst/{DAY}")
        tx.connection.execute(mine.values(sent_at=None))
    yield


@contextmanager
def an_entry_vanishes(house: House, sandbox: Sandbox) -> Iterator[None]:
    _entry(house).unlink()
    yield


@contextmanager
def an_entry_is_an_older_one(house: House, sandbox: Sandbox) -> Iterator[None]:
    document = json.loads(_entry(house).read_text())
    document["properties"]["version"] = "an older one"
    _entry(house).write_text(json.dumps(document))
    yield


@contextmanager
def an_entry_is_not_linked(house: House, sandbox: Sandbox) -> Iterator[None]:
    file = house.settings.catalog_root / "sst" / "collection.json"
    document = json.loads(file.read_text())
    document["links"] = [link for link in document["links"] if link["rel"] != "item"]
    file.write_text(json.dumps(document))
    yield


@contextmanager
def the_provider_is_away(house: House, sandbox: Sandbox) -> Iterator[None]:
    with sandbox.fault("unavailable", provider="stac"):
        yield


CASES = (
    Case(Kind.MISSING, a_product_appears),
    Case(Kind.MISSING, a_product_is_discovered_and_left),
    Case(Kind.STALE, a_product_is_revised),
    Case(Kind.TORN, a_granule_vanishes),
    Case(Kind.TORN, a_granule_is_cut),
    Case(Kind.TORN, a_byte_of_a_granule_flips),
    Case(Kind.TORN, a_chunk_of_a_cube_vanishes),
    Case(Kind.TORN, a_byte_of_a_cube_flips),
    Case(Kind.ORPHANED, bytes_that_nobody_knows),
    Case(Kind.ORPHANED, a_cube_that_nobody_knows),
    Case(Kind.ORPHANED, an_entry_that_nobody_published),
    Case(Kind.UNPUBLISHED, an_item_is_judged_and_left),
    Case(Kind.UNPUBLISHED, an_offer_lands_and_is_left),
    Case(Kind.UNSIGNALLED, an_event_is_lost),
    Case(Kind.UNSIGNALLED, an_event_is_not_sent),
    Case(Kind.UNLISTED, an_entry_vanishes),
    Case(Kind.UNLISTED, an_entry_is_an_older_one),
    Case(Kind.UNLISTED, an_entry_is_not_linked),
    Case(Kind.UNCOUNTED, the_provider_is_away),
    Case(Kind.EXCUSED, a_product_is_no_data, is_mended=False),
    Case(Kind.WITHDRAWN, a_product_is_retracted, is_mended=False),
)


def _granule(house: House) -> Path:
    return min((house.settings.home / "lake" / "granules").rglob("*.nc"))


def _chunk(house: House) -> Path:
    cube = next((house.settings.home / "lake" / "cubes" / "sst" / DAY).glob("*.zarr"))
    return max((f for f in cube.rglob("*") if f.is_file()), key=lambda f: f.stat().st_size)


def _entry(house: House) -> Path:
    return house.settings.catalog_root / "sst" / DAY / f"{DAY}.json"


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def _lay(file: Path, text: str = "{}") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
