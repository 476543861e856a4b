"""Items and collections held against STAC core 1.1, offline, before anybody sees them.

pystac ships the schemas of the core; those of extensions are held in tests, where all that is
emitted here is validated against them.
"""

from functools import cache
from typing import Any, NoReturn

import jsonschema_rs
import orjson
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match
from pystac.validation.local_validator import get_local_schema_cache
from referencing import Registry, Resource

from catalog.errors import InvalidStac

_NUL = "\\u0000"
_CORE = "https://schemas.stacspec.org/v1.1.0/{kind}-spec/json-schema/{kind}.json"


def check_item(stac: str) -> dict[str, Any]:
    """Pass a STAC item, and return it as plain JSON.

    Raises:
        InvalidStac: it does not keep to the core; the message names the place and the rule.
    """
    if _NUL in stac:
        raise InvalidStac("item: expected text, came the character NUL, which no database keeps")
    try:
        item: dict[str, Any] = orjson.loads(stac)
    except ValueError as error:
        raise InvalidStac(f"item: expected JSON, came {error} in {stac[:80]!r}") from error
    _check("item", item)
    return item


def check_collection(stac: str) -> None:
    """Pass a STAC collection.

    Raises:
        InvalidStac: it does not keep to the core; mend the ``stac:`` block of its YAML.
    """
    _check("collection", orjson.loads(stac))


def _check(kind: str, document: Any) -> None:  # noqa: ANN401 - it may be any JSON: that is the question
    if _quick(kind).is_valid(document):
        return
    error = best_match(_validator(kind).iter_errors(document))
    if error is None:  # the two read `format` differently
        return
    name = document.get("id") if isinstance(document, dict) else None
    raise InvalidStac(
        f"{kind} {name!r}: expected STAC 1.1; at {error.json_path}: {error.message[:500]}. "
        "Nothing was published: mend the `stac:` block of the collection, or report it where the "
        "collection does not speak of that"
    )


@cache
def _validator(kind: str) -> Draft7Validator:
    schemas = get_local_schema_cache()
    registry: Registry[Any] = Registry().with_resources(
        (uri, Resource.from_contents(schema)) for uri, schema in schemas.items()
    )
    return Draft7Validator(schemas[_CORE.format(kind=kind)], registry=registry)


@cache
def _quick(kind: str) -> jsonschema_rs.Draft7Validator:
    """Return what says yes or no a hundred times faster; the other one says why not."""
    schemas = get_local_schema_cache()
    return jsonschema_rs.Draft7Validator(
        schemas[_CORE.format(kind=kind)],
        registry=jsonschema_rs.Registry(list(schemas.items())),
        retriever=_offline,
    )


def _offline(uri: str) -> NoReturn:
    raise LookupError(f"expected a schema of the core, came {uri}; none is fetched")
