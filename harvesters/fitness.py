"""Whether a provider's block can be used here as it stands, told without asking the provider.

``extends: eodag:<provider>`` brings a block that knows nothing of credentials or of the hosts
that bytes come from, and not every family of EODAG is spoken here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from harvesters import blocks
from harvesters.blocks import Block
from harvesters.errors import Misconfigured
from harvesters.provider import Provider
from harvesters.source import Source

_PASSWORD = ("username", "password")
_WANTED: Mapping[str, tuple[str, ...]] = {
    "GenericAuth": _PASSWORD,
    "HttpQueryStringAuth": ("apikey",),
    "KeycloakOIDCPasswordAuth": _PASSWORD,
    "OIDCAuthorizationCodeFlowAuth": _PASSWORD,
    "OIDCTokenExchangeAuth": _PASSWORD,
    "TokenAuth": _PASSWORD,
}
"""What EODAG's plugins ask for; what others want stands in the headers that they fill in."""
_NOT_CREDENTIALS = frozenset({"token", "refresh_token"})
_TAKE_ORDERS = frozenset({"ECMWFSearch", "WekeoECMWFSearch", "MeteoblueSearch"})
_FILLED_IN = re.compile(r"\{(\w+)\}")
_ANY_COLLECTION = "GENERIC_COLLECTION"


@dataclass(frozen=True, slots=True)
class Lack:
    """What a file lacks to be used, and what to write into it."""

    what: str
    remedy: str


def lacks(provider: Provider) -> tuple[Lack, ...]:
    """Return why a provider cannot be used as its file has it; empty where it can."""
    try:
        block = blocks.unresolved(provider)
    except Misconfigured as error:
        return (Lack(str(error), "name one that EODAG ships, or mend the block"),)
    return (*_unspoken(block), *_credentials(provider, block))


def lacks_of_source(source: Source, provider: Provider) -> tuple[Lack, ...]:
    """Return why a collection cannot be had from its provider as its file has it."""
    block = blocks.unresolved(provider)
    return (*_unknown(source, block), *_unsplit(source, block))


def takes_orders(provider: Provider) -> bool:
    """Return whether a provider is asked by orders alone, which a source has to split."""
    return (blocks.unresolved(provider).get("search") or {}).get("type") in _TAKE_ORDERS


def hosts_to_name(provider: Provider) -> tuple[str, ...]:
    """Return the hosts that bytes may come from where a file names none; empty where it does.

    The provider's own links decide whence they come: what they name beside these is refused.
    """
    if provider.hosts is not None or provider.rehost or provider.extends is None:
        return ()
    return tuple(sorted(blocks.hosts(blocks.unresolved(provider))))


def _unspoken(block: Block) -> Iterator[Lack]:
    if "api" in block:
        yield Lack(
            f"{block['api'].get('type')} searches, orders and fetches by a library of its own, "
            "so that nothing can be proven of it",
            "harvest the same data by another provider",
        )
        return
    auth = block.get("download_auth") or block.get("auth") or {}
    if block.get("download", {}).get("type") == "AwsDownload" and (
        auth.get("support_presign_url") is False
    ):
        yield Lack(
            "its bytes lie in a bucket that takes no signed URLs",
            "harvest the same data by a provider that has them at HTTP, as eodag:cop_dataspace",
        )


def _credentials(provider: Provider, block: Block) -> Iterator[Lack]:
    for topic in ("auth", "search_auth", "download_auth"):
        auth = block.get(topic) or {}
        kind = str(auth.get("type"))
        templates = yaml.safe_dump([auth.get("headers"), auth.get("req_data")])
        given = {*provider.credentials, *(auth.get("credentials") or {})}
        wanted = set(_FILLED_IN.findall(templates)) - _NOT_CREDENTIALS
        if not given:  # where some are, they may be others than the usual ones
            wanted |= set(_WANTED.get(kind, ()))
        missing = sorted(wanted - given)
        if missing:
            named = ", ".join(f"{name}: A_VARIABLE" for name in missing)
            yield Lack(
                f"{topic} ({kind}) signs in with {', '.join(missing)}, and nothing is named",
                f"write `credentials: {{{named}}}` with the names of environment variables",
            )


def _unknown(source: Source, block: Block) -> Iterator[Lack]:
    products = block.get("products") or {}
    for part in source.parts:
        collection = source.collection_of(part)
        if collection not in products and _ANY_COLLECTION not in products:
            yield Lack(
                f"{source.provider} knows no collection {collection!r}",
                "use one of `eodag list`, or add it to the provider's `eodag: products:`",
            )


def _unsplit(source: Source, block: Block) -> Iterator[Lack]:
    if (block.get("search") or {}).get("type") in _TAKE_ORDERS and source.split is None:
        yield Lack(f"{source.provider} takes orders", "write `split: day` or `split: month`")
