"""Who may read the pages and who may act on them; a form is taken only from our own pages."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request

SEAL = "seal"
"""The form field that shows that a form came from a page which we gave to this visitor."""
_MAY_NOT = "expected somebody who may trigger DAGs; ask an administrator of Airflow for that role"
_NOT_SEALED = (
    "expected a form that these pages gave you, came another; open the page again and send it "
    "from there"
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is logged in, and whether they may change anything."""

    name: str
    may_act: bool


@dataclass(frozen=True, slots=True)
class Door:
    """Asks those who come in who they are.

    ``read`` is a FastAPI dependency that returns a ``Visitor``, or answers 401 to those who are
    not logged in and 403 to those who may see nothing; ``secret`` is what forms are sealed with.
    """

    read: Callable[..., Any]
    secret: bytes

    def seal(self, visitor: Visitor) -> str:
        """Return what a form of this visitor must bring back."""
        return hmac.new(self.secret, visitor.name.encode(), hashlib.sha256).hexdigest()

    @property
    def sealed(self) -> Callable[..., Any]:
        """Return the dependency of all that changes something: may they act, and is it sealed?"""

        async def enter(
            request: Request, visitor: Annotated[Visitor, Depends(self.read)]
        ) -> Visitor:
            if not visitor.may_act:
                raise HTTPException(HTTPStatus.FORBIDDEN, _MAY_NOT)
            brought = str((await request.form()).get(SEAL, ""))
            if not hmac.compare_digest(brought.encode(), self.seal(visitor).encode()):
                raise HTTPException(HTTPStatus.FORBIDDEN, _NOT_SEALED)
            return visitor

        return enter
