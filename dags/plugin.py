"""Inlet in Airflow's UI: its pages, in the navigation and as a tab of every harvest's DAG.

Every process of Airflow loads plugins: the pages are built by the API server alone, when the
first of them is asked for.
"""

from threading import Lock
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin
from anyio import to_thread

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/inlet"


class Pages:
    """The pages as an ASGI app."""

    def __init__(self) -> None:
        self._built: ASGIApp | None = None
        self._lock = Lock()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request."""
        built = self._built or await to_thread.run_sync(self._build)
        await built(scope, receive, send)

    def _build(self) -> "ASGIApp":
        from dags.pages import build  # noqa: PLC0415 - only where pages are asked for

        with self._lock:
            if self._built is None:
                self._built = build()
            return self._built


class InletPlugin(AirflowPlugin):
    """What Airflow is told of Inlet."""

    name = "inlet"
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
