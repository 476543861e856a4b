"""EODAG as its users have it, with provider blocks of ours; of shipped ones only hosts change."""

import time
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from eodag import EODAGSettings, EODataAccessGateway

from sandbox.client import Sandbox

HOSTS = {
    "https://cds.climate.copernicus.eu": "/cds",
    "https://polytope.lumi.apps.dte.destination-earth.eu": "/polytope",
    "https://catalogue.dataspace.copernicus.eu": "",
    "https://api.eumetsat.int": "/eumetsat",
    "https://hda.data.destination-earth.eu": "/hda",
}


def token_auth(sandbox: Sandbox) -> dict[str, Any]:
    return {
        "type": "TokenAuth",
        "matching_url": sandbox.url,
        "auth_uri": f"{sandbox.url}/auth/token",
        "token_type": "json",
        "token_key": "access_token",
        "token_expiration_key": "expires_in",
        "headers": {"Authorization": "Bearer {token}"},
        "retrieve_headers": {"Accept": "application/json"},
        "credentials": {"username": "somebody", "password": sandbox.key},
    }


def shipped(provider: str, sandbox: Sandbox) -> dict[str, Any]:
    text = (files("eodag") / f"resources/providers/{provider}.yml").read_text()
    for host, path in HOSTS.items():
        text = text.replace(host, sandbox.url + path)
    block: dict[str, Any] = yaml.safe_load(text)[provider]
    return block


def gateway_of(blocks: Mapping[str, Any], home: Path) -> EODataAccessGateway:
    (home / "providers").mkdir()
    for name, block in blocks.items():
        (home / "providers" / f"{name}.yml").write_text(yaml.safe_dump({name: block}))
    (home / "user.yml").write_text("{}")
    settings = EODAGSettings(
        cfg_dir=str(home),
        cfg_file=str(home / "user.yml"),
        providers_cfg_dir=str(home / "providers"),
        ext_collections_cfg_uri="",
    )
    return EODataAccessGateway(settings=settings)


def order(gateway: EODataAccessGateway, product: Any) -> str:
    """Order once, poll until it is there, and give the URL of the bytes."""
    auth = product.downloader_auth.authenticate()
    deadline = time.monotonic() + 20
    while product.properties.get("order:status") != "succeeded":
        assert time.monotonic() < deadline
        product.downloader.order(product, auth, wait=0, timeout=0)
    return str(product.properties["eodag:download_link"])
