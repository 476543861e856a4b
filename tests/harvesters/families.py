"""Every family of catalogues that the sandbox speaks, each with the same few products."""

from collections.abc import Mapping
from typing import Any

from harvesters.eodag import EodagGateway
from harvesters.provider import Provider
from harvesters.source import Source
from sandbox.client import Sandbox
from tests.harvesters.portfolio import environment, providers
from tests.sandbox.test_eodag_lists import blocks

STAMPED = ("stac", "odata", "opensearch", "postjson", "hda")
"""Those that can be asked for what was published since."""

_BLOCKS = {"eumetsat": "eumetsat_ds", "hda": "dedl"}
_SORTED = {
    "sort_by_tpl": "&order={sort_param}:{sort_order}",
    "sort_param_mapping": {"updated": "modified", "start_datetime": "begin"},
    "sort_order_mapping": {"ascending": "asc", "descending": "desc"},
}


def sources() -> dict[str, Source]:
    """Return a source for each family; all but the last have a product every six hours."""
    ticks = {
        family: Source(provider=family, collection="ticks")
        for family in ("static", "opensearch", "postjson", "eumetsat", "hda")
    }
    return {
        "stac": Source(provider="stac", collection="sandbox-ticks"),
        **ticks,
        "odata": Source(provider="odata", collection="S3_SLSTR_L2WST"),
    }


def gateway_of(sandbox: Sandbox, page_size: int = 20, **settings: Any) -> EodagGateway:
    """Return a gateway to all families, with small pages and no pauses."""
    described = {
        family: Provider(
            id=family,
            title=family,
            eodag=block,
            page_size=page_size,
            allow_private=True,
            **{"stamp": None if family == "static" else "updated", **settings},
        )
        for family, block in _own_blocks(sandbox).items()
    }
    known = environment(sandbox)
    odata = providers()["sandbox_odata"]
    described["odata"] = odata.model_copy(
        update={"id": "odata", "page_size": max(2, page_size // 4), **settings}
    )
    return EodagGateway(described, known, pause=lambda _: None)


def _own_blocks(sandbox: Sandbox) -> Mapping[str, Any]:
    made = blocks(sandbox)
    found = {
        family: made[_BLOCKS.get(family, family)]
        for family in ("static", "opensearch", "postjson", "eumetsat", "hda")
    }
    found["opensearch"]["search"]["sort"] = _SORTED
    stac = providers()["sandbox_stac"].resolve(environment(sandbox)).eodag
    found["stac"] = {**stac, "products": {"sandbox-ticks": {"_collection": "sandbox-ticks"}}}
    return found
