"""What is asked of a provider: lists of values, in one canonical order, cut to a bounded size.

Providers that take orders write lists as they come, sorted as text, or in the order of a hash; so
a list is put in order here, numbers by value, before anything is asked or digested.
"""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

Query = dict[str, JsonValue]

TIME = "ecmwf:time"
HOURLY = tuple(f"{hour:02}:00" for hour in range(24))

_WHAT = ("ecmwf:variable", "ecmwf:param")
_LEVELS = ("ecmwf:levelist", "ecmwf:pressure_level", "ecmwf:model_level")
_OTHERS = ("ecmwf:number", "ecmwf:step", "ecmwf:leadtime_hour")
_PRODUCT_TYPE = "ecmwf:product_type"  # several of them come at different times and members
_FORMAT = "ecmwf:data_format"
_REGION = ("ecmwf:feature", "geometry")  # the answer is CoverageJSON
_IN_THEIR_OWN_ORDER = ("area", "grid", "feature", "geometry", "shape", "bbox", "points")
_RANGE = frozenset({"to", "by"})
_DAYS = {"day": 1, "month": 31}


def canonical(query: Query) -> Query:
    """Return a query whose lists are in order and name nothing twice; corners of areas stay."""
    return {key: _in_order(key, value) for key, value in query.items()}


def fields_a_day(query: Query) -> int | None:
    """Return how many fields a query asks for of each of its days; None where unknown."""
    named = [query[name] for name in _WHAT if name in query]
    kinds = values(query.get(_PRODUCT_TYPE, "one")) or ()
    is_grib = str(query.get(_FORMAT, "grib")).startswith("grib")
    if len(kinds) != 1 or not named or not is_grib or any(name in query for name in _REGION):
        return None
    if query.get(TIME) is None:
        return None
    count = 1
    for asked in [*named, *(query[name] for name in (TIME, *_LEVELS, *_OTHERS) if name in query)]:
        listed = values(asked)
        if listed is None:
            return None
        count *= len(listed)
    return count


def bounded(
    queries: Mapping[str, Query], split: str | None, max_fields: int | None
) -> dict[str, Query]:
    """Return each part's query; one that asks for too much at once is cut into several parts.

    The cuts follow from the query alone, so that every day has the same parts: ``surface`` becomes
    ``surface-1of3`` and so on.

    Raises:
        ValueError: one parameter at one level is more than ``max_fields`` already.
    """
    found: dict[str, Query] = {}
    for part, query in queries.items():
        cuts = list(_cuts(canonical(query), _DAYS.get(split or "day", 1), max_fields))
        if len(cuts) == 1:
            found[part] = query
            continue
        for number, cut in enumerate(cuts, start=1):
            found[f"{part}-{number}of{len(cuts)}"] = cut
    return found


def values(asked: JsonValue) -> Sequence[str] | None:
    """Return the values that a request lists, written as a list or as MARS does.

    ``165/166`` is two, ``0/to/6/by/3`` three; None for a range that counts by something else.
    """
    if isinstance(asked, list):
        return tuple(dict.fromkeys(str(value) for value in asked))
    words = str(asked).split("/")
    if "to" not in words:
        return tuple(dict.fromkeys(words))
    return _range(words)


def _cuts(query: Query, days: int, max_fields: int | None) -> Iterator[Query]:
    count = fields_a_day({TIME: list(HOURLY), **query})
    what = next((name for name in _WHAT if name in query), None)
    if max_fields is None or count is None or what is None or count * days <= max_fields:
        yield query
        return
    level = next((name for name in _LEVELS if name in query), None)
    whats = values(query[what]) or ()
    levels = (values(query[level]) or ()) if level is not None else ("",)
    one = count * days // (len(whats) * len(levels))
    if one > max_fields:
        raise ValueError(
            f"max_fields: expected at least {one}, the fields of one of {what} at one level; came "
            f"{max_fields}"
        )
    together = max_fields // one
    if level is None or together >= len(levels):
        for some in _groups(whats, max(1, together // len(levels))):
            yield {**query, what: _as(query[what], some)}
        return
    for single in whats:
        for some in _groups(levels, together):
            yield {**query, what: _as(query[what], [single]), level: _as(query[level], some)}


def _groups(listed: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for begin in range(0, len(listed), size):
        yield listed[begin : begin + size]


def _as(before: JsonValue, some: Sequence[str]) -> JsonValue:
    """Return values written as they were before: a list, or joined as MARS does."""
    return list(some) if isinstance(before, list) else "/".join(some)


def _in_order(key: str, value: JsonValue) -> JsonValue:
    if any(word in key.rpartition(":")[2] for word in _IN_THEIR_OWN_ORDER):
        return value
    if isinstance(value, list):
        is_plain = all(isinstance(element, str | int | float) for element in value)
        return sorted(_unique(value), key=_rank) if is_plain else value
    words = value.split("/") if isinstance(value, str) and key.startswith("ecmwf:") else []
    if len(words) < 2 or _RANGE & set(words):  # noqa: PLR2004 - one word is no list
        return value
    return "/".join(sorted(dict.fromkeys(words), key=_rank))


def _unique(listed: Sequence[JsonValue]) -> list[JsonValue]:
    return list({str(element): element for element in listed}.values())


def _rank(element: JsonValue) -> tuple[int, float, str]:
    text = str(element).replace(":", ".", 1)  # a time of day
    is_number = text.replace(".", "", 1).lstrip("-").isdigit()
    return (0, float(text), text) if is_number else (1, 0.0, text)


def _range(words: Sequence[str]) -> Sequence[str] | None:
    first, last, step = words[0], words[2] if len(words) > len(("0", "to")) else "", "1"
    if len(words) == len(("0", "to", "6", "by", "3")):
        step = words[4]
    if not all(word.isdigit() for word in (first, last, step)) or step == "0":
        return None
    return tuple(str(value) for value in range(int(first), int(last) + 1, int(step)))
