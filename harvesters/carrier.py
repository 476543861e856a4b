"""Bytes from a provider to a directory: streamed, bounded, resumed, verified, never trusted.

The names on disk are ours. Every hop of a redirect is checked against the provider's hosts and
addresses (``carriage.routes``, ``carriage.addresses``), and credentials go to the origin that they
were meant for and nowhere else. What came stays in the directory when a transfer breaks off, and
the next one, in this process or another, asks for the rest (``carriage.load``).
"""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import structlog

from harvesters.carriage.addresses import CheckedResolver
from harvesters.carriage.load import Carried, Load, StartAfresh
from harvesters.carriage.pace import Pace
from harvesters.carriage.replies import read_reply
from harvesters.carriage.routes import (
    MAX_REDIRECTS,
    REDIRECTS,
    Hop,
    first_hop,
    next_hop,
    shown,
)
from harvesters.errors import (
    ForbiddenTarget,
    HarvestError,
    ProviderUnreachable,
    SlowTransfer,
    TornTransfer,
    WrongChecksum,
)
from harvesters.gateway import Policy, Remote

log = structlog.get_logger(__name__)

__all__ = ["Carried", "Carrier", "carry"]

PARALLEL_IN_ALL = 16
_BLOCK_BYTES = 1 << 20
_BUFFER_BYTES = 4 << 20
_FRUITLESS_LEGS = 5  # tries in a row, within one landing, that bring next to nothing
_BARREN_LEGS = 2  # that bring nothing at all: what aiohttp holds when a body breaks is lost
_FRUITFUL_BYTES = 8 << 20
_FIRST_PAUSE_SECONDS = 0.2
Block = Sequence[bytes]
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "inlet"}


class Carrier:
    """Carries one provider's bytes under its policy. Use it with ``async with``.

    ``in_all`` bounds what several carriers carry at once, beside each one's own bound; ``place``
    gives the place of one file where others use the provider's account, too.
    """

    def __init__(
        self,
        policy: Policy,
        in_all: asyncio.Semaphore | None = None,
        place: Callable[[], AbstractAsyncContextManager[None]] | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._policy = policy
        alone = asyncio.Semaphore(policy.parallel)
        self._place = place or (lambda: alone)
        self._in_all = in_all or asyncio.Semaphore(PARALLEL_IN_ALL)
        self._chance = chance or random.Random()  # noqa: S311 - jitter, no secret

    async def __aenter__(self) -> Self:
        policy = self._policy
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=policy.parallel,
                resolver=CheckedResolver(policy.allow_private, policy.connect_seconds),
                use_dns_cache=False,
                ssl=_tls(),
            ),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            read_bufsize=_BUFFER_BYTES,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=policy.connect_seconds, sock_read=policy.stall_seconds
            ),
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def carry(self, remotes: Sequence[Remote], into: Path) -> list[Carried]:
        """Bring all remotes into the directory ``into``, in their order.

        What an earlier call left there is gone on with.

        Raises:
            HarvestError: the first remote that did not come; the others are let finish.
        """
        came = await self.outcomes(remotes, into)
        for outcome in came:
            if isinstance(outcome, HarvestError):
                raise outcome
        return [outcome for outcome in came if isinstance(outcome, Carried)]

    async def outcomes(
        self, remotes: Sequence[Remote], into: Path
    ) -> list[Carried | HarvestError]:
        """Bring all remotes into ``into``; return what came of each, in their order."""
        bringing = [self._outcome(remote, into / f"{i:04d}") for i, remote in enumerate(remotes)]
        return await asyncio.gather(*bringing)

    async def _outcome(self, remote: Remote, path: Path) -> Carried | HarvestError:
        try:
            return await self._bring(remote, path)
        except HarvestError as error:
            return error

    async def _bring(self, remote: Remote, path: Path) -> Carried:
        async with self._place(), self._in_all:
            try:
                async with asyncio.timeout(self._policy.total_seconds):
                    return await self._travel(remote, path)
            except TimeoutError as error:
                raise SlowTransfer(
                    f"{shown(remote.url)}: expected all bytes within "
                    f"{self._policy.total_seconds:g} s, came fewer"
                ) from error

    async def _travel(self, remote: Remote, path: Path) -> Carried:
        """Go as many legs as it takes, as long as they bring something."""
        load = Load(remote, path, self._policy.max_bytes)
        if path.exists():
            await asyncio.to_thread(load.go_on)
        fruitless = 0
        while True:
            before = load.size
            try:
                last = await self._leg(remote, load)
                return await asyncio.to_thread(load.finish, last)
            except (StartAfresh, WrongChecksum) as error:
                was_joined = load.size > 0 if isinstance(error, StartAfresh) else load.was_resumed
                await asyncio.to_thread(load.restart)
                if not was_joined or fruitless == _FRUITLESS_LEGS:
                    raise _final(remote, error) from error
                fruitless += 1
            except (TornTransfer, SlowTransfer, ProviderUnreachable) as error:
                await asyncio.to_thread(load.remember)
                fruitless = 0 if load.size - before > _FRUITFUL_BYTES else fruitless + 1
                if fruitless > _patience(error, load.size > before):
                    raise
                log.info("A transfer broke off and goes on", at=load.size, reason=str(error))
            await asyncio.sleep(self._chance.uniform(0, _FIRST_PAUSE_SECONDS * 2**fruitless))

    async def _leg(self, remote: Remote, load: Load) -> Block:
        """Ask once for what is missing, follow the redirects, take what comes; return its end."""
        hop = first_hop(remote, self._policy)
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._ask(hop, load.wanted_headers())
            async with response:
                if response.status not in REDIRECTS:
                    now = datetime.now(UTC)
                    reply = read_reply(response.status, response.headers, remote.url, now)
                    load.begin(reply)
                    return await self._receive(response, remote, load)
                hop = next_hop(hop, response.headers.get("Location"), self._policy)
        raise ForbiddenTarget(
            f"{shown(remote.url)}: expected at most {MAX_REDIRECTS} redirects, came more"
        )

    async def _ask(self, hop: Hop, wanted: dict[str, str]) -> aiohttp.ClientResponse:
        url = shown(str(hop.url))
        headers = {**hop.headers, **wanted}
        asking = self._session.get(hop.url, headers=headers, allow_redirects=False)
        try:
            async with asyncio.timeout(self._policy.first_byte_seconds):
                return await asking
        except TimeoutError as error:  # aiohttp's own timeouts are such, too
            raise SlowTransfer(
                f"{url}: expected a connection within {self._policy.connect_seconds:g} s and an "
                f"answer within {self._policy.first_byte_seconds:g} s, came none"
            ) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ProviderUnreachable(
                f"{url}: expected an answer, came {type(error).__name__}: {error}"
            ) from error

    async def _receive(
        self, response: aiohttp.ClientResponse, remote: Remote, load: Load
    ) -> Block:
        url = shown(remote.url)
        try:
            return await self._pour(response.content, url, load)
        except TimeoutError as error:
            raise SlowTransfer(
                f"{url}: expected bytes at least every {self._policy.stall_seconds:g} s, came none"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise TornTransfer(
                f"{url}: expected a whole body, the connection ended early at {load.size} bytes: "
                f"{error}"
            ) from error

    async def _pour(self, content: aiohttp.StreamReader, url: str, load: Load) -> Block:
        """Hash and write one block in a thread while the next one comes; return the last."""
        pace = Pace(self._policy, asyncio.get_running_loop().time)
        block: list[bytes] = []
        held = 0
        taking: asyncio.Future[None] | None = None
        try:
            async for chunk, _ in content.iter_chunks():
                pace.require(url, len(chunk))
                block.append(chunk)
                held += len(chunk)
                if held >= _BLOCK_BYTES:
                    await _ended(taking)
                    taking = _in_a_thread(load, block)
                    block, held = [], 0
        except (aiohttp.ClientError, OSError, TimeoutError):
            await _ended(taking)
            taking = _in_a_thread(load, block)
            raise
        finally:
            await _ended(taking)
        return block


@cache
def _tls() -> ssl.SSLContext:
    """Return the context that verifies certificates and names; reading it takes 40 ms."""
    return ssl.create_default_context()


async def carry(remotes: Sequence[Remote], into: Path, policy: Policy) -> list[Carried]:
    """Bring all remotes into the directory ``into``, in their order.

    Raises:
        HarvestError: the first remote that did not come; the others are let finish.
    """
    async with Carrier(policy) as carrier:
        return await carrier.carry(remotes, into)


def _in_a_thread(load: Load, block: Block) -> "asyncio.Future[None]":
    return asyncio.get_running_loop().run_in_executor(None, load.take, block)


async def _ended(taking: Awaitable[None] | None) -> None:
    """Wait for a thread even where the task is cancelled: it must not write afterwards."""
    if taking is None:
        return
    future = asyncio.ensure_future(taking)
    await asyncio.wait([future])
    future.result()


def _patience(error: HarvestError, has_come_on: bool) -> int:
    """Return how many legs that bring little are borne before the ledger is to wait."""
    if has_come_on:
        return _FRUITLESS_LEGS
    return _BARREN_LEGS if isinstance(error, TornTransfer) else 0


def _final(remote: Remote, error: Exception) -> HarvestError:
    if isinstance(error, HarvestError):
        return error
    return TornTransfer(
        f"{shown(remote.url)}: expected the rest of the file, came other bytes or none"
    )
