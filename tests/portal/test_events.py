from http import HTTPStatus

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from catalog import events
from inlet.settings import Settings
from portal.events import router


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.include_router(router(Settings(kafka_items="the.items")))
    return TestClient(app)


def test_the_topics_are_described_as_asyncapi(client: TestClient) -> None:
    told = client.get("/asyncapi.json").json()

    assert told["asyncapi"] == "3.0.0"
    assert told["channels"]["items"]["address"] == "the.items"


@pytest.mark.parametrize("type_", [events.CREATED, events.WITHDRAWN, events.HARVEST_FAILED])
def test_each_type_of_event_has_its_schema(client: TestClient, type_: str) -> None:
    schema = client.get(f"/schemas/events/{type_}").json()

    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["type"] == {"const": type_}


def test_a_type_that_is_none_is_answered_with_those_there_are(client: TestClient) -> None:
    answer = client.get("/schemas/events/inlet.item.vanished")

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert events.CREATED in answer.json()["reason"]
