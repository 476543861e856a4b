"""What every page works with: the house, the door, Airflow, and how a page is drawn."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, unquote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from inlet.house import House
from portal.pages.airflow import Airflow
from portal.pages.door import SEAL, Door, Visitor
from portal.pages.drawing import drawing

_SAID = "inlet_said"
_LONGEST_SAID = 400
"""In characters: as a cookie it may become ten times as long, and 4 kB are taken."""
NAV = (
    ("", "Board"),
    ("quarantine", "Quarantine"),
    ("events", "Requests and events"),
    ("onboarding", "Onboarding"),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Given to each router; ``house`` returns the house with the portfolio as its files are."""

    house: Callable[[], House]
    door: Door
    airflow: Airflow

    def page(
        self, request: Request, visitor: Visitor, template: str, **values: object
    ) -> Response:
        """Return a page; what was said by the action before it stands on top, once.

        Besides ``values`` a template knows ``base`` (the pages' own root), ``airflow`` (Airflow's
        root), ``visitor``, and ``seal``, which every form carries: see ``forms.html``.
        """
        base = str(request.scope.get("root_path", ""))
        text = drawing.get_template(template).render(
            base=base,
            airflow=base.rpartition("/")[0],
            nav=NAV,
            here=request.url.path.removeprefix(base).strip("/").partition("/")[0],
            visitor=visitor,
            seal_name=SEAL,
            seal=self.door.seal(visitor),
            said=_read(request.cookies.get(_SAID)),
            now=self.house().ledger.clock(),
            **values,
        )
        answer = HTMLResponse(text)
        if _SAID in request.cookies:
            answer.delete_cookie(_SAID, path=base or "/")
        return answer

    def back(
        self, request: Request, path: str, said: str, *, is_trouble: bool = False
    ) -> RedirectResponse:
        """Return to ``path`` below the pages' root, where ``said`` is told once."""
        base = str(request.scope.get("root_path", ""))
        answer = RedirectResponse(f"{base}/{path.lstrip('/')}", int(HTTPStatus.SEE_OTHER))
        told = quote(json.dumps([said[:_LONGEST_SAID], is_trouble]))
        answer.set_cookie(_SAID, told, path=base or "/", httponly=True, samesite="lax", max_age=60)
        return answer


def _read(cookie: str | None) -> tuple[str, bool] | None:
    """Return what was said and whether it is trouble; a cookie that is not ours says nothing."""
    try:
        text, is_trouble = json.loads(unquote(cookie or ""))
    except (ValueError, TypeError):
        return None
    return str(text), bool(is_trouble)
