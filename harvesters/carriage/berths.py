"""How many files one process carries at once for an account that other processes use, too.

The ledger is asked where a file finds no place, and once a beat for all files together: many small
files cost no more asking than one large one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Self

BEAT_SECONDS = 1.0

Share = Callable[[int, int], int]
"""Takes how many files may be under way by now and how many are wanted; returns how many may be
from now on. It blocks."""


class Berths:
    """Lets files pass one by one: ``async with berths.one():``, within ``async with berths:``."""

    def __init__(self, share: Share, beat_seconds: float = BEAT_SECONDS) -> None:
        self._share = share
        self._beat_seconds = beat_seconds
        self._may = 0
        self._under_way = 0
        self._waiting = 0
        self._asked = asyncio.Event()
        self._asking = asyncio.Lock()
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        async with self._asking:  # what a thread asks is not to come after what we say now
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
            if self._may:
                await asyncio.to_thread(self._share, 0, 0)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Wait for the place of one file, and hold it; whatever keeps us from asking is raised."""
        await self._take()
        try:
            yield
        finally:
            await self._give_back()

    async def _take(self) -> None:
        if self._has_place():
            self._under_way += 1
            return
        self._waiting += 1
        self._asked.set()
        coming = asyncio.ensure_future(self._come())
        try:
            await asyncio.wait([coming, self._keeping], return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                self._keeping.result()
        finally:
            coming.cancel()
            self._waiting -= 1

    async def _give_back(self) -> None:
        async with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    def _has_place(self) -> bool:
        return self._under_way < self._may

    async def _come(self) -> None:
        async with self._changed:
            await self._changed.wait_for(self._has_place)
            self._under_way += 1

    async def _keep(self) -> None:
        """Ask for what is wanted, beat by beat; while nothing is, wait for the next file."""
        while True:
            if not self._may and not self._waiting:  # who was given none asks again
                await self._asked.wait()
            async with self._asking:
                self._asked.clear()
                wanted = self._under_way + self._waiting
                if not wanted:
                    self._may = 0
                keeps = max(self._may, self._under_way)
                may = await asyncio.to_thread(self._share, keeps, wanted)
            async with self._changed:
                self._may = may
                self._changed.notify_all()
            await self._pause(has_all=may >= wanted)

    async def _pause(self, has_all: bool) -> None:
        """Wait for a beat; or, where all that was wanted was had, until more is."""
        if not has_all:
            await asyncio.sleep(self._beat_seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._beat_seconds):
                await self._asked.wait()
