"""A look at what a service shows openly: one small document, from where we may go.

No credentials go along. Hosts, addresses and redirects are checked as for the carrier of bytes.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from yarl import URL

from harvesters import blocks
from harvesters.carriage.addresses import CheckedResolver, require_literal_allowed
from harvesters.carriage.replies import read_reply
from harvesters.carriage.routes import MAX_REDIRECTS, REDIRECTS, first_hop, next_hop, shown
from harvesters.errors import (
    ForbiddenTarget,
    PageInstead,
    ProviderUnreachable,
    SlowTransfer,
    TooLarge,
)
from harvesters.gateway import Policy, Remote

_SECONDS = 30.0
_MOST_BYTES = 16 << 20
_HEADERS = {"Accept": "application/json, */*;q=0.5", "User-Agent": "inlet"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a service answered; ``url`` is where the redirects led."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def policy_for(url: str, allow_private: bool = False) -> Policy:
    """Return a policy that lets us go to the host of ``url`` and nowhere else."""
    host = URL(url).raw_host if blocks.host_and_port(url) else None
    own = frozenset({blocks.host_and_port(url)} - {""})
    usual = blocks.allowed_hosts((host,)) if host else frozenset()
    return Policy(
        hosts=own | usual,
        allow_private=allow_private,
        max_bytes=_MOST_BYTES,
        total_seconds=_SECONDS,
        first_byte_seconds=_SECONDS,
        stall_seconds=_SECONDS,
    )


def look(url: str, policy: Policy) -> Seen:
    """Return what a service answers to a GET of ``url``, whatever its status.

    Raises:
        ForbiddenTarget: the policy does not let us go there, or to where it is redirected.
        ProviderUnreachable, SlowTransfer: it does not answer.
        TooLarge: the answer is no small document.
    """
    return asyncio.run(_within_time(url, policy))


def document(url: str, policy: Policy) -> dict[str, Any]:
    """Return the JSON object that lies at ``url``.

    Raises:
        HarvestError: as ``look``, and what a status other than 200 means.
        PageInstead: something else came than a JSON object.
    """
    seen = look(url, policy)
    read_reply(seen.status, seen.headers, url, datetime.now(UTC))
    try:
        found = json.loads(seen.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        came = seen.headers.get("Content-Type", "no type")
        raise PageInstead(f"{shown(url)}: expected a JSON object, came {came}")
    return found


def require_public(hosts: frozenset[str], policy: Policy) -> None:
    """Pass where every host, each as ``host:port``, leads to where the policy lets us go.

    A name that has no address leads nowhere, and passes.

    Raises:
        ForbiddenTarget: one of them leads to an address that is not allowed.
    """
    asyncio.run(_require_public(hosts, policy))


async def _require_public(hosts: frozenset[str], policy: Policy) -> None:
    resolver = CheckedResolver(policy.allow_private, policy.connect_seconds)
    for place in sorted(hosts):
        host, _, port = place.rpartition(":")
        require_literal_allowed(host, policy.allow_private)
        try:
            await resolver.resolve(host, int(port))
        except (ProviderUnreachable, SlowTransfer):
            continue


async def _within_time(url: str, policy: Policy) -> Seen:
    try:
        async with asyncio.timeout(policy.total_seconds):
            return await _look(url, policy)
    except TimeoutError as error:
        raise SlowTransfer(
            f"{shown(url)}: expected an answer within {policy.total_seconds:g} s, came none"
        ) from error
    except (aiohttp.ClientError, OSError) as error:
        raise ProviderUnreachable(
            f"{shown(url)}: expected an answer, came {type(error).__name__}: {error}"
        ) from error


async def _look(url: str, policy: Policy) -> Seen:
    hop = first_hop(Remote(url, "document"), policy)
    connector = aiohttp.TCPConnector(
        resolver=CheckedResolver(policy.allow_private, policy.connect_seconds)
    )
    async with aiohttp.ClientSession(
        connector=connector, headers=_HEADERS, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        for _ in range(MAX_REDIRECTS + 1):
            async with session.get(hop.url, allow_redirects=False) as response:
                if response.status not in REDIRECTS:
                    body = await _body(response, policy)
                    return Seen(str(hop.url), response.status, response.headers, body)
                hop = next_hop(hop, response.headers.get("Location"), policy)
    raise ForbiddenTarget(f"{shown(url)}: expected at most {MAX_REDIRECTS} redirects, came more")


async def _body(response: aiohttp.ClientResponse, policy: Policy) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > policy.max_bytes:
            raise TooLarge(
                f"{shown(str(response.url))}: expected a document of at most "
                f"{policy.max_bytes >> 20} MiB, came more"
            )
    return bytes(body)
