"""Which addresses a webhook may lead to: anybody may subscribe, so none of our own network's."""

import socket
from collections.abc import Set
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx

from hooks.errors import BadTarget, ForbiddenAddress, WebhookFailed

_PORTS = {"http": 80, "https": 443}
_HIGHEST_PORT = 65535
_NAT64 = b"\x00\x64\xff\x9b" + bytes(8)  # 64:ff9b::/96, RFC 6052: an IPv4 address is inside


@dataclass(frozen=True, slots=True)
class Destination:
    """A webhook's URL, and where it leads once its host's name has been looked up."""

    url: httpx.URL
    is_allowed: bool

    @property
    def port(self) -> int:
        """Return the port, that of the scheme where none is written."""
        return self.url.port or _PORTS[self.url.scheme]

    def pinned(self) -> httpx.URL:
        """Return the URL with the address in the place of the host's name.

        The name is looked up once, here, so that a second answer cannot lead elsewhere.

        Raises:
            ForbiddenAddress: any of its addresses is not public, and it is not allowed.
            WebhookFailed: the name cannot be looked up.
        """
        host = self.url.host
        try:
            found = socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise WebhookFailed(f"{host}: expected an address, came {error}") from error
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if not self.is_allowed:
            _refuse_private(host, addresses)
        return self.url.copy_with(host=str(addresses[0]))


def destination(text: str, allowed: Set[str]) -> Destination:
    """Read a webhook's URL; ``allowed`` holds each ``host`` or ``host:port`` of ours to trust.

    Raises:
        BadTarget: it is no URL that a webhook may have.
        ForbiddenAddress: it is an address that is not public, and not allowed.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise BadTarget(f"expected a URL, came {text!r}: {error}") from error
    if url.scheme not in _PORTS or not url.host:
        raise BadTarget(f"expected https://host/…, came {text!r}")
    if url.userinfo:
        raise BadTarget(f"expected no password in the URL of {url.host}; use a secret's name")
    port = url.port or _PORTS[url.scheme]
    if port > _HIGHEST_PORT:
        raise BadTarget(f"expected a port up to {_HIGHEST_PORT}, came {port} in {text!r}")
    is_allowed = bool({url.host, f"{url.host}:{port}"} & allowed)
    if url.scheme == "http" and not is_allowed:
        raise BadTarget(
            f"expected https, came {text!r}; or add {url.host}:{port} to INLET_HOOK_HOSTS"
        )
    literal = _literal(url.host)
    if literal is not None and not is_allowed:
        _refuse_private(url.host, [literal])
    return Destination(url, is_allowed)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _refuse_private(host: str, addresses: list[IPv4Address | IPv6Address]) -> None:
    for address in addresses:
        if not _is_public(address):
            raise ForbiddenAddress(
                f"{host}: expected a public address, came {address}; if it is meant, add the "
                "host to INLET_HOOK_HOSTS"
            )


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address.packed[:12] == _NAT64:
            inner = IPv4Address(address.packed[12:])
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast
