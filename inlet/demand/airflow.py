"""Airflow by its REST API: runs that stand once, and pools that are there."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx

from harvesters.errors import NotHonoured
from inlet.errors import AirflowSilent, AirflowUnready
from inlet.pools import Pool
from inlet.settings import Settings

_PATIENCE_SECONDS = 30.0
_PAUSES_SECONDS = (0.5, 2.0)
_PAGE = 1000
_ENDED = ("success", "failed")
_THERE_ALREADY = HTTPStatus.CONFLICT


@dataclass(slots=True)
class Airflow:
    """Airflow's API, entered by name and password. Use it with ``with``."""

    url: str
    user: str
    password: str
    _client: httpx.Client

    @classmethod
    def at(cls, settings: Settings) -> Self:
        """Return the Airflow that the settings name; nothing is asked of it yet."""
        url = settings.airflow.rstrip("/")
        client = httpx.Client(base_url=url, timeout=_PATIENCE_SECONDS)
        password = settings.airflow_password.get_secret_value()
        return cls(url, settings.airflow_user, password, client)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def require_open(self, dag: str) -> None:
        """Return where runs of a DAG would begin.

        Raises:
            NotHonoured: an operator has paused it.
            AirflowUnready: there is no such DAG yet.
            AirflowSilent: Airflow does not answer.
        """
        answer = self._ask("GET", f"/api/v2/dags/{dag}", (HTTPStatus.NOT_FOUND,))
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise AirflowUnready(f"expected the DAG {dag} in Airflow, it is not there yet")
        if answer.json()["is_paused"]:
            raise NotHonoured("paused", f"{dag} is paused in Airflow; ask its operators")

    def start(self, dag: str, run: str, conf: Mapping[str, Any]) -> None:
        """Make a run stand; one of that name is there already: that is as good.

        Raises:
            AirflowUnready: Airflow would not take it.
            AirflowSilent: Airflow does not answer.
        """
        body = {"dag_run_id": run, "logical_date": None, "conf": dict(conf)}
        self._ask("POST", f"/api/v2/dags/{dag}/dagRuns", (_THERE_ALREADY,), body)

    def ended(self, dag: str, run: str) -> str | None:
        """Return how a run ended; "gone" where there is none, None where it is under way."""
        answer = self._ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}", (HTTPStatus.NOT_FOUND,))
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return "gone"
        state = str(answer.json()["state"])
        return state if state in _ENDED else None

    def stop(self, dag: str, run: str) -> None:
        """End a run and its tasks; one that is not there is no trouble."""
        where = f"/api/v2/dags/{dag}/dagRuns/{run}"
        self._ask("PATCH", where, (HTTPStatus.NOT_FOUND,), {"state": "failed"})

    def provide(self, pools: Iterable[Pool]) -> list[str]:
        """Make the pools that are missing; return their names. Those that are there stay."""
        known = self._pools()
        missing = [pool for pool in pools if pool.name not in known]
        for pool in missing:
            self._ask("POST", "/api/v2/pools", (_THERE_ALREADY,), asdict(pool))
        return [pool.name for pool in missing]

    def _pools(self) -> set[str]:
        """Return the names of all pools; Airflow makes a page as short as it likes."""
        known: list[str] = []
        while True:
            where = f"/api/v2/pools?order_by=id&limit={_PAGE}&offset={len(known)}"
            page = self._ask("GET", where).json()
            known += [pool["name"] for pool in page["pools"]]
            if not page["pools"] or len(known) >= page["total_entries"]:
                return set(known)

    def _ask(
        self,
        method: str,
        path: str,
        fine: tuple[int, ...] = (),
        body: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        try:
            answer = self._sent(method, path, body)
            if answer.status_code == HTTPStatus.UNAUTHORIZED:
                self._sign_in()
                answer = self._sent(method, path, body)
        except httpx.HTTPError as error:
            raise AirflowSilent(f"expected Airflow at {self.url}, came {error!r}") from error
        if not answer.is_success and answer.status_code not in fine:
            silence = AirflowUnready if answer.is_client_error else AirflowSilent
            raise silence(
                f"expected that Airflow takes {method} {path}, came {answer.status_code}: "
                f"{answer.text[:300]}"
            )
        return answer

    def _sent(self, method: str, path: str, body: Mapping[str, Any] | None) -> httpx.Response:
        """Send a request; again where Airflow's database was in the way: all may be said twice."""
        for pause_seconds in _PAUSES_SECONDS:
            answer = self._client.request(method, path, json=body)
            if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return answer
            time.sleep(pause_seconds)
        return self._client.request(method, path, json=body)

    def _sign_in(self) -> None:
        who = {"username": self.user, "password": self.password}
        answer = self._client.post("/auth/token", json=who)
        if not answer.is_success:
            raise AirflowSilent(
                f"expected that Airflow at {self.url} knows {self.user}, came "
                f"{answer.status_code}; set INLET_AIRFLOW_USER and INLET_AIRFLOW_PASSWORD"
            )
        self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
