"""Bytes from a provider to a staging directory: streamed, bounded, verified, never trusted.

The names on disk are ours. Every hop of a redirect is checked against the provider's hosts, and
credentials go to the origin that they were meant for and nowhere else. A resume by Range would
begin in ``_Transfer.receive``: the file and its hashes are kept there.
"""

import asyncio
import hashlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from harvesters import sniff
from harvesters.blocks import host_and_port
from harvesters.errors import (
    ForbiddenTarget,
    HarvestError,
    ProviderRefused,
    ProviderUnreachable,
    RateLimited,
    RequestRefused,
    SlowTransfer,
    TooLarge,
    TornTransfer,
    Vanished,
    WrongChecksum,
)
from harvesters.gateway import Policy, Remote
from lake.multihash import SHA2_256

MAX_REDIRECTS = 5
_MD5_HEX_DIGITS = 32
_MD5_MULTIHASH = "d50110"
_CHUNK_BYTES = 1 << 18
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_STATUS_ERRORS: dict[int, type[HarvestError]] = {
    400: RequestRefused,
    401: ProviderRefused,
    403: ProviderRefused,
    404: Vanished,
    410: Vanished,
}


@dataclass(frozen=True, slots=True)
class Carried:
    """A file that came whole; ``digest`` is its sha2-256 multihash in hex."""

    remote: Remote
    path: Path
    size: int
    digest: str


class Carrier:
    """Carries one provider's bytes under its policy. Use it with ``async with``."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._free = asyncio.Semaphore(policy.parallel)
        self._client = httpx.AsyncClient(
            follow_redirects=False,
            timeout=httpx.Timeout(policy.stall_seconds, connect=policy.connect_seconds, pool=None),
            headers={"Accept-Encoding": "identity"},
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def carry(self, remotes: Sequence[Remote], into: Path) -> list[Carried]:
        """Bring all remotes into the directory ``into``, in their order.

        Raises:
            HarvestError: the first remote that did not come; the others are let finish.
        """
        outcomes = await asyncio.gather(
            *(self._bring(remote, into / f"{i:04d}") for i, remote in enumerate(remotes)),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return [outcome for outcome in outcomes if isinstance(outcome, Carried)]

    async def _bring(self, remote: Remote, path: Path) -> Carried:
        async with self._free:
            try:
                async with asyncio.timeout(self._policy.total_seconds):
                    return await self._fetch(remote, path)
            except TimeoutError as error:
                raise SlowTransfer(
                    f"{_shown(remote.url)}: expected all bytes within "
                    f"{self._policy.total_seconds:g} s, came fewer"
                ) from error
            except httpx.TimeoutException as error:
                raise SlowTransfer(
                    f"{_shown(remote.url)}: expected bytes at least every "
                    f"{self._policy.stall_seconds:g} s, came none ({type(error).__name__})"
                ) from error
            except httpx.RemoteProtocolError as error:
                raise TornTransfer(
                    f"{_shown(remote.url)}: expected a whole body, the connection ended early: "
                    f"{error}"
                ) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ProviderUnreachable(
                    f"{_shown(remote.url)}: expected an answer, came {type(error).__name__}: "
                    f"{error}"
                ) from error

    async def _fetch(self, remote: Remote, path: Path) -> Carried:
        async with self._open(remote) as response:
            transfer = _Transfer(remote, path, self._policy.max_bytes)
            return await transfer.receive(response)

    @asynccontextmanager
    async def _open(self, remote: Remote) -> AsyncIterator[httpx.Response]:
        """Follow redirects by hand, each hop checked; give the response that holds the bytes."""
        url, headers = httpx.URL(remote.url), dict(remote.headers)
        for _ in range(MAX_REDIRECTS + 1):
            await require_allowed(str(url), self._policy)
            async with self._client.stream("GET", url, headers=headers) as response:
                if response.status_code not in _REDIRECTS:
                    _require_success(response, remote)
                    yield response
                    return
                target = url.join(response.headers.get("Location", ""))
            if _origin(target) != _origin(url):
                headers = {}
            url = target
        raise ForbiddenTarget(
            f"{_shown(remote.url)}: expected at most {MAX_REDIRECTS} redirects, came more"
        )


async def carry(remotes: Sequence[Remote], into: Path, policy: Policy) -> list[Carried]:
    """Bring all remotes into the directory ``into``, in their order.

    Raises:
        HarvestError: the first remote that did not come; the others are let finish.
    """
    async with Carrier(policy) as carrier:
        return await carrier.carry(remotes, into)


async def require_allowed(url: str, policy: Policy) -> None:
    """Pass where the policy lets us go.

    Raises:
        ForbiddenTarget: another scheme than http(s), another host, or a private address.
        ProviderUnreachable: the host has no address.
    """
    parts = httpx.URL(url)
    place = host_and_port(url)
    if parts.scheme not in {"http", "https"} or place not in policy.hosts:
        raise ForbiddenTarget(
            f"expected http(s) to one of {', '.join(sorted(policy.hosts))}, came {_shown(url)}; "
            "add the host to the provider's `hosts` if it is one of theirs"
        )
    if policy.allow_private:
        return
    for address in await _addresses(parts.host, parts.port):
        if not ipaddress.ip_address(address.partition("%")[0]).is_global:
            raise ForbiddenTarget(
                f"expected a public address, {place} leads to {address}; set `allow_private: "
                "true` if this provider lives in your own network"
            )


async def _addresses(host: str, port: int | None) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ProviderUnreachable(f"expected an address for {host}, came: {error}") from error
    return [str(entry[4][0]) for entry in found]


class _Transfer:
    """One body on its way to one file."""

    def __init__(self, remote: Remote, path: Path, max_bytes: int) -> None:
        self._remote = remote
        self._path = path
        self._max_bytes = max_bytes
        self._size = 0
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)

    async def receive(self, response: httpx.Response) -> Carried:
        """Write and hash the body, then hold it against everything that was promised."""
        encoded = response.headers.get("Content-Encoding", "identity") != "identity"
        body = response.aiter_bytes(_CHUNK_BYTES) if encoded else response.aiter_raw(_CHUNK_BYTES)
        wants_md5 = _is_md5(self._remote.checksum)
        with self._path.open("xb") as out:
            async for chunk in body:
                self._size += len(chunk)
                self._require_room()
                self._sha256.update(chunk)
                if wants_md5:
                    self._md5.update(chunk)
                out.write(chunk)
        length = None if encoded else response.headers.get("Content-Length")
        self._require_size(int(length) if length else None)
        # A whole page of another size than the product's is no torn product.
        sniff.refuse_pages(self._path, self._remote.media_type)
        self._require_size(self._remote.size)
        self._require_checksum()
        digest = SHA2_256 + self._sha256.hexdigest()
        return Carried(self._remote, self._path, self._size, digest)

    def _require_room(self) -> None:
        if self._size > self._max_bytes:
            raise TooLarge(
                f"{_shown(self._remote.url)}: expected at most {self._max_bytes} bytes, came "
                "more; raise the provider's `max_bytes` if that is right"
            )

    def _require_size(self, promised: int | None) -> None:
        if promised not in {None, self._size}:
            raise TornTransfer(
                f"{_shown(self._remote.url)}: expected {promised} bytes, came {self._size}"
            )

    def _require_checksum(self) -> None:
        promised = (self._remote.checksum or "").lower()
        if _is_md5(promised):
            came, promised = self._md5.hexdigest(), promised.removeprefix(_MD5_MULTIHASH)
        elif promised.startswith(SHA2_256):
            came = SHA2_256 + self._sha256.hexdigest()
        else:
            return
        if came != promised:
            raise WrongChecksum(
                f"{_shown(self._remote.url)}: expected checksum {promised}, came {came}; the "
                "provider's data and its metadata do not belong together, discover again"
            )


def _is_md5(checksum: str | None) -> bool:
    bare = (checksum or "").lower().removeprefix(_MD5_MULTIHASH)
    return len(bare) == _MD5_HEX_DIGITS


def _require_success(response: httpx.Response, remote: Remote) -> None:
    status = response.status_code
    if status == httpx.codes.OK:
        return
    said = f"{_shown(remote.url)}: expected 200, came {status} {response.reason_phrase}"
    if status == httpx.codes.TOO_MANY_REQUESTS:
        wait = response.headers.get("Retry-After", "")
        raise RateLimited(said, float(wait) if wait.isdigit() else None)
    raise _STATUS_ERRORS.get(status, ProviderUnreachable)(said)


def _origin(url: httpx.URL) -> tuple[str, str]:
    return url.scheme, host_and_port(str(url))


def _shown(url: str) -> str:
    """Return a URL without its query, where secrets may be."""
    return url.partition("?")[0]
