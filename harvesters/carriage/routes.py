"""Where a request may go: the first hop of a transfer, and each redirect after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yarl import URL

from harvesters.carriage.addresses import require_literal_allowed
from harvesters.errors import ForbiddenTarget
from harvesters.gateway import Policy, Remote

MAX_REDIRECTS = 5
_TO_BE_QUOTED = frozenset(' "<>\\^`{|}')
_NOWHERE = URL()
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Hop:
    """One allowed request; ``headers`` carry credentials for this origin alone."""

    url: URL
    headers: Mapping[str, str] = field(repr=False)


def first_hop(remote: Remote, policy: Policy) -> Hop:
    """Return the request that a remote asks for.

    Raises:
        ForbiddenTarget: the policy does not let us go there.
    """
    url = _parsed(remote.url)
    require_allowed(url, policy)
    return Hop(url, remote.headers)


def next_hop(hop: Hop, location: str | None, policy: Policy) -> Hop:
    """Return the request that a redirect of ``hop`` leads to; credentials stay in their origin.

    Raises:
        ForbiddenTarget: the policy does not let us go there, or it would leave encryption.
    """
    if not location:
        raise ForbiddenTarget(
            f"{shown(str(hop.url))}: expected a redirect that says where to, came no Location"
        )
    url = _parsed(location, hop.url)
    require_allowed(url, policy)
    if hop.url.scheme == "https" and url.scheme != "https":
        raise ForbiddenTarget(
            f"{shown(str(hop.url))}: expected a redirect that stays encrypted, came "
            f"{shown(str(url))}"
        )
    if (url.scheme, place_of(url)) == (hop.url.scheme, place_of(hop.url)):
        return Hop(url, hop.headers)
    return Hop(url.with_user(None), {})


def require_allowed(url: URL, policy: Policy) -> None:
    """Pass where the policy lets us go.

    Raises:
        ForbiddenTarget: another scheme than http(s), another host, or a forbidden address.
    """
    place = place_of(url)
    if url.scheme not in {"http", "https"}:
        raise ForbiddenTarget(
            f"expected an http(s) URL, came {shown(str(url))}; choose one that is served "
            "so by the collection's `assets`"
        )
    if place not in policy.hosts:
        raise ForbiddenTarget(
            f"expected http(s) to one of {', '.join(sorted(policy.hosts))}, came "
            f"{shown(str(url))}; add the host to the provider's `hosts` if it is one of theirs"
        )
    require_literal_allowed(url.raw_host or "", policy.allow_private)


def place_of(url: URL) -> str:
    """Return the ``host:port`` that a URL leads to; ``""`` where it leads to none."""
    return f"{url.raw_host.lower()}:{url.port}" if url.raw_host and url.port else ""


def host_of(remote: Remote) -> str:
    """Return the ``host:port`` that a remote lies at; ``""`` where that cannot be told."""
    try:
        return place_of(URL(remote.url))
    except ValueError:
        return ""


def shown(url: str) -> str:
    """Return a URL without its user and query, where secrets may be."""
    bare = url.partition("?")[0].partition("#")[0]
    scheme, mark, rest = bare.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{mark}{place.rpartition('@')[2]}{slash}{path}" if mark else bare


def _parsed(text: str, base: URL = _NOWHERE) -> URL:
    """Return the URL as it is written: a signature covers each of its characters."""
    try:
        is_plain = text.isascii() and text.isprintable() and not set(text) & _TO_BE_QUOTED
        url = base.join(URL(text, encoded=is_plain)).with_fragment(None)
        place_of(url)  # yarl reads the port only when it is asked for it
    except ValueError as error:
        raise ForbiddenTarget(f"expected an http(s) URL, came {shown(text)!r}: {error}") from error
    return url
