"""Does an item meet a filter? CQL2 (OGC 21-065r2), with boxes that know of the antimeridian."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import cql2

from catalog.errors import BadQuery
from catalog.geometry import footprint
from catalog.search import flat_box
from hooks.errors import BadFilter

_TRUTHS = frozenset(
    {"and", "or", "not", "=", "<>", "<", "<=", ">", ">=", "like", "between", "in", "isNull"}
    | {"s_contains", "s_crosses", "s_disjoint", "s_equals", "s_intersects", "s_overlaps"}
    | {"s_touches", "s_within", "t_after", "t_before", "t_contains", "t_disjoint", "t_during"}
    | {"t_equals", "t_finishedBy", "t_finishes", "t_intersects", "t_meets", "t_metBy"}
    | {"t_overlappedBy", "t_overlaps", "t_startedBy", "t_starts"}
    | {"a_containedBy", "a_contains", "a_equals", "a_overlaps"}
)
_VALUES = frozenset({"+", "-", "*", "/", "^", "%", "div", "casei", "accenti"})
_KNOWN = {name.lower() for name in _TRUTHS | _VALUES}


def matches(filter_: str | None, item: str, *, is_whole: bool = True) -> bool:
    """Return True where a STAC item meets a filter; None takes everything.

    A comparison with a property that the item lacks is neither true nor false, and does not
    match; unless ``item`` is not the whole item but what is told of it (that it is gone, say):
    then it does, since who may know the item has to hear of that.

    Raises:
        BadFilter: the filter cannot be used.
    """
    if filter_ is None:
        return True
    answer: object = parse(filter_).reduce(json.loads(item)).to_json()
    return answer is True if is_whole else answer is not False


@lru_cache(maxsize=256)
def parse(text: str) -> cql2.Expr:
    """Read a filter in CQL2 text.

    Raises:
        BadFilter: it is no CQL2, calls a function that nobody knows, or is no condition.
    """
    try:
        tree: object = cql2.parse_text(text).to_json()
    except cql2.ParseError as error:
        raise BadFilter(
            f"expected CQL2 text, came {text!r}: {error}; write it like collection = 'era5'"
        ) from error
    for name in _operations(tree):
        if name.lower() not in _KNOWN:
            raise BadFilter(f"expected operations of CQL2, came {name!r} in {text!r}")
    if tree is not True and tree is not False and _operation(tree) not in _TRUTHS:
        raise BadFilter(f"expected a condition, came {text!r}; compare it with something")
    return cql2.parse_json(json.dumps(_split_boxes(tree)))


def _operation(tree: Any) -> str | None:  # noqa: ANN401 - CQL2 JSON
    return tree.get("op") if isinstance(tree, dict) else None


def _operations(tree: Any) -> Iterator[str]:  # noqa: ANN401 - CQL2 JSON
    if isinstance(tree, dict) and "op" in tree:
        yield tree["op"]
    parts = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    for part in parts:
        yield from _operations(part)


def _split_boxes(tree: Any) -> Any:  # noqa: ANN401 - CQL2 JSON
    """Replace boxes by what they cover: cql2 draws one across 180° the long way round."""
    if isinstance(tree, list):
        return [_split_boxes(part) for part in tree]
    if not isinstance(tree, dict):
        return tree
    if set(tree) == {"bbox"}:
        try:
            return footprint(flat_box(tuple(tree["bbox"])))
        except BadQuery as error:
            raise BadFilter(f"{error}; correct the box of the filter") from error
    return {key: _split_boxes(part) for key, part in tree.items()}
