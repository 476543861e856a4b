import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from catalog import events
from catalog.publisher import retract
from catalog.succession import Manner, Retraction
from inlet import publication
from inlet.cli.app import app
from inlet.cli.boundary import Exit, answered
from inlet.house import House
from inlet.settings import Settings
from lake.ledger import assembly, items, outbox, revisions
from lake.ledger.schema import item, offer
from lake.ledger.states import ItemState, OfferState
from tests.catalog.makers import published
from tests.makers import a_granule, an_offer, landed


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.open(Settings(home=tmp_path, ledger="", lake="", kafka=""))


def told(house: House) -> list[str]:
    with house.ledger.begin() as tx:
        return [signal.type for signal in outbox.unsent(tx)]


def withdraw_offers(house: House) -> None:
    with house.ledger.begin() as tx:
        tx.connection.execute(offer.update().values(state=OfferState.WITHDRAWN))


def taken_back(house: House) -> tuple[House, str]:
    """A house whose one item was withdrawn since no provider offers it, and its collection."""
    house, name = with_policy(house, "withdraw")
    published(house.ledger, collection=name)
    withdraw_offers(house)
    publication.heed_withdrawals(house)
    return house, name


def with_policy(house: House, policy: str) -> tuple[House, str]:
    """A house of one collection, which has this policy, and the collection's name."""
    name, plain = min(house.portfolio.collections.items())
    changed = MappingProxyType({name: plain.model_copy(update={"on_withdrawal": policy})})
    return replace(house, portfolio=replace(house.portfolio, collections=changed)), name


def test_an_item_that_no_provider_offers_any_more_is_kept_and_says_so_once(house: House) -> None:
    house, name = with_policy(house, "keep")
    published(house.ledger, collection=name)
    publication.heed_withdrawals(house)
    assert told(house) == [events.CREATED]

    withdraw_offers(house)
    for _ in range(2):
        publication.heed_withdrawals(house)

    with house.ledger.begin() as tx:
        (out,) = items.published(tx)
    assert out.stac["properties"]["deprecated"]
    assert out.reason == "keep: no provider lists it any more (by provider)"
    assert told(house) == [events.CREATED, events.WITHDRAWN]


def list_again(house: House, name: str, content: str = "bytes") -> None:
    """Have a provider list the item again, under the name of then where its bytes are the same."""
    key = "era5-20240101"
    listed = an_offer(f"{name}/{key}/{content}", item_key=key, collection=name)
    with house.ledger.begin() as tx:
        landed(tx, listed, [a_granule(content)])


def test_what_was_kept_and_is_listed_again_is_deprecated_no_more(house: House) -> None:
    house, name = with_policy(house, "keep")
    item = published(house.ledger, collection=name)
    for _ in range(2):
        withdraw_offers(house)
        publication.heed_withdrawals(house)
        list_again(house, name)
        for _ in range(2):
            publication.heed_withdrawals(house)

    with house.ledger.begin() as tx:
        (out,) = items.published(tx)
        last = outbox.unsent(tx)[-1]
    assert (out.stac, out.reason) == (json.loads(item.stac), None)
    assert last.data == json.dumps(out.stac)
    back_and_forth = [events.WITHDRAWN, events.UPDATED]
    assert told(house) == [events.CREATED, *back_and_forth, *back_and_forth]


def test_what_was_kept_stays_deprecated_where_other_bytes_are_listed(house: House) -> None:
    house, name = with_policy(house, "keep")
    published(house.ledger, collection=name)
    withdraw_offers(house)
    publication.heed_withdrawals(house)
    list_again(house, name, "other bytes")
    publication.heed_withdrawals(house)

    with house.ledger.begin() as tx:
        (out,) = items.published(tx)
    assert out.stac["properties"]["deprecated"]


def test_what_a_person_took_back_stays_so_though_it_is_listed(house: House) -> None:
    house, name = with_policy(house, "keep")
    item = published(house.ledger, collection=name)
    recalled = Retraction(Manner.KEEP, "recalled", "Ada")
    retract(house.ledger, house.publisher, name, item.key, recalled)
    withdraw_offers(house)
    list_again(house, name)
    publication.heed_withdrawals(house)

    assert told(house) == [events.CREATED, events.WITHDRAWN]


def test_a_collection_may_withdraw_what_no_provider_offers_any_more(house: House) -> None:
    house, _ = taken_back(house)

    with house.ledger.begin() as tx:
        assert items.published(tx) == []
    assert told(house) == [events.CREATED, events.WITHDRAWN, events.DELETED]


def test_a_revision_that_came_out_meanwhile_is_not_taken_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, name = with_policy(house, "withdraw")
    published(house.ledger, collection=name)
    withdraw_offers(house)
    with house.ledger.begin() as tx:
        gone = revisions.bereft(tx, name)
    newer = published(house.ledger, content="other bytes", collection=name)
    monkeypatch.setattr(revisions, "bereft", lambda *_: gone)
    publication.heed_withdrawals(house)

    with house.ledger.begin() as tx:
        assert [out.revision for out in items.published(tx)] == [newer.revision]


def test_what_a_provider_lists_again_comes_out_again(house: House) -> None:
    house, name = taken_back(house)
    with house.ledger.begin() as tx:
        tx.connection.execute(offer.update().values(state=OfferState.LANDED))
        [row] = assembly.assemble(tx, assembly.waiting(tx, name), ["main"])
        again = items.known(tx, row)

    assert again is not None
    assert (again.state, again.sequence) == (ItemState.ASSEMBLING, 2)


@pytest.mark.parametrize(
    ("command", "state"),
    [
        (("withdraw",), ItemState.WITHDRAWN),
        (("withdraw", "--keep"), ItemState.PUBLISHED),
        (("delete",), ItemState.WITHDRAWN),
    ],
)
def test_an_operator_takes_an_item_back_by_name_and_reason(
    house: House, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], state: ItemState
) -> None:
    published(house.ledger)
    monkeypatch.setenv("INLET_HOME", str(house.settings.home))
    for name in ("INLET_LEDGER", "INLET_LAKE", "INLET_KAFKA"):
        monkeypatch.delenv(name, raising=False)
    said = ("era5/era5-20240101", "--by", "Ada", "--reason", "recalled")
    monkeypatch.setattr("sys.argv", ["inlet", "catalog", *command, *said])
    assert answered(app) == Exit.DONE

    with house.ledger.begin() as tx:
        (row,) = tx.connection.execute(item.select())
    assert row.state == state
    assert row.reason.endswith("recalled (by Ada)")
