"""Every request of a search, redirects among them, held against where its provider may lead us.

EODAG opens its own sessions, and these follow redirects wherever they lead, with whatever key is
in a header. So the check stands where ``requests`` sends each hop; it does nothing outside of
``held``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import requests

from harvesters.eodag.files import Require

_REQUIRE: ContextVar[Require | None] = ContextVar("require", default=None)
_send = requests.Session.send


@contextmanager
def held(require: Require) -> Iterator[None]:
    """Have ``require`` pass each URL before anything is sent there, while the ``with`` lasts."""
    before = _REQUIRE.set(require)
    try:
        yield
    finally:
        _REQUIRE.reset(before)


def check(url: str) -> None:
    """Pass a URL to which something else than ``requests`` is going to send.

    Raises:
        ForbiddenTarget: we may not go there.
    """
    if (require := _REQUIRE.get()) is not None:
        require(url)


def _checked(
    session: requests.Session,
    request: requests.PreparedRequest,
    **how: Any,  # noqa: ANN401 - as requests has it
) -> requests.Response:
    check(str(request.url))
    return _send(session, request, **how)


requests.Session.send = _checked  # type: ignore[method-assign,assignment]
