"""Items handed in by the STAC API: published, signalled, guarded, refused. All is real."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from catalog import events
from lake.ledger.ledger import Ledger
from lake.ledger.schema import item, outbox
from tests.portal.knocking import SECRET

ITEMS = "/collections/sst/items"
_numbers = itertools.count()


@pytest.fixture
def desk(writable: str) -> Iterator[httpx.Client]:
    """A writer who may write to ``sst``."""
    with httpx.Client(
        base_url=writable, auth=("desk", SECRET), trust_env=False, timeout=60
    ) as client:
        yield client


def an_item(**changed: Any) -> dict[str, Any]:
    ring = [[10, 50], [11, 50], [11, 51], [10, 51], [10, 50]]
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "id": f"handed-in-{next(_numbers)}",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "bbox": [10, 50, 11, 51],
        "properties": {"datetime": "2024-05-01T00:00:00Z", "title": "as it came"},
        "assets": {"data": {"href": "https://example.com/data.nc"}},
        "links": [],
    } | changed


def signals(ledger: Ledger, key: str) -> list[str]:
    rows = select(outbox.c.type).where(outbox.c.subject == f"sst/{key}").order_by(outbox.c.id)
    with ledger.begin() as tx:
        return list(tx.connection.execute(rows).scalars())


def test_an_item_over_a_span_is_read_as_it_was_written(desk: httpx.Client) -> None:
    span = {"datetime": None, "start_datetime": "2024-05-01T00:00:00Z"}
    wanted = an_item(properties={**span, "end_datetime": "2024-05-02T00:00:00Z"})
    place = desk.post(ITEMS, json=wanted).headers["location"]
    read = desk.get(place).json()
    found = desk.post("/search", json={"ids": [wanted["id"]]}).json()["features"]

    assert [item["properties"]["datetime"] for item in (read, *found)] == [None, None]
    assert desk.put(place, json=read).status_code == 200


def test_a_datetime_beside_its_own_span_is_refused(desk: httpx.Client) -> None:
    span = {"start_datetime": "2024-05-01T00:00:00Z", "end_datetime": "2024-05-02T00:00:00Z"}
    answer = desk.post(
        ITEMS, json=an_item(properties={**span, "datetime": "2025-01-01T00:00:00Z"})
    )

    assert answer.status_code == 400
    assert "between start and end" in answer.json()["description"]


def test_an_item_handed_in_is_found_and_signalled_once(desk: httpx.Client, ledger: Ledger) -> None:
    wanted = an_item()
    answer = desk.post(ITEMS, json=wanted)

    assert answer.status_code == 201, answer.text
    found = desk.get(answer.headers["location"])
    assert found.headers["etag"] == answer.headers["etag"]
    assert found.json()["properties"]["title"] == "as it came"
    assert found.json()["properties"]["inlet:submitted_by"] == "desk"
    assert signals(ledger, wanted["id"]) == [events.CREATED]


def test_an_item_that_is_there_is_not_added_again(desk: httpx.Client) -> None:
    wanted = an_item()
    answers = [desk.post(ITEMS, json=wanted).status_code for _ in range(2)]

    assert answers == [201, 409]


def test_of_a_feature_collection_all_come_out_or_none(desk: httpx.Client) -> None:
    first, second, broken = an_item(), an_item(), an_item(bbox=[1, 2])
    good = {"type": "FeatureCollection", "features": [first, second]}
    bad = {"type": "FeatureCollection", "features": [third := an_item(), broken]}

    assert desk.post(ITEMS, json=good).status_code == 201
    assert desk.post(ITEMS, json=bad).status_code == 400
    found = [desk.get(f"{ITEMS}/{i['id']}").status_code for i in (first, second, third)]
    assert found == [200, 200, 404]


def test_a_change_replaces_and_keeps_the_older_revision(
    desk: httpx.Client, ledger: Ledger
) -> None:
    wanted = an_item()
    first = desk.post(ITEMS, json=wanted)
    changed = wanted | {"properties": wanted["properties"] | {"title": "changed"}}
    answer = desk.put(
        f"{ITEMS}/{wanted['id']}", json=changed, headers={"if-match": first.headers["etag"]}
    )

    assert answer.status_code == 200, answer.text
    assert desk.get(f"{ITEMS}/{wanted['id']}").json()["properties"]["title"] == "changed"
    older = first.json()["properties"]["version"]
    kept = desk.get(f"{ITEMS}/{wanted['id']}@{older}").json()
    assert kept["properties"]["title"] == "as it came"
    assert signals(ledger, wanted["id"])[:2] == [events.CREATED, events.UPDATED]


def test_what_somebody_else_changed_is_not_overwritten(desk: httpx.Client) -> None:
    wanted = an_item()
    old = desk.post(ITEMS, json=wanted).headers["etag"]
    place = f"{ITEMS}/{wanted['id']}"
    new = desk.put(place, json=wanted).headers["etag"]
    stale = {"if-match": old}

    answers = [
        desk.put(place, json=wanted, headers=stale),
        desk.patch(place, json={"properties": {"title": "mine"}}, headers=stale),
        desk.delete(place, headers=stale),
    ]
    assert [a.status_code for a in answers] == [412, 412, 412]
    assert desk.get(place).headers["etag"] == new


@pytest.mark.parametrize("given", ["*", '"another", {tag}', "W/{tag}"])
def test_what_must_not_be_there_as_it_is_is_not_overwritten(
    desk: httpx.Client, given: str
) -> None:
    wanted = an_item()
    tag = desk.post(ITEMS, json=wanted).headers["etag"]
    place, unless = f"{ITEMS}/{wanted['id']}", {"if-none-match": given.format(tag=tag)}

    answers = [
        desk.put(place, json=wanted, headers=unless),
        desk.patch(place, json={"properties": {"title": "mine"}}, headers=unless),
        desk.delete(place, headers=unless),
    ]
    assert [a.status_code for a in answers] == [412, 412, 412]
    assert desk.get(place).headers["etag"] == tag
    other = {"if-none-match": '"another"', "if-match": tag}
    assert desk.put(place, json=wanted, headers=other).status_code == 200


@pytest.mark.parametrize("name", ["if-match", "if-none-match"])
@pytest.mark.parametrize("given", [",", "", "unquoted", '"a", b'])
def test_a_condition_that_is_none_is_refused(desk: httpx.Client, name: str, given: str) -> None:
    wanted = an_item()
    tag = desk.post(ITEMS, json=wanted).headers["etag"]
    place = f"{ITEMS}/{wanted['id']}"
    answers = [
        desk.put(place, json=wanted, headers={name: given}),
        desk.delete(place, headers={name: given}),
    ]

    assert [a.status_code for a in answers] == [400, 400]
    assert name in answers[0].json()["description"]
    assert desk.get(place).headers["etag"] == tag


def test_of_conditions_in_several_lines_all_count(desk: httpx.Client) -> None:
    wanted = an_item()
    tag = desk.post(ITEMS, json=wanted).headers["etag"]
    lines = [("if-match", '"a, b"'), ("if-match", tag)]

    answer = desk.put(f"{ITEMS}/{wanted['id']}", json=wanted, headers=lines)
    assert answer.status_code == 200, answer.text


def test_of_writers_at_once_one_wins(desk: httpx.Client) -> None:
    wanted = an_item()
    tag = desk.post(ITEMS, json=wanted).headers["etag"]
    place = f"{ITEMS}/{wanted['id']}"

    def change(_: int) -> int:
        return desk.put(place, json=wanted, headers={"if-match": tag}).status_code

    with ThreadPoolExecutor(6) as threads:
        answers = sorted(threads.map(change, range(6)))
    assert answers == [200, 412, 412, 412, 412, 412]


def test_a_patch_merges(desk: httpx.Client) -> None:
    wanted = an_item()
    desk.post(ITEMS, json=wanted)
    place = f"{ITEMS}/{wanted['id']}"
    patched = desk.patch(place, json={"properties": {"title": None, "platform": "ship"}})

    assert patched.status_code == 200, patched.text
    found = desk.get(place).json()["properties"]
    assert "title" not in found
    assert found["platform"] == "ship"
    assert found["datetime"] == "2024-05-01T00:00:00Z"


def test_what_is_deleted_is_gone_signalled_and_remembered(
    desk: httpx.Client, ledger: Ledger
) -> None:
    wanted = an_item()
    place = f"{ITEMS}/{wanted['id']}"
    desk.post(ITEMS, json=wanted)

    assert desk.delete(place).status_code == 204
    assert desk.get(place).status_code == desk.delete(place).status_code == 404
    assert signals(ledger, wanted["id"]) == [events.CREATED, events.DELETED]
    rows = select(item.c.state, item.c.reason).where(item.c.key == wanted["id"])
    with ledger.begin() as tx:
        state, reason = tx.connection.execute(rows).one()
    assert state == "withdrawn"
    assert "desk" in reason

    assert desk.post(ITEMS, json=wanted).status_code == 201
    assert desk.get(place).status_code == 200


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"geometry": {"type": "Polygon", "coordinates": []}}, "an empty one"),
        ({"geometry": None, "bbox": None}, "expected"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[0, 0]]]}}, "expected"),
        ({"bbox": [10, 51, 11, 50]}, "south below north"),
        ({"id": "a/b"}, "expected an id"),
        ({"id": "a@b"}, "expected an id"),
        ({"collection": "era5"}, "expected the collection 'sst'"),
        ({"properties": {}}, "expected"),
        ({"properties": {"datetime": "yesterday"}}, "expected"),
        ({"assets": None}, "expected"),
        ({"type": "Item"}, "expected a Feature"),
    ],
)
def test_what_is_no_item_is_refused_with_a_sentence(
    desk: httpx.Client, changed: dict[str, Any], said: str
) -> None:
    answer = desk.post(ITEMS, json=an_item(**changed))

    assert answer.status_code == 400, answer.text
    assert said in answer.json()["description"]


def test_a_box_with_heights_is_taken(desk: httpx.Client) -> None:
    wanted = an_item(bbox=[10, 50, 0, 11, 51, 3000])

    assert desk.post(ITEMS, json=wanted).status_code == 201
    found = desk.get("/search", params={"bbox": "10,50,0,11,51,9", "ids": wanted["id"]})
    assert [feature["id"] for feature in found.json()["features"]] == [wanted["id"]]


@pytest.mark.parametrize(
    ("auth", "status"),
    [
        (None, 401),
        (("desk", "another"), 401),
        (("nobody", SECRET), 401),
        (("désk", SECRET), 401),
    ],
)
def test_nobody_else_writes(writable: str, auth: tuple[str, str] | None, status: int) -> None:
    with httpx.Client(base_url=writable, auth=auth, trust_env=False, timeout=60) as stranger:
        answers = [
            stranger.post(ITEMS, json=an_item()),
            stranger.put(f"{ITEMS}/x", json=an_item()),
            stranger.patch(f"{ITEMS}/x", json={}),
            stranger.delete(f"{ITEMS}/x"),
        ]

    assert [a.status_code for a in answers] == [status] * 4
    assert all("Basic" in a.headers["www-authenticate"] for a in answers)


def test_a_writer_writes_to_its_own_collections_only(desk: httpx.Client) -> None:
    assert desk.post("/collections/era5/items", json=an_item()).status_code == 403
    assert desk.delete("/collections/era5/items/x").status_code == 403


def test_a_collection_outside_the_portfolio_takes_nothing(writable: str) -> None:
    answer = httpx.post(
        f"{writable}/collections/none/items", json=an_item(), auth=("all", SECRET), trust_env=False
    )

    assert answer.status_code == 404


def test_a_body_beyond_all_measure_is_cut_off(desk: httpx.Client) -> None:
    answer = desk.post(ITEMS, content=b" " * ((16 << 20) + 1))

    assert answer.status_code == 413


def test_a_portal_without_writers_takes_nothing(stac: str) -> None:
    answer = httpx.post(
        f"{stac}{ITEMS}", json=an_item(), auth=("desk", SECRET), trust_env=False, timeout=60
    )
    told = httpx.get(f"{stac}/conformance", trust_env=False).json()["conformsTo"]

    assert answer.status_code == 405
    assert not [name for name in told if "transaction" in name]
