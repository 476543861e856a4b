"""Whether this portal lives, and whether all that it needs answers: really asked, each time."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock

from fastapi import APIRouter
from fastapi.responses import JSONResponse

PATIENCE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """Asks several services at once and takes no answer for a bad one.

    A service that hangs is not asked again before its last question ended, so that probes do not
    pile up on it.
    """

    questions: Mapping[str, Callable[[], None]]
    foreseen: tuple[type[Exception], ...]
    patience_seconds: float = PATIENCE_SECONDS
    _asked: dict[str, Future[str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(16))

    async def ask(self) -> dict[str, str]:
        """Return of each service "answers", or what is wrong with it."""
        said = await asyncio.gather(*(self._one(name) for name in self.questions))
        return dict(zip(self.questions, said, strict=True))

    async def _one(self, name: str) -> str:
        asked = asyncio.wrap_future(self._question(name))
        try:
            return await asyncio.wait_for(asyncio.shield(asked), self.patience_seconds)
        except TimeoutError:
            return f"expected an answer within {self.patience_seconds:g} s, came none"

    def _question(self, name: str) -> Future[str]:
        with self._lock:
            known = self._asked.get(name)
            if known is None or known.done():
                known = self._asked[name] = self._threads.submit(self._answer, name)
            return known

    def _answer(self, name: str) -> str:
        try:
            self.questions[name]()
        except self.foreseen as error:
            return f"{type(error).__name__}: {error}".partition("\n")[0]
        return ANSWERS


ANSWERS = "answers"


def router(readiness: Readiness) -> APIRouter:
    """Return ``/health/live`` and ``/health/ready``: 200, or 503 where something is wrong."""
    routes = APIRouter(prefix="/health", tags=["health"])

    @routes.get("/live")
    async def live() -> dict[str, str]:
        return {"status": "up"}

    @routes.get("/ready")
    async def ready() -> JSONResponse:
        said = await readiness.ask()
        is_ready = all(answer == ANSWERS for answer in said.values())
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        body = {"status": "up" if is_ready else "down", "services": said}
        return JSONResponse(body, status_code=status)

    return routes
