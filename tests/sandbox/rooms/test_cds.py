import hashlib
import time
from typing import Any

import httpx
import pytest

from sandbox.client import Sandbox

API = "/cds/api/retrieve/v1"
EXECUTION = f"{API}/processes/reanalysis-era5-single-levels/execution"
INPUTS: dict[str, Any] = {
    "variable": ["2m_temperature"],
    "year": ["2024"],
    "month": ["01"],
    "day": ["01"],
    "time": ["00:00"],
    "grid": "10/10",
}


@pytest.fixture
def cds(http: httpx.Client, sandbox: Sandbox) -> httpx.Client:
    http.headers["PRIVATE-TOKEN"] = sandbox.key
    return http


def run(cds: httpx.Client, **change: object) -> tuple[dict[str, Any], list[str]]:
    answer = cds.post(EXECUTION, json={"inputs": INPUTS | change})
    assert answer.status_code == 201
    job, seen = answer.json(), []
    while job["status"] in {"accepted", "running"}:
        seen.append(job["status"])
        time.sleep(0.01)
        job = cds.get(f"{API}/jobs/{job['jobID']}?request=true").raise_for_status().json()
    return job, seen


def test_a_job_is_accepted_runs_succeeds_and_is_read(cds: httpx.Client) -> None:
    job, seen = run(cds)
    value = cds.get(f"{API}/jobs/{job['jobID']}/results").json()["asset"]["value"]
    content = cds.get(value["href"]).content

    assert (seen[0], seen[-1], job["status"]) == ("accepted", "running", "successful")
    assert value["file:size"] == len(content)
    assert value["file:checksum"] == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert value["type"] == "application/x-grib"


def test_the_list_of_jobs_tells_their_requests(cds: httpx.Client) -> None:
    job, _ = run(cds, day="17")
    newest = cds.get(f"{API}/jobs").json()["jobs"][0]

    assert newest["jobID"] == job["jobID"]
    assert newest["metadata"]["request"]["ids"] == INPUTS | {"day": "17"}


def test_a_failed_job_tells_why(cds: httpx.Client) -> None:
    job, _ = run(cds, year="2025")
    results = cds.get(f"{API}/jobs/{job['jobID']}/results")

    assert job["status"] == "failed"
    assert results.status_code == 400
    assert "no data is available within your requested subset" in results.json()["traceback"]


def test_a_dismissed_job_is_gone(cds: httpx.Client) -> None:
    job, _ = run(cds)
    dismissed = cds.delete(f"{API}/jobs/{job['jobID']}").json()

    assert dismissed["status"] == "dismissed"
    assert cds.get(f"{API}/jobs/{job['jobID']}").status_code == 404


def test_without_the_key_nothing_opens(http: httpx.Client) -> None:
    answers = [
        http.post(EXECUTION, json={"inputs": INPUTS}),
        http.get(f"{API}/jobs", headers={"PRIVATE-TOKEN": "stolen"}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json()["title"] == "authentication failed"


def test_a_job_can_be_made_to_fail(cds: httpx.Client, sandbox: Sandbox) -> None:
    with sandbox.fault("job_failed", provider="cds", times=1, message="the disk is full"):
        job, _ = run(cds)

    assert (job["status"], job["message"]) == ("failed", "the disk is full")
