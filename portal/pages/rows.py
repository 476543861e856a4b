"""The ledger's ids as they stand in addresses: what no row can be called is not there."""

from http import HTTPStatus
from typing import Annotated

from fastapi import HTTPException
from pydantic import AfterValidator

_BEHIND_ALL = 2**31
"""Behind the largest id that a table has; a database fails over what is larger than its column."""


def _possible(row: int) -> int:
    if not 0 < row < _BEHIND_ALL:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is nothing with id {row}")
    return row


Row = Annotated[int, AfterValidator(_possible)]
