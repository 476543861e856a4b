"""What EODAG and requests raise, in our words. A test keeps the table closed."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException

import requests
from eodag.utils import exceptions as theirs

from harvesters import errors
from harvesters.carriage.replies import retry_after_seconds
from harvesters.errors import HarvestError
from lake.clock import wall_clock

# Where no HTTP status says more.
FOREIGN: dict[type[Exception], type[HarvestError]] = {
    theirs.AddressNotFound: errors.Vanished,
    theirs.AuthenticationError: errors.ProviderRefused,
    theirs.DownloadError: errors.ProviderUnreachable,
    theirs.EodagError: errors.ProviderUnreachable,
    theirs.InvalidDataError: errors.ProviderUnreachable,
    theirs.MisconfiguredError: errors.Misconfigured,
    theirs.NoMatchingCollection: errors.Misconfigured,
    theirs.NotAvailableError: errors.Vanished,
    theirs.PluginImplementationError: errors.Misconfigured,
    theirs.PluginNotFoundError: errors.Misconfigured,
    theirs.QuotaExceededError: errors.RateLimited,
    theirs.RequestError: errors.ProviderUnreachable,
    theirs.STACOpenerError: errors.ProviderUnreachable,
    theirs.TimeOutError: errors.ProviderUnreachable,
    theirs.UnsupportedCollection: errors.Misconfigured,
    theirs.UnsupportedDatasetAddressScheme: errors.Misconfigured,
    theirs.UnsupportedProvider: errors.Misconfigured,
    theirs.ValidationError: errors.RequestRefused,
    requests.RequestException: errors.ProviderUnreachable,
    HTTPException: errors.ProviderUnreachable,  # some of its plugins ask by urllib
    OSError: errors.ProviderUnreachable,
}
_BY_STATUS: dict[int, type[HarvestError]] = {
    400: errors.RequestRefused,
    401: errors.ProviderRefused,
    403: errors.ProviderRefused,
    404: errors.Vanished,
    410: errors.Vanished,
    422: errors.RequestRefused,
    429: errors.RateLimited,
}
_REFUSALS = range(300, 500)
_NEVER_LEFT = (ConnectionRefusedError, socket.gaierror, requests.ConnectTimeout)
_LONGEST_MESSAGE = 500
_INNERMOST = re.compile(r"(?<=\] )[A-Z][a-z ]+|timed out")  # of urllib3's nested words


@contextmanager
def translated(provider: str) -> Iterator[None]:
    """Raise what EODAG or requests raises inside as the ``HarvestError`` that it is."""
    try:
        yield
    except (theirs.EodagError, requests.RequestException, HTTPException, OSError) as error:
        raise translate(provider, error) from error


def translate(provider: str, error: Exception) -> HarvestError:
    """Return the ``HarvestError`` for an error of EODAG or requests."""
    response = _response(error)
    ours = _BY_STATUS.get(_status(error) or 0) or _by_class(error)
    message = f"{provider}: {_silence(error) or _said(error)}"
    if issubclass(ours, errors.NotNow):
        return ours(message, _retry_after_seconds(response))
    return ours(message)


def is_failed_order(error: HarvestError) -> bool:
    """Return True where the provider answered, and said that the order failed or is not there."""
    cause = error.__cause__
    is_verdict = isinstance(cause, theirs.DownloadError) and cause.__cause__ is None
    return is_verdict or isinstance(error, errors.RequestRefused | errors.Vanished)


def was_not_taken(error: HarvestError) -> bool:
    """Return True where the provider surely did not take what was sent.

    It said so by a status (503 says that it did not even look), or nobody was there to take it.
    Silence after the request left, a 500 or a 504 tell nothing.
    """
    status = _status(error)
    if status is not None:
        return status in _REFUSALS or status == requests.codes.unavailable
    return any(isinstance(link, _NEVER_LEFT) for link in _chain(error))


def said_by_provider(error: HarvestError) -> str:
    """Return the body of the answer that an error goes back to; ``""`` where there is none."""
    response = _response(error)
    return "" if response is None else response.text


def _by_class(error: Exception) -> type[HarvestError]:
    for known in type(error).__mro__:
        if known in FOREIGN:
            return FOREIGN[known]
    return errors.ProviderUnreachable


def _silence(error: BaseException) -> str | None:
    """Return who did not answer, and why, where nobody answered at all."""
    for link in _chain(error):
        if isinstance(link, requests.ConnectionError | requests.Timeout):
            url = link.request.url if link.request is not None else "its address"
            why = _INNERMOST.findall(str(link))
            return f"expected an answer from {url}, came none ({why[-1] if why else 'no reply'})"
    return None


def _said(error: Exception) -> str:
    parts = [str(part) for part in error.args] or [str(getattr(error, "message", ""))]
    said = " ".join(" ".join(parts).split())
    return f"{type(error).__name__}: {said}"[:_LONGEST_MESSAGE]


def _response(error: BaseException) -> requests.Response | None:
    """Return the answer that an error goes back to: EODAG keeps it only in the chain."""
    found = (getattr(link, "response", None) for link in _chain(error))
    return next((response for response in found if isinstance(response, requests.Response)), None)


def _status(error: BaseException) -> int | None:
    """Return the HTTP status of the answer that an error goes back to."""
    response = _response(error)
    if response is not None:
        return response.status_code
    codes = (getattr(link, "status_code", None) for link in _chain(error))
    return next((code for code in codes if isinstance(code, int)), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


def _retry_after_seconds(response: requests.Response | None) -> float | None:
    if response is None:
        return None
    return retry_after_seconds(response.headers.get("Retry-After", ""), wall_clock())
