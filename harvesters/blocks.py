"""EODAG provider blocks as plain data: moved to other hosts, merged, and read for their hosts."""

import re
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import yaml

from harvesters.errors import Misconfigured
from harvesters.provider import Provider, required

_URL_START = re.compile(r"https?://[^\s/?#'\"{}]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# EODAG reads an explicit null in these as "there is none", so it is kept there.
_NULL_MEANS_NONE = frozenset({"discover_queryables"})

AUTH_TOPICS = ("auth", "search_auth", "download_auth")
_PLUGINS = ("api", "search", "download", *AUTH_TOPICS)

Block = dict[str, Any]


def of_provider(provider: Provider, environment: Mapping[str, str]) -> Block:
    """Return a provider's whole block: shipped, moved, merged, with its credentials' values.

    Raises:
        MissingVariable: an environment variable that it names is not set.
        Misconfigured: EODAG ships no such provider, or its block is only half a one.
    """
    resolved = provider.resolve(environment)
    block = unresolved(resolved)
    values = {key: required(name, environment) for key, name in resolved.credentials.items()}
    for topic in AUTH_TOPICS:
        if values and topic in block:
            block[topic] = merged(block[topic], {"credentials": values})
    return block


def unresolved(provider: Provider) -> Block:
    """Return a provider's whole block with its variables still named: for whoever checks it.

    Raises:
        Misconfigured: EODAG ships no such provider, or its block is only half a one.
    """
    block = merged(_shipped(provider), provider.eodag)
    _require_whole(provider.id, block)
    return block


def auth_matching_url(block: Block) -> str | None:
    """Return the regex of the URLs that a provider's download credentials are meant for."""
    auth = block.get("download_auth") or block.get("auth") or {}
    matching = auth.get("matching_url")
    return None if matching is None else str(matching)


def rehosted(text: str, moves: Mapping[str, str]) -> str:
    """Return ``text`` with each base URL replaced by another; the longest match wins."""
    for old in sorted(moves, key=len, reverse=True):
        text = re.sub(rf"{re.escape(old.rstrip('/'))}(?![\w.:-])", moves[old].rstrip("/"), text)
    return text


def merged(base: Mapping[str, Any], over: Mapping[str, Any], keep_null: bool = False) -> Block:
    """Return ``base`` with ``over`` laid on it, deeply; null removes a key."""
    result = dict(base)
    for key, value in over.items():
        if value is None and not keep_null:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value, keep_null or key in _NULL_MEANS_NONE)
        else:
            result[key] = value
    return result


def hosts(block: object) -> frozenset[str]:
    """Return the hosts of every URL in a block, each as ``host:port``."""
    return frozenset(
        host_and_port(url) for text in _strings(block) for url in _URL_START.findall(text)
    )


def service_hosts(block: Block) -> frozenset[str]:
    """Return the hosts that a provider's own service answers on: its API, orders, downloads."""
    search = block.get("search", {})
    named = [search.get("api_endpoint"), search.get("metadata_mapping"), block.get("download")]
    return hosts(named)


def asked_hosts(block: Block) -> frozenset[str]:
    """Return the hosts that are asked before any bytes are: for searches, tokens and orders."""
    return frozenset(map(host_and_port, asked_urls(block)))


def asked_urls(block: Block) -> tuple[str, ...]:
    """Return how the URLs of searches, orders and tokens begin: scheme, host and port.

    A collection may be one: a static catalogue, and whatever a search is told to ask by name.
    """
    topics = [block.get(topic) for topic in ("search", "download", *AUTH_TOPICS)]
    products = (block.get("products") or {}).values()
    topics += [{"_collection": p.get("_collection")} for p in products if isinstance(p, Mapping)]
    plain = [merged(topic, {"matching_url": None}) for topic in topics if topic]  # it is a regex
    return tuple(url for text in _strings(plain) for url in _URL_START.findall(text))


def host_and_port(url: str) -> str:
    """Return the ``host:port`` that a URL leads to; ``""`` where that cannot be told."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return ""
    return f"{parts.hostname}:{port}" if parts.hostname and port else ""


def allowed_hosts(declared: tuple[str, ...]) -> frozenset[str]:
    """Return declared hosts as ``host:port``; one without a port means those of http and https."""
    allowed = set()
    for host in declared:
        if re.search(r":\d+$", host):
            allowed.add(host.lower())
        else:
            allowed.update(f"{host.lower()}:{port}" for port in _DEFAULT_PORTS.values())
    return frozenset(allowed)


def _shipped(provider: Provider) -> Block:
    if provider.extends is None:
        return {}
    name = provider.extends.removeprefix("eodag:")
    file = resources.files("eodag") / "resources" / "providers" / f"{name}.yml"
    if not file.is_file():
        raise Misconfigured(
            f"{provider.id}: expected a provider that EODAG ships, came {provider.extends!r}; "
            f"`eodag list` names them"
        )
    text = rehosted(file.read_text(), provider.rehost)
    shipped: Block = yaml.load(text, yaml.CSafeLoader)[name]
    return shipped


def _require_whole(provider: str, block: Block) -> None:
    """Pass a block of the form that EODAG takes for granted: one that is not stops it for all."""
    if not {"api", "search"} & set(block):
        raise Misconfigured(f"{provider}: expected `search` in its `eodag` block, came none")
    for topic in _PLUGINS:
        plugin = block.get(topic, {"type": ""})
        if not isinstance(plugin, Mapping) or "type" not in plugin:
            raise Misconfigured(
                f"{provider}: expected `{topic}` with a `type` in its `eodag` block, came "
                f"{str(plugin)[:100]!r}"
            )
    matching = auth_matching_url(block)
    if matching is not None and not _is_regex(matching):
        raise Misconfigured(
            f"{provider}: expected a regular expression as `matching_url` in its `eodag` block, "
            f"came {matching[:100]!r}"
        )
    products = block.get("products", {})
    if not isinstance(products, Mapping) or not all(map(_is_mapping, products.values())):
        raise Misconfigured(
            f"{provider}: expected `products` as a mapping of mappings in its `eodag` block, came "
            f"{str(products)[:100]!r}"
        )


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_regex(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for element in value.values():
            yield from _strings(element)
    elif isinstance(value, list):
        for element in value:
            yield from _strings(element)
