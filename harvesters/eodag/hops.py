"""Every request of a search, redirects among them, held against where its provider may lead us.

EODAG opens its own sessions, and these follow redirects wherever they lead, with whatever key is
in a header. So the check stands where ``requests`` sends each hop; it does nothing outside of
``held``. Where a host's name led is seen where ``urllib3`` has connected and nothing is sent yet;
that is checked within ``connecting`` alone, and not behind a proxy, which looks names up itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address
from socket import socket
from typing import Any

import requests
from urllib3.connection import HTTPConnection

from harvesters.carriage.addresses import require_allowed
from harvesters.eodag.files import Require
from harvesters.errors import ForbiddenTarget

_REQUIRE: ContextVar[Require | None] = ContextVar("require", default=None)
_ALLOW_PRIVATE: ContextVar[bool | None] = ContextVar("allow_private", default=None)
_send = requests.Session.send
_connect = HTTPConnection._new_conn  # noqa: SLF001 - the socket, before TLS and before a request


@contextmanager
def held(require: Require) -> Iterator[None]:
    """Have ``require`` pass each URL before anything is sent there, while the ``with`` lasts."""
    before = _REQUIRE.set(require)
    try:
        yield
    finally:
        _REQUIRE.reset(before)


@contextmanager
def connecting(allow_private: bool) -> Iterator[None]:
    """Have each new connection lead to an address that is allowed, while the ``with`` lasts."""
    before = _ALLOW_PRIVATE.set(allow_private)
    try:
        yield
    finally:
        _ALLOW_PRIVATE.reset(before)


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


def _connected(connection: HTTPConnection) -> socket:
    made: socket = _connect(connection)
    allow_private = _ALLOW_PRIVATE.get()
    if allow_private is None or connection.proxy is not None:
        return made
    try:
        address = ip_address(str(made.getpeername()[0]).partition("%")[0])
        require_allowed(connection.host, [address], allow_private)
    except ForbiddenTarget:
        made.close()
        raise
    return made


requests.Session.send = _checked  # type: ignore[method-assign,assignment]
HTTPConnection._new_conn = _connected  # type: ignore[method-assign,assignment]  # noqa: SLF001
