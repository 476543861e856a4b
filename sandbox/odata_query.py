"""The part of OData v4 ``$filter`` and ``$orderby`` that clients of the Data Space send."""

import re
from collections.abc import Callable
from datetime import datetime

from sandbox.holdings.products import Product
from sandbox.stac_query import parse_time

Test = Callable[[Product], bool]

_STAMPS = {
    "ContentDate/Start": "start",
    "ContentDate/End": "end",
    "PublicationDate": "published",
    "ModificationDate": "updated",
}
_COMPARE: dict[str, Callable[[datetime, datetime], bool]] = {
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
}
_TIME = re.compile(
    r"(ContentDate/Start|ContentDate/End|PublicationDate|ModificationDate) (gt|ge|lt|le|eq) (\S+)$"
)
_EQUAL = re.compile(r"(Collection/Name|Name|Id) eq '?([^']*)'?$")
_CONTAINS = re.compile(r"contains\(Name,\s*'([^']*)'\)$")
_ATTRIBUTE = re.compile(r"Attributes/.*att/Name eq '(\w+)' and .*/Value (?:eq|le) '?([^')]*)'?\)$")
_AREA = re.compile(r"OData\.CSC\.Intersects\(area=geography'[^']*'\)$")


class BadFilter(Exception):
    """A filter or order that is not served; the message says which."""


def parse_filter(text: str) -> Test:
    """A test for products. Raises BadFilter, or BadQuery for a time that is none."""
    tests = [_test(clause) for clause in _clauses(text)]
    return lambda product: all(test(product) for test in tests)


def sort_key(text: str) -> tuple[Callable[[Product], datetime], bool]:
    """What to sort by and whether downwards, e.g. ``PublicationDate desc``. Raises BadFilter."""
    name, _, direction = text.strip().partition(" ")
    if name not in _STAMPS or direction not in {"", "asc", "desc"}:
        raise BadFilter(f"expected $orderby of {sorted(_STAMPS)} asc|desc, came {text!r}")
    attribute = _STAMPS[name]
    return lambda product: getattr(product, attribute), direction == "desc"


def _clauses(text: str) -> list[str]:
    """Split at `` and `` outside of parentheses and quotes."""
    clauses, depth, quoted, current = [], 0, False, ""
    for part in re.split(r"(\(|\)|'| and )", text):
        quoted ^= part == "'"
        depth += 0 if quoted else (part == "(") - (part == ")")
        if part == " and " and depth == 0 and not quoted:
            clauses.append(current)
            current = ""
        else:
            current += part
    return [clause.strip() for clause in [*clauses, current] if clause.strip()]


def _test(clause: str) -> Test:
    if clause.startswith("(") and clause.endswith(")"):
        return parse_filter(clause[1:-1])
    if match := _TIME.match(clause):
        attribute, compare = _STAMPS[match[1]], _COMPARE[match[2]]
        limit = parse_time(match[3])
        return lambda product: compare(getattr(product, attribute), limit)
    if match := _EQUAL.match(clause):
        attribute = {"Collection/Name": "collection", "Name": "title", "Id": "id"}[match[1]]
        wanted = match[2]
        return lambda product: getattr(product, attribute) == wanted
    if match := _CONTAINS.match(clause):
        part = match[1]
        return lambda product: part in product.title
    if match := _ATTRIBUTE.match(clause):
        name, value = match[1], match[2]
        return lambda product: product.attributes.get(name) == value
    if _AREA.match(clause):
        return lambda product: True  # all products are global
    raise BadFilter(f"Invalid field or filter: {clause}")
