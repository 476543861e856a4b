"""Inlet in Airflow's UI: its pages, in the navigation and as a tab of every harvest's DAG.

And from when on its promises count.

Every process of Airflow loads plugins: the pages are built by the API server alone, when the
first of them is asked for.
"""

from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin
from anyio import to_thread

from dags.promised import RunMade

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/inlet"


class Pages:
    """The pages as an ASGI app."""

    def __init__(self) -> None:
        self._lock = Lock()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request; the first one waits for the house to be opened."""
        app = await to_thread.run_sync(self._app)
        await app(scope, receive, send)

    def _app(self) -> "ASGIApp":
        with self._lock:
            return self._built

    @cached_property
    def _built(self) -> "ASGIApp":
        from dags.pages import build  # noqa: PLC0415 - only where pages are asked for

        return build()


class InletPlugin(AirflowPlugin):
    """What Airflow is told of Inlet."""

    name = "inlet"
    deadline_references: list[Any] = [RunMade]  # noqa: RUF012 - as Airflow declares it
    fastapi_apps: list[Any] = [  # noqa: RUF012 - as Airflow declares it
        {"name": "Inlet", "app": Pages(), "url_prefix": PREFIX}
    ]
    external_views: list[Any] = [  # noqa: RUF012 - as above
        {
            "name": "Inlet",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "url_route": "inlet",
            "nav_top_level": True,
            "icon": f"{PREFIX}/static/icon.svg",
            "icon_dark_mode": f"{PREFIX}/static/icon-dark.svg",
        },
        {
            "name": "Inlet",
            "href": f"{PREFIX}/dags/{{DAG_ID}}",
            "destination": "dag",
            "url_route": "inlet-collection",
        },
    ]
