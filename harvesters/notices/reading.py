"""Reading JSON that others wrote: into a model, or a ``BadNotice`` that names what is wrong."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, Json, TypeAdapter, ValidationError

from harvesters.errors import BadNotice
from lake.nouns import Window

M = TypeVar("M", bound=BaseModel)
_NUL = rb"\u0000"  # PostgreSQL keeps none
_INSTANT = timedelta(seconds=1)
_EARLIEST, _LATEST = datetime(1800, 1, 1, tzinfo=UTC), datetime(2400, 1, 1, tzinfo=UTC)
_OBJECT: TypeAdapter[dict[str, object]] = TypeAdapter(Json[dict[str, object]])


def _of_this_world(moment: datetime) -> datetime:
    """Refuse times so far off that a margin around them would not be a time any more."""
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError(f"expected a time from {_EARLIEST:%Y} to {_LATEST:%Y}, came {moment}")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_of_this_world)]


def json_object(body: bytes) -> dict[str, object]:
    """Return a body that is a JSON object.

    Raises:
        BadNotice: it is something else.
    """
    if _NUL in body:
        raise BadNotice("expected text, came a NUL character in it")
    try:
        return _OBJECT.validate_python(body)
    except ValidationError as error:
        raise _bad("a message", error) from error


def read(model: type[M], document: Mapping[str, object], what: str) -> M:
    """Return a document as ``model``.

    Raises:
        BadNotice: it does not fit; the first misfit is named.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise _bad(what, error) from error


def window_of(start: datetime | None, end: datetime | None) -> Window | None:
    """Return the window that two times of data span; an instant lasts for a second.

    Raises:
        BadNotice: the end is before the start.
    """
    start, end = start or end, end or start
    if start is None or end is None:
        return None
    if end < start:
        raise BadNotice(f"expected start before end, came {start} and {end}")
    return Window(start, end if end > start else start + _INSTANT)


def scalars(document: Mapping[str, object]) -> dict[str, str]:
    """Return the texts and numbers of a document as texts, to be matched."""
    return {
        key: str(value)
        for key, value in document.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def _bad(what: str, error: ValidationError) -> BadNotice:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(step) for step in first["loc"]) or "its body"
    return BadNotice(f"expected {what}; {where}: {first['msg']}")
