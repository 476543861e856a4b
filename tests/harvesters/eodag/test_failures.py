import inspect
import socket
from http.client import HTTPException

import pytest
import requests
from eodag.utils import exceptions as theirs

from harvesters import errors
from harvesters.eodag.failures import FOREIGN, translate, translated, was_not_taken


def response(status: int, **headers: str) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.headers.update(headers)
    return made


def test_every_error_of_eodag_has_a_mapping() -> None:
    classes = {c for _, c in inspect.getmembers(theirs, inspect.isclass)}
    raised = {c for c in classes if issubclass(c, Exception)}

    by_way_of = {requests.RequestException, HTTPException, OSError}  # what EODAG asks with
    assert raised | by_way_of == set(FOREIGN)


def test_whatever_requests_raises_is_unreachable() -> None:
    for raised in (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        assert type(translate("p", raised("gone"))) is errors.ProviderUnreachable


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        (400, errors.RequestRefused),
        (401, errors.ProviderRefused),
        (403, errors.ProviderRefused),
        (404, errors.Vanished),
        (429, errors.RateLimited),
        (500, errors.ProviderUnreachable),
    ],
)
def test_a_status_says_more_than_a_class(status: int, ours: type[errors.HarvestError]) -> None:
    error = theirs.DownloadError("could not be ordered")
    error.status_code = status

    assert type(translate("p", error)) is ours


def test_how_long_to_wait_is_found_behind_eodags_own_error() -> None:
    error = theirs.QuotaExceededError("too many requests")
    error.__context__ = requests.HTTPError(response=response(429, **{"Retry-After": "7"}))
    ours = translate("p", error)

    assert isinstance(ours, errors.RateLimited)
    assert ours.retry_after_seconds == 7


def test_the_message_names_the_provider_and_what_was_said() -> None:
    with (
        pytest.raises(errors.Misconfigured, match="p: MisconfiguredError: no credentials"),
        translated("p"),
    ):
        raise theirs.MisconfiguredError("no   credentials")


@pytest.mark.parametrize("status", [307, 400, 401, 403, 404, 422, 429, 503])
def test_a_status_that_refuses_says_that_nothing_was_taken(status: int) -> None:
    error = theirs.DownloadError("could not be ordered")
    error.__context__ = requests.HTTPError(response=response(status))

    assert was_not_taken(raised(error))


@pytest.mark.parametrize("status", [200, 500, 502, 504])
def test_a_failure_behind_the_door_leaves_it_open_whether_it_was_taken(status: int) -> None:
    error = theirs.DownloadError("could not be ordered")
    error.__context__ = requests.HTTPError(response=response(status))

    assert not was_not_taken(raised(error))


@pytest.mark.parametrize(
    ("cause", "is_known"),
    [
        (ConnectionRefusedError(), True),
        (socket.gaierror(), True),
        (ConnectionResetError(), False),
        (TimeoutError(), False),
    ],
)
def test_only_who_was_never_there_has_surely_taken_nothing(cause: OSError, is_known: bool) -> None:
    error = requests.ConnectionError("no answer")
    error.__context__ = cause

    assert was_not_taken(raised(error)) is is_known


def test_a_503_keeps_its_retry_after() -> None:
    error = theirs.DownloadError("later")
    error.__context__ = requests.HTTPError(response=response(503, **{"Retry-After": "7"}))
    ours = translate("p", error)

    assert isinstance(ours, errors.ProviderUnreachable)
    assert ours.retry_after_seconds == 7


def raised(error: Exception) -> errors.HarvestError:
    """Return what ``translated`` makes of an error, with its cause."""
    try:
        with translated("p"):
            raise error
    except errors.HarvestError as ours:
        return ours
