import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from harvesters import jobs
from harvesters.jobs import ListedJob

NOON = datetime(2024, 2, 1, 12, tzinfo=UTC)
LINK = (
    "https://cds.example/api/retrieve/v1/processes/era5/execution?"
    '{"inputs": {"variable": ["2t", "10u"], "year": ["2024"], "area": [90, -180, -90, 180]}}'
)


def block(status_link: str) -> dict[str, object]:
    mapping = {"eodag:status_link": status_link}
    return {"download": {"order_on_response": {"metadata_mapping": mapping}}}


def a_job(created: datetime | None = NOON) -> ListedJob:
    return ListedJob("j1", "era5", None, created, "running")


def document(**fields: object) -> str:
    return json.dumps({"jobID": "j1", "processID": "era5", "status": "running", **fields})


def test_the_job_list_of_ogc_processes_is_found_in_the_providers_own_block() -> None:
    link = "https://cds.example/api/retrieve/v1/jobs/{eodag:order_id}?request=true"

    assert jobs.list_url(block(link)) == "https://cds.example/api/retrieve/v1/jobs"


@pytest.mark.parametrize(
    "link",
    [
        "https://polytope.example/api/v1/requests/{eodag:combined_order_id}",
        '$.json.links[?rel=="self"].href',
        "",
    ],
)
def test_a_provider_whose_orders_are_no_such_jobs_has_no_list(link: str) -> None:
    assert jobs.list_url(block(link)) is None
    assert jobs.list_url({}) is None


def test_a_request_is_the_same_however_the_provider_writes_it() -> None:
    ours = jobs.asked(LINK)
    theirs = {"year": "2024", "area": [90, -180, -90, 180], "variable": ["10u", "2t"]}

    assert (ours.process, ours.request) == ("era5", jobs.canonical(theirs))


@pytest.mark.parametrize(
    "other",
    [
        {"year": ["2024"], "area": [90, -180, -90, 180], "variable": ["2t"]},
        {"year": ["2023"], "area": [90, -180, -90, 180], "variable": ["2t", "10u"]},
        {"year": ["2024"], "area": [-90, -180, 90, 180], "variable": ["2t", "10u"]},
        {"year": ["2024"], "variable": ["2t", "10u"]},
    ],
)
def test_another_request_is_another(other: dict[str, object]) -> None:
    assert jobs.asked(LINK).request != jobs.canonical(other)


def test_a_list_is_read_with_the_requests_that_it_shows_and_where_it_goes_on() -> None:
    shown = {"jobID": "a", "processID": "era5", "status": "failed", "created": "2024-02-01T12:00"}
    shown["metadata"] = {"request": {"ids": {"year": "2024"}}}  # type: ignore[assignment]
    bare = {"jobID": "b", "processID": "era5", "status": "accepted"}
    links = [{"rel": "self", "href": "here"}, {"rel": "next", "href": "there"}]
    page = jobs.read_list(json.dumps({"jobs": [shown, bare], "links": links}))

    assert page.next_url == "there"
    assert page.jobs == (
        ListedJob("a", "era5", jobs.canonical({"year": ["2024"]}), NOON, "failed"),
        ListedJob("b", "era5", None, None, "accepted"),
    )


def test_a_jobs_own_document_shows_its_request() -> None:
    read = jobs.read_job(document(metadata={"request": {"ids": {"year": "2024"}}}))

    assert read.request == jobs.canonical({"year": ["2024"]})


@pytest.mark.parametrize("text", ["<html>", "[]", "{}", '"jobs"', "3"])
def test_what_is_no_list_and_no_job_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expect|Expecting"):
        jobs.read_list(text)
    with pytest.raises(ValueError, match=r"expect|Expecting"):
        jobs.read_job(text)


def test_a_job_counts_where_it_was_created_since_by_the_providers_own_clock() -> None:
    slow = format_datetime(NOON - timedelta(hours=1), usegmt=True)  # their clock: an hour behind
    theirs = a_job(NOON - timedelta(hours=1))

    assert jobs.placed_since(theirs, NOON, NOON, slow)
    assert not jobs.placed_since(theirs, NOON, NOON, None)
    assert jobs.placed_since(a_job(None), NOON, NOON, None)
    assert jobs.placed_since(a_job(NOON - timedelta(seconds=1)), NOON, NOON, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"status": "failed", "message": "no data"}', "no data"),
        (
            '{"message": null, "traceback": "The job failed:\\n  MarsNoDataError"}',
            "The job failed: MarsNoDataError",
        ),
        ('{"title": "The job has failed"}', "The job has failed"),
        ('{"detail": {"why": 1}, "title": "t"}', "t"),
        ('{"status": "failed"}', None),
        ('{"type": "Feature", "properties": {"order:message": "no data"}}', "no data"),
        ("<html>", None),
        ("[1]", None),
    ],
)
def test_the_reason_is_the_first_that_the_provider_gives(text: str, reason: str | None) -> None:
    assert jobs.reason(text) == reason
