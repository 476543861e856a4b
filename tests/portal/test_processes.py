"""OGC API Processes: who may ask, what is answered, and that the same request is one job."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient

from inlet.demand.serving import serve
from inlet.house import House
from inlet.settings import Settings
from lake.ledger import outbox
from portal.app import create
from sandbox.client import Sandbox

ADA, BOB, EVE = ("ada", "a-word"), ("bob", "b-word"), ("eve", "guess")
SECRETS = {"requester-ada": b"a-word", "requester-bob": b"b-word"}
DAY = {"start": "2024-01-01T00:00:00Z", "end": "2024-01-02T00:00:00Z"}
EXECUTION = "/ogc/processes/harvest/execution"


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> Iterator[House]:
    requesters = {"ada": frozenset({"*"}), "bob": frozenset({"era5"}), "eve": frozenset({"*"})}
    opened = House.open(Settings(home=tmp_path, sandbox_url=sandbox.url, requesters=requesters))
    yield opened
    opened.close()


@pytest.fixture
def client(house: House) -> TestClient:
    return TestClient(create(house, lambda name: SECRETS.get(name, b"another")))


def asked(client: TestClient, who: tuple[str, str] = ADA, **inputs: object) -> Any:
    said = {"collection": "sst", **DAY, **inputs}
    return client.post(EXECUTION, json={"inputs": said}, auth=who)


def test_a_harvest_is_asked_for_run_and_its_results_are_told(
    house: House, client: TestClient
) -> None:
    begun = asked(client)
    place = begun.headers["location"]

    assert begun.status_code == 201
    assert begun.json()["status"] == "accepted"
    assert client.get(f"{place}/results", auth=ADA).status_code == 404

    [served] = serve(house)
    outputs = client.get("/ogc/processes/harvest").json()["outputs"]
    results = client.get(f"{place}/results", auth=ADA).json()

    assert client.get(place, auth=ADA).json()["status"] == "successful"
    assert results == {"items": ["sandbox-sst-20240101"], "left_out": []}
    for name, output in outputs.items():
        jsonschema.validate(results[name], output["schema"])
    assert served.name in place


def test_the_same_request_twice_is_one_job_and_another_occasion_another(
    house: House, client: TestClient
) -> None:
    places = [asked(client).headers["location"] for _ in range(3)]
    other = asked(client, occasion="again").headers["location"]

    assert len({*places}) == 1
    assert other not in places
    assert len(serve(house)) == 2
    assert asked(client).headers["location"] == places[0]
    assert serve(house) == []


@pytest.mark.parametrize(
    ("who", "inputs", "status", "kind"),
    [
        (EVE, {}, 401, "unauthorized"),
        (BOB, {}, 403, "forbidden"),
        (ADA, {"collection": "nothing"}, 400, "unknown-collection"),
        (ADA, {"collection": "era5", "area": [0, 0, 10, 10]}, 400, "area"),
        (ADA, {"variables": ["sst"]}, 400, "variables"),
        (ADA, {"end": "2023-01-01"}, 400, "bad-request"),
        (ADA, {"colour": "blue"}, 400, "bad-request"),
    ],
)
def test_what_cannot_be_honoured_is_refused_with_the_reason(
    house: House,
    client: TestClient,
    who: tuple[str, str],
    inputs: dict[str, Any],
    status: int,
    kind: str,
) -> None:
    answer = asked(client, who, **inputs)

    assert (answer.status_code, answer.json()["title"]) == (status, kind)
    assert answer.json()["detail"]
    assert serve(house) == []


def test_a_job_is_its_requesters_alone(client: TestClient) -> None:
    place = asked(client).headers["location"]

    assert client.get(place, auth=BOB).status_code == 404
    assert client.delete(place, auth=BOB).status_code == 404
    assert client.get("/ogc/jobs", auth=BOB).json()["jobs"] == []
    assert len(client.get("/ogc/jobs", auth=ADA).json()["jobs"]) == 1
    assert client.get("/ogc/jobs").status_code == 401


def test_a_dismissed_job_is_not_run_and_may_be_asked_for_again(
    house: House, client: TestClient
) -> None:
    place = asked(client).headers["location"]

    assert client.delete(place, auth=ADA).json()["status"] == "dismissed"
    assert client.get(f"{place}/results", auth=ADA).status_code == 410
    assert serve(house) == []
    assert asked(client).headers["location"] == f"{place}.2"


def test_everybody_may_read_what_the_process_is(client: TestClient) -> None:
    described = client.get("/ogc/processes/harvest").json()
    jsonschema.Draft202012Validator.check_schema(described["inputs"]["area"]["schema"])

    assert described["inputs"]["collection"]["minOccurs"] == 1
    assert described["inputs"]["ids"]["minOccurs"] == 0
    assert "dismiss" in described["jobControlOptions"]
    assert client.get("/ogc/processes/other").status_code == 404
    assert client.get("/ogc/conformance").json()["conformsTo"]
    assert {link["rel"].rpartition("/")[2] for link in client.get("/ogc").json()["links"]} == {
        "self",
        "conformance",
        "processes",
        "job-list",
    }


def test_every_request_is_answered_by_an_event(house: House, client: TestClient) -> None:
    asked(client)
    asked(client, collection="era5", area=[0, 0, 10, 10])
    serve(house)
    with house.ledger.begin() as tx:
        told = [kept.signal.type for kept in outbox.tail(tx, 50)]

    assert [t for t in told if t.startswith("inlet.request")] == [
        "inlet.request.accepted",
        "inlet.request.rejected",
        "inlet.request.completed",
    ]
