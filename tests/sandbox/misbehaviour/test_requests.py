"""What faults of any request look like to a client."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from sandbox.client import Sandbox
from tests.sandbox.families import Visitor


@pytest.mark.parametrize("form", ["seconds", "date", "none"])
def test_retry_after_is_told_in_seconds_as_a_date_or_not(
    sandbox: Sandbox, stac: Visitor, form: str
) -> None:
    asked_at = datetime.now(UTC)
    with sandbox.fault("http_429_with_retry_after", provider="stac", retry_after=7, form=form):
        answer = stac.http.get("")
    told = answer.headers.get("retry-after")

    assert answer.status_code == 429
    if form == "seconds":
        assert told == "7"
    elif form == "date":
        assert told.endswith(" GMT")
        assert parsedate_to_datetime(told) - asked_at > timedelta(seconds=5)
    else:
        assert told is None


def test_unavailable_has_the_status_that_was_wished(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("unavailable", provider="stac", subject="/search", status=502):
        assert stac.http.get("/search").status_code == 502
        assert stac.http.get("").status_code == 200


def test_a_reset_connection_gives_no_answer(sandbox: Sandbox, stac: Visitor) -> None:
    reset = sandbox.fault("connection_reset", provider="stac", times=1)
    with reset, pytest.raises(httpx.ReadError, match="reset"):
        stac.http.get("")

    assert stac.http.get("").status_code == 200


def test_no_answer_is_silence(sandbox: Sandbox, stac: Visitor) -> None:
    silence = sandbox.fault("no_answer", provider="stac", times=1)
    with silence, pytest.raises(httpx.ReadTimeout):
        stac.http.get("", timeout=0.2)


def test_a_stalled_response_has_headers_only(sandbox: Sandbox, stac: Visitor) -> None:
    with (
        sandbox.fault("stalled_response", provider="stac", times=1),
        stac.http.stream("GET", "", timeout=0.2) as answer,
    ):
        assert answer.status_code == 200
        with pytest.raises(httpx.ReadTimeout):
            answer.read()


def test_a_redirect_loop_leads_to_where_one_was(sandbox: Sandbox, stac: Visitor) -> None:
    with (
        sandbox.fault("redirect_loop", provider="stac"),
        pytest.raises(httpx.TooManyRedirects),
    ):
        stac.http.get("", follow_redirects=True)


def test_a_good_credential_may_be_refused_once(sandbox: Sandbox, cds: Visitor) -> None:
    with sandbox.fault("auth_401_once", provider="cds"):
        answers = [cds.http.get("/api/retrieve/v1/jobs").status_code for _ in range(2)]

    assert answers == [401, 200]


def test_a_token_may_end_midway_and_another_is_good(sandbox: Sandbox) -> None:
    visitor = Visitor(sandbox, "odata")
    href = visitor.href()
    with sandbox.fault("token_expires_midway", provider="odata", after=1):
        answers = [visitor.read(href).status_code for _ in range(3)]
        renewed = Visitor(sandbox, "odata").read(href).status_code

    assert (answers, renewed) == ([200, 401, 401], 200)
