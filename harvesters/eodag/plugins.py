"""EODAG by its plugins, where its façade loses data or trusts too much.

The façade forgets the next page behind a short one, asks other providers where one is silent, and
hands one provider's credentials to another whose URL matches. So the search plugin is asked
itself, and an authentication plugin serves the provider that it was configured for.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml
from eodag import EODAGSettings, EODataAccessGateway, EOProduct
from eodag.api.search_result import SearchResult
from eodag.plugins.search import PreparedSearch
from eodag.plugins.search.build_search_result import ECMWFSearch

from harvesters.blocks import Block
from harvesters.source import Query


@dataclass(frozen=True, slots=True)
class Answer:
    """One page as EODAG read it: features as JSON, and how to ask for the next page."""

    features: tuple[dict[str, Any], ...]
    stated: int | None
    token: str | None
    token_key: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """One page to ask for. The first one has no token, and asks for the count too."""

    collection: str
    query: Query
    start: str
    end: str
    limit: int
    token: str | None = None
    token_key: str | None = None


class Plugins:
    """EODAG with just these provider blocks. Building it opens no connection.

    Credentials are in the blocks; they touch the disk only in a directory of this user's alone,
    while EODAG reads it.
    """

    def __init__(self, blocks: Mapping[str, Block]) -> None:
        with tempfile.TemporaryDirectory(prefix="inlet-eodag-") as made:
            self._eodag = EODataAccessGateway(settings=_settings(Path(made), blocks))
        self._manager = self._eodag._plugins_manager  # noqa: SLF001 - no public way to a plugin

    def takes_orders(self, provider: str, collection: str) -> bool:
        """Return True where a search is answered by EODAG alone, with an order to place."""
        return isinstance(self._search_plugin(provider, collection), ECMWFSearch)

    def ask(self, provider: str, question: Question) -> Answer:
        """Ask for one page."""
        plugin = self._search_plugin(provider, question.collection)
        prepared = PreparedSearch(
            limit=question.limit,
            count=question.token is None,
            next_page_token=question.token or self._first_token(plugin),
            next_page_token_key=question.token_key
            or plugin.config.pagination.get("next_page_token_key", "page"),
        )
        prepared.raise_errors = True
        if getattr(plugin.config, "need_auth", False) and not isinstance(plugin, ECMWFSearch):
            prepared.auth = self._authenticated(self._manager.get_auth_plugin(plugin), provider)
        plugin.clear()
        found: SearchResult = plugin.query(
            prepared,
            collection=question.collection,
            start_datetime=question.start,
            end_datetime=question.end,
            **question.query,
        )
        features = tuple(product.as_dict(skip_invalid=False) for product in found)
        token = None if found.next_page_token is None else str(found.next_page_token)
        stated = found.number_matched if question.token is None else None
        return Answer(features, stated, token, found.next_page_token_key)

    def restore(self, feature: dict[str, Any]) -> EOProduct:
        """Return EODAG's product for a feature, with its download plugin."""
        product = EOProduct.from_dict(feature)
        product._register_downloader_from_manager(self._manager)  # noqa: SLF001 - as EODAG does
        return product

    def order(self, product: EOProduct) -> None:
        """Place the product's order if none is placed, and ask after it once."""
        auth = self._authenticated(product.downloader_auth, product.provider)
        product.downloader.order(product, auth, wait=0, timeout=0)

    def signed(self, product: EOProduct, url: str) -> requests.PreparedRequest:
        """Return a GET of ``url`` as EODAG would sign it for this product."""
        plugin, config = product.downloader_auth, product.downloader.config
        params = getattr(config, "dl_url_params", None) or None
        if getattr(config, "no_auth_download", False):
            plugin = None
        auth = self._authenticated(plugin, product.provider)
        return requests.Request("GET", url, params=params, auth=auth).prepare()

    def _search_plugin(self, provider: str, collection: str) -> Any:  # noqa: ANN401 - untyped
        plugin = next(self._manager.get_search_plugins(collection, provider))
        self._eodag._attach_collection_config(plugin, collection)  # noqa: SLF001 - as EODAG does
        return plugin

    def _first_token(self, plugin: Any) -> str | None:  # noqa: ANN401 - EODAG is untyped
        pagination = plugin.config.pagination
        is_numbered = pagination.get("next_page_token_key", "page") == "page"
        return str(pagination.get("start_page", 1)) if is_numbered else None

    def _authenticated(self, plugin: Any, provider: str) -> Any:  # noqa: ANN401 - EODAG is untyped
        if plugin is None or plugin.provider != provider:
            return None
        return plugin.authenticate()


def _settings(directory: Path, blocks: Mapping[str, Block]) -> EODAGSettings:
    providers = directory / "providers"
    providers.mkdir()
    for name, block in blocks.items():
        (providers / f"{name}.yml").write_text(yaml.safe_dump({name: block}))
    user = directory / "eodag.yml"
    user.write_text("{}")
    return EODAGSettings(
        cfg_dir=directory,
        cfg_file=user,
        providers_cfg_dir=providers,
        ext_collections_cfg_uri="",
        strict_collections=False,
    )
