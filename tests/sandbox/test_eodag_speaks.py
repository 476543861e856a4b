"""EODAG reaches the sandbox by its own plugins; of the shipped blocks only hosts are replaced."""

import hashlib
from pathlib import Path
from typing import Any

import eccodes
import httpx
import pytest
from eodag import EODataAccessGateway

from sandbox.client import Sandbox
from tests.sandbox.eodag_gateway import gateway_of, order, shipped, token_auth


def blocks(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    cds, twin, space = (shipped(p, sandbox) for p in ("cop_cds", "dedt_lumi", "cop_dataspace"))
    cds["auth"] |= {"matching_url": f"{sandbox.url}/cds", "credentials": {"apikey": sandbox.key}}
    twin["auth"] = space["auth"] = token_auth(sandbox)
    twin["search"]["discover_queryables"] |= {"constraints_url": None, "form_url": None}
    stac = {
        "url": sandbox.url,
        "search": {
            "type": "StacSearch",
            "api_endpoint": f"{sandbox.url}/stac/search",
            "asset_key_from_href": False,
            "pagination": {"next_page_token_key": "token", "max_limit": 100},
            "sort": {"sort_param_mapping": {"updated": "properties.updated"}},
        },
        "products": {
            "sst": {"_collection": "sandbox-sst"},
            "GENERIC_COLLECTION": {"_collection": "{collection}"},
        },
        "download": {"type": "HTTPDownload", "extract": False},
    }
    return {"cop_cds": cds, "dedt_lumi": twin, "cop_dataspace": space, "stac": stac}


@pytest.fixture(scope="module")
def gateway(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> EODataAccessGateway:
    return gateway_of(blocks(sandbox), tmp_path_factory.mktemp("eodag"))


def messages(content: bytes, path: Path) -> int:
    path.write_bytes(content)
    with path.open("rb") as source:
        return int(eccodes.codes_count_in_file(source))


def test_cds_takes_an_order_by_the_shipped_block(
    sandbox: Sandbox, gateway: EODataAccessGateway, tmp_path: Path
) -> None:
    placed_before = len(sandbox.orders("cds"))
    found = gateway.search(
        provider="cop_cds",
        collection="ERA5_SL",
        start="2024-01-02T00:00:00Z",
        end="2024-01-02T23:00:00Z",
        raise_errors=True,
        **{
            "ecmwf:variable": ["2m_temperature", "mean_sea_level_pressure"],
            "ecmwf:time": ["00:00", "12:00"],
        },
    )
    content = httpx.get(order(gateway, found[0]), trust_env=False).content

    assert messages(content, tmp_path / "era5.grib") == 4
    assert len(sandbox.orders("cds")) == placed_before + 1


def test_polytope_takes_an_order_by_the_shipped_block(
    sandbox: Sandbox, gateway: EODataAccessGateway, tmp_path: Path
) -> None:
    placed_before = len(sandbox.orders("polytope"))
    found = gateway.search(
        provider="dedt_lumi",
        collection="DT_CLIMATE_G1_SCENARIOMIP_SSP3_7_0_IFS_NEMO_R1",
        start="2024-01-01",
        end="2024-01-02",
        validate=False,
        raise_errors=True,
        **{
            "ecmwf:resolution": "standard",
            "ecmwf:levtype": "sfc",
            "ecmwf:param": "167/151",
            "ecmwf:time": ["0000", "0600"],
        },
    )
    content = httpx.get(order(gateway, found[0]), trust_env=False).content

    assert messages(content, tmp_path / "twin.grib") == 8
    assert len(sandbox.orders("polytope")) == placed_before + 1


def test_the_data_space_is_searched_and_read_by_the_shipped_block(
    gateway: EODataAccessGateway, tmp_path: Path
) -> None:
    found = gateway.search_all(
        provider="cop_dataspace",
        collection="S3_SLSTR_L2WST",
        updated_after="2024-01-03T00:00:00Z",
        updated_before="2024-01-08T00:00:00Z",
        sort_by=[("updated", "ASC")],
        limit=2,
    )
    path = Path(found[0].download(output_dir=str(tmp_path), extract=False))

    assert len(found) == 5
    assert (
        hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        == found[0].properties["file:checksum"]
    )


def test_a_stac_search_is_paged_to_its_end_and_its_asset_is_read(
    gateway: EODataAccessGateway, tmp_path: Path
) -> None:
    found = gateway.search_all(
        provider="stac",
        collection="sst",
        query={"updated": {"gte": "2024-03-01T00:00:00Z", "lt": "2024-03-12T00:00:00Z"}},
        limit=4,
    )
    asset = found[0].assets["data"]
    content = httpx.get(asset["href"], trust_env=False).content

    assert len({p.properties["id"] for p in found}) == len(found) == 11
    assert asset["file:checksum"] == "1220" + hashlib.sha256(content).hexdigest()
