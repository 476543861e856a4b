"""Which addresses bytes may come from, checked where the connection is made.

A name is looked up once for each connection, and the connection goes to the very addresses that
were checked: a second answer of the name server cannot lead elsewhere. A literal address never
passes the resolver, so ``require_literal_allowed`` checks it before.
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from harvesters.errors import ForbiddenTarget, ProviderUnreachable, SlowTransfer

_NAT64 = b"\x00\x64\xff\x9b" + bytes(8)  # 64:ff9b::/96, RFC 6052: an IPv4 address is inside
# Where clouds hand out their machines' credentials, outside the link-local network.
_METADATA = frozenset({ip_address("fd00:ec2::254"), ip_address("100.100.100.200")})

Address = IPv4Address | IPv6Address


def is_allowed(address: Address, allow_private: bool) -> bool:
    """Return True where a connection may go to ``address``.

    Link-local, multicast and unspecified addresses and the metadata services of clouds are never
    allowed; private ones and loopback only where the provider's settings allow them.
    """
    inner = _inner(address)
    if inner is not None:
        return is_allowed(inner, allow_private)
    if address.is_multicast or address.is_unspecified or address.is_link_local:
        return False
    if address in _METADATA:
        return False
    return address.is_global or (allow_private and address.is_private)


def require_literal_allowed(host: str, allow_private: bool) -> None:
    """Pass a name, and an address that a connection may go to.

    Raises:
        ForbiddenTarget: it is an address that a connection may not go to.
    """
    address = _literal(host)
    if address is not None:
        require_allowed(host, [address], allow_private)


def require_allowed(host: str, addresses: Sequence[Address], allow_private: bool) -> None:
    """Pass a host all of whose addresses a connection may go to.

    Raises:
        ForbiddenTarget: a connection may not go to one of them.
    """
    for address in addresses:
        if is_allowed(address, allow_private):
            continue
        way_out = (
            "set `allow_private: true` if this provider lives in your own network"
            if is_allowed(address, allow_private=True)
            else "no setting allows it: from there machines hand out what is their own"
        )
        leads = str(address) if host == str(address) else f"{host}, which leads to {address}"
        raise ForbiddenTarget(f"expected a public address, came {leads}; {way_out}")


class CheckedResolver(AbstractResolver):
    """Looks names up, and gives addresses only where all of them are allowed."""

    def __init__(self, allow_private: bool, seconds: float) -> None:
        self._allow_private = allow_private
        self._seconds = seconds

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of ``host``.

        Raises:
            ForbiddenTarget: one of them is not allowed.
            ProviderUnreachable: there is none.
            SlowTransfer: no answer came in time.
        """
        found = await self._look_up(host, port, family)
        addresses = [ip_address(literal.partition("%")[0]) for _, _, literal in found]
        require_allowed(host, addresses, self._allow_private)
        return [
            ResolveResult(
                hostname=host,
                host=literal,
                port=port,
                family=of,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for of, proto, literal in found
        ]

    async def close(self) -> None:
        """Hold nothing."""

    async def _look_up(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> list[tuple[int, int, str]]:
        """Return the family, protocol and literal address of each way to a host."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._seconds):
                found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        except TimeoutError as error:
            raise SlowTransfer(
                f"expected an address for {host} within {self._seconds:g} s, came none"
            ) from error
        except (OSError, UnicodeError) as error:
            raise ProviderUnreachable(f"expected an address for {host}, came: {error}") from error
        return [(int(entry[0]), entry[2], str(entry[4][0])) for entry in found]


def _literal(host: str) -> Address | None:
    """Return the address that a host is written as; None for a name.

    The system's resolver takes ``2130706433``, ``0x7f.1`` and ``127.1`` for addresses, too.
    """
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host)) if host.isascii() else None
    except OSError:
        return None


def _inner(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address only wraps."""
    if isinstance(address, IPv4Address):
        return None
    if address.packed[:12] == _NAT64:
        return IPv4Address(address.packed[12:])
    return address.ipv4_mapped or address.sixtofour
