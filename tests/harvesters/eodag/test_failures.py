import inspect

import pytest
import requests
from eodag.utils import exceptions as theirs

from harvesters import errors
from harvesters.eodag.failures import FOREIGN, translate, translated


def response(status: int, **headers: str) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.headers.update(headers)
    return made


def test_every_error_of_eodag_has_a_mapping() -> None:
    classes = {c for _, c in inspect.getmembers(theirs, inspect.isclass)}
    raised = {c for c in classes if issubclass(c, Exception)}

    assert raised | {requests.RequestException} == set(FOREIGN)


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
