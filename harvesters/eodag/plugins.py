"""EODAG by its plugins, where its façade loses data or trusts too much.

The façade forgets the next page behind a short one, asks other providers where one is silent, and
hands one provider's credentials to another whose URL matches. So the search plugin is asked
itself, and an authentication plugin serves the provider that it was configured for.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests
import yaml
from eodag import EODAGSettings, EODataAccessGateway, EOProduct
from eodag.api.product.metadata_mapping import STAGING_STATUS, format_metadata
from eodag.api.search_result import RawSearchResult, SearchResult
from eodag.plugins.authentication.aws_auth import AwsAuth
from eodag.plugins.search import PreparedSearch
from eodag.plugins.search.build_search_result import ECMWF_PREFIX, ECMWFSearch
from eodag.plugins.search.qssearch import StacSearch, WekeoSearch
from eodag.plugins.search.static_stac_search import StaticStacSearch
from eodag.utils import USER_AGENT
from eodag.utils.exceptions import EodagError, MisconfiguredError, RequestError

from harvesters.blocks import Block
from harvesters.eodag import reading
from harvesters.eodag.asking import Answer, Question
from harvesters.eodag.files import Require, read_json
from harvesters.eodag.hops import held
from harvesters.eodag.wire import Wire
from harvesters.queries import Query

_ASK_SECONDS = 20
_NUMBERS = frozenset({"page", "skip"})
_BUCKET = "s3://"


class Plugins:
    """EODAG with just these provider blocks. Building it opens no connection.

    Credentials are in the blocks; they touch the disk only in a directory of this user's alone,
    while EODAG reads it.
    """

    def __init__(self, blocks: Mapping[str, Block]) -> None:
        self._blocks = dict(blocks)
        with tempfile.TemporaryDirectory(prefix="inlet-eodag-") as made:
            self._eodag = EODataAccessGateway(settings=_settings(Path(made), blocks))
        self._manager = self._eodag._plugins_manager  # noqa: SLF001 - no public way to a plugin

    def takes_orders(self, provider: str, collection: str) -> bool:
        """Return True where a search is answered by EODAG alone, with an order to place."""
        return isinstance(self._search_plugin(provider, collection), ECMWFSearch)

    def is_static(self, provider: str, collection: str) -> bool:
        """Return True where a search is a walk through files, and gives all there is."""
        # not its descendants: Copernicus Marine lists a bucket by the way
        return type(self._search_plugin(provider, collection)) is StaticStacSearch

    def sorts_by(self, provider: str, collection: str) -> frozenset[str]:
        """Return the properties by which searches can be sorted."""
        sort = getattr(self._search_plugin(provider, collection).config, "sort", None) or {}
        return frozenset(sort.get("sort_param_mapping") or {} if "sort_by_tpl" in sort else {})

    def queryables(self, provider: str, collection: str) -> frozenset[str]:
        """Return the names by which EODAG can narrow a search."""
        plugin = self._search_plugin(provider, collection)
        mapping = plugin.get_metadata_mapping(collection)
        return frozenset(name for name, how in mapping.items() if isinstance(how, list))

    def speaks_stac(self, provider: str, collection: str) -> bool:
        """Return True where the body of a search is that of a STAC API."""
        plugin = self._search_plugin(provider, collection)
        return isinstance(plugin, StacSearch) and not isinstance(
            plugin, StaticStacSearch | WekeoSearch
        )

    def ask(self, provider: str, question: Question, require: Require) -> Answer:
        """Ask for one page; ``require`` says where its requests may go."""
        plugin = self._search_plugin(provider, question.collection)
        pagination = getattr(plugin.config, "pagination", None) or {}
        key = pagination.get("next_page_token_key", "page")
        prepared = PreparedSearch(
            limit=question.limit,
            count=question.link is None and question.number is None,
            next_page_token=None if question.number is None else str(question.number),
            next_page_token_key=key,
        )
        prepared.raise_errors = True
        if getattr(plugin.config, "need_auth", False) and not isinstance(plugin, ECMWFSearch):
            prepared.auth = self._authenticated(self._manager.get_auth_plugin(plugin), provider)
        plugin.clear()
        is_plain = reading.reads_plainly(
            plugin, self._blocks.get(provider, {}), question.collection
        )
        wire = Wire(plugin, question.link, question.narrowed, is_plain)
        with held(require), wire.tapped():
            found: SearchResult = plugin.query(prepared, **question.criteria)
        features = tuple(reading.of_product(product) for product in found)
        unreadable = wire.unreadable
        if is_plain:
            features, unreadable = reading.of_items(wire.items, provider, question.collection)
        stated = wire.stated(found.number_matched)
        wire.require_a_page(stated)
        if isinstance(plugin, StacSearch) and not isinstance(plugin, WekeoSearch):
            wire.require_only(self.names(provider, question.collection))
        token = prepared.next_page_token
        return Answer(
            features,
            stated,
            wire.following,
            int(str(token)) if key in _NUMBERS and str(token).isdigit() else None,
            key == "skip",
            tuple(unreadable),
        )

    def constraints_url(self, provider: str, collection: str, query: Query) -> str | None:
        """Return where a provider says which choices of an order go together, if it does."""
        plugin = self._search_plugin(provider, collection)
        if not isinstance(plugin, ECMWFSearch):
            return None
        named = plugin.get_collection_def_params(collection)
        asked = {key.removeprefix(ECMWF_PREFIX): value for key, value in query.items()}
        known = {**named, **asked, "collection": collection}
        ways = {
            **(getattr(plugin.config, "discover_queryables", None) or {}),
            **(named.get("discover_queryables") or {}),
            **plugin._find_dynamic_queryables_config(  # noqa: SLF001 - as EODAG does
                known, getattr(plugin.config, "dynamic_discover_queryables", None) or []
            ),
        }
        pattern = ways.get("constraints_url")
        return format_metadata(str(pattern), **known) if pattern else None

    def root(self, provider: str, collection: str) -> str:
        """Return where a static catalogue begins."""
        plugin = self._search_plugin(provider, collection)
        name = plugin.map_collection(collection) or collection
        return str(plugin.config.api_endpoint).format(_collection=name)

    def names(self, provider: str, collection: str) -> frozenset[str]:
        """Return what a collection is called: by EODAG, and by the provider."""
        plugin = self._search_plugin(provider, collection)
        return frozenset({collection, plugin.map_collection(collection) or collection})

    def file(self, provider: str, collection: str, url: str, require: Require) -> dict[str, Any]:
        """Return a file of a static catalogue."""
        document = self.document(provider, collection, url, require)
        if not isinstance(document, dict):
            raise RequestError(f"{url}: expected a JSON object, came {type(document).__name__}")
        return document

    def document(self, provider: str, collection: str, url: str, require: Require) -> object:
        """Return what lies openly at a URL as JSON; no credentials go along."""
        config = self._search_plugin(provider, collection).config
        seconds = getattr(config, "timeout", _ASK_SECONDS)
        return read_json(url, require, seconds, verifies=getattr(config, "ssl_verify", True))

    def normalised(
        self, provider: str, collection: str, items: Sequence[dict[str, Any]]
    ) -> tuple[tuple[dict[str, Any], ...], tuple[str, ...]]:
        """Return STAC items of a collection as EODAG reads them; of those it cannot read, why."""
        plugin, names = self._search_plugin(provider, collection), self.names(provider, collection)
        own = [item for item in items if item.get("collection") in {None, *names}]
        products, unreadable = reading.one_by_one(
            plugin.normalize_results, RawSearchResult(own), collection=collection
        )
        return tuple(reading.of_product(product) for product in products), tuple(unreadable)

    def forget_token(self, provider: str, collection: str) -> None:
        """Let go of the search's token, which the provider does not accept any more."""
        _forget(self._manager.get_auth_plugin(self._search_plugin(provider, collection)))

    def forget_token_of(self, product: EOProduct) -> None:
        """Let go of the token by which a product is ordered and fetched."""
        _forget(product.downloader_auth)

    def restore(self, feature: dict[str, Any]) -> EOProduct:
        """Return EODAG's product for a feature, with its download plugin."""
        product = EOProduct.from_dict(feature)
        product._register_downloader_from_manager(self._manager)  # noqa: SLF001 - as EODAG does
        return product

    def authorisation(self, product: EOProduct) -> Any:  # noqa: ANN401 - EODAG is untyped
        """Return what signs requests for a product's order; it may ask for a token first."""
        return self._authenticated(product.downloader_auth, product.provider)

    def order(self, product: EOProduct, auth: Any) -> None:  # noqa: ANN401 - EODAG is untyped
        """Place the product's order if none is placed, and ask after it once."""
        product.downloader.order(product, auth, wait=0, timeout=0)

    def get(self, product: EOProduct, url: str) -> requests.Response:
        """Ask the service that takes the product's order for a document, signed as for that."""
        answer = self._asked(product, url)
        answer.raise_for_status()
        return answer

    def said_at(self, product: EOProduct, url: str) -> str:
        """Return what the service says at a URL, whatever its status; ``""`` where nothing."""
        try:
            return self._asked(product, url).text
        except (EodagError, requests.RequestException):
            return ""

    def take_answer(self, product: EOProduct, answer: requests.Response) -> None:
        """Let EODAG read an answer as that to the product's order."""
        product.downloader.order_response_process(answer, product)
        product.properties["order:status"] = STAGING_STATUS

    def signed(self, product: EOProduct, url: str) -> requests.PreparedRequest:
        """Return a GET of ``url`` as EODAG would sign it for this product.

        An object in a bucket becomes a GET of its signed URL, which is good for an hour.
        """
        if url.startswith(_BUCKET):
            signed = _signed_object(product.downloader_auth, url)
            return requests.Request("GET", signed).prepare()
        plugin, config = product.downloader_auth, product.downloader.config
        params = getattr(config, "dl_url_params", None) or None
        if getattr(config, "no_auth_download", False):
            plugin = None
        auth = self._authenticated(plugin, product.provider)
        return requests.Request("GET", url, params=params, auth=auth).prepare()

    def _asked(self, product: EOProduct, url: str) -> requests.Response:
        return requests.get(
            url,
            auth=self.authorisation(product),
            timeout=_ASK_SECONDS,
            allow_redirects=False,
            headers=USER_AGENT,
        )

    def _search_plugin(self, provider: str, collection: str) -> Any:  # noqa: ANN401 - untyped
        plugin = next(self._manager.get_search_plugins(collection, provider))
        self._eodag._attach_collection_config(plugin, collection)  # noqa: SLF001 - as EODAG does
        if not hasattr(plugin.config, "retry_total"):  # tried again here, with the status in hand
            plugin.config.retry_total = 0
            plugin.config.retry_status_forcelist = []
        return plugin

    def _authenticated(self, plugin: Any, provider: str) -> Any:  # noqa: ANN401 - EODAG is untyped
        if plugin is None or plugin.provider != provider:
            return None
        return plugin.authenticate()


def _signed_object(auth: Any, url: str) -> str:  # noqa: ANN401 - EODAG is untyped
    """Return the URL of an object; EODAG's own forgets that the one who asks may have to pay."""
    if not (isinstance(auth, AwsAuth) and getattr(auth.config, "support_presign_url", True)):
        raise MisconfiguredError(f"{url}: expected a bucket that takes signed URLs")
    bucket, _, key = url.removeprefix(_BUCKET).partition("/")
    payer = {"RequestPayer": "requester"} if auth.config.requester_pays else {}
    wanted = {"Bucket": bucket, "Key": key, **payer}
    return str(auth.get_s3_client().generate_presigned_url("get_object", Params=wanted))


def _forget(auth: Any) -> None:  # noqa: ANN401 - EODAG is untyped
    for name in ("token", "access_token"):
        if auth is not None and hasattr(auth, name):
            setattr(auth, name, "")


def _settings(directory: Path, blocks: Mapping[str, Block]) -> EODAGSettings:
    providers = directory / "providers"
    providers.mkdir()
    for name, block in blocks.items():
        text = yaml.dump({name: block}, Dumper=yaml.CSafeDumper)
        (providers / f"{name}.yml").write_text(text)
    user = directory / "eodag.yml"
    user.write_text("{}")
    return EODAGSettings(
        cfg_dir=directory,
        cfg_file=user,
        providers_cfg_dir=providers,
        ext_collections_cfg_uri="",
        strict_collections=False,
    )
