"""What a search plugin of EODAG sends and hears.

EODAG keeps of a next link only what it takes for the token, and of an answer only what it maps.
So its requests are tapped: the provider's own next link is sent as it is, and the document is
read here for the count, for the next link, and for whether it is a page at all.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from eodag import EOProduct
from eodag.api.search_result import RawSearchResult
from eodag.plugins.search import PreparedSearch
from eodag.utils import USER_AGENT, string_to_jsonpath
from eodag.utils.exceptions import RequestError
from jsonpath_ng import JSONPath

from harvesters.eodag import hops, reading
from harvesters.links import Json, Link, next_link
from harvesters.queries import Query

_SECONDS = 30
Ask = Callable[[PreparedSearch], requests.Response]


class Wire:
    """One page's requests at a plugin. ``link`` is sent in place of what EODAG would build.

    ``narrowed`` is laid into the body's ``query`` (STAC API, Query extension). Where ``is_plain``,
    EODAG is kept from reading the items; they are in ``items``. Otherwise ``unreadable`` says of
    each entry that EODAG cannot read why.
    """

    def __init__(
        self,
        plugin: Any,  # noqa: ANN401 - EODAG is untyped
        link: Link | None,
        narrowed: Query,
        is_plain: bool = False,
    ) -> None:
        self._plugin = plugin
        self._is_plain = is_plain
        self._link = link
        self._narrowed = narrowed
        self._heard: list[tuple[Link, object]] = []
        self.unreadable: list[str] = []

    @contextmanager
    def tapped(self) -> Iterator[None]:
        """Hear what the plugin asks while the ``with`` lasts."""
        ask: Ask | None = getattr(self._plugin, "_request", None)  # its only way to the network
        if ask is None:  # it lists a bucket, or asks a library of its provider's
            yield
            return

        def heard(prepared: PreparedSearch) -> requests.Response:
            return self._hear(prepared, ask)

        self._plugin._request = heard  # noqa: SLF001
        self._plugin._build_raw_search_results = _results_alone  # noqa: SLF001
        normalise = self._plugin.normalize_results

        def read(results: RawSearchResult, **asked: object) -> list[EOProduct]:
            products, self.unreadable = reading.one_by_one(normalise, results, **asked)
            return products

        self._plugin.normalize_results = _unread if self._is_plain else read
        try:
            yield
        finally:
            del self._plugin.normalize_results
            del self._plugin._request  # noqa: SLF001
            del self._plugin._build_raw_search_results  # noqa: SLF001

    @property
    def is_single(self) -> bool:
        """Return True where the page was one request, so that its answer speaks for the page."""
        return len(self._heard) == 1

    @property
    def items(self) -> list[object]:
        """Return the STAC items that came, as they came."""
        found = [
            document.get("features") for _, document in self._heard if isinstance(document, dict)
        ]
        return [item for items in found for item in items or []]

    @property
    def following(self) -> Link | None:
        """Return the next link that came, if one did."""
        if not self.is_single:
            return None
        sent, document = self._heard[0]
        return next_link(document, sent)

    def stated(self, otherwise: int | None) -> int | None:
        """Return the provider's count; EODAG's reading (``otherwise``) where it asked apart.

        EODAG says 0 for "no count", so the document itself is asked.
        """
        pagination = getattr(self._plugin.config, "pagination", None) or {}
        path = pagination.get("total_items_nb_key_path")
        is_apart = "count_endpoint" in pagination
        if is_apart or not self.is_single or not isinstance(path, JSONPath):
            return otherwise
        found = path.find(self._heard[0][1])
        value = found[0].value if found else None
        return int(value) if isinstance(value, int | str) and str(value).isdigit() else None

    def require_a_page(self, stated: int | None) -> None:
        """Raise RequestError where the answer holds no list of entries, not even an empty one.

        Some services leave the list out where there is nothing, and say so by their count.
        """
        entry = getattr(self._plugin.config, "results_entry", None)
        if not self.is_single or stated == 0 or not isinstance(entry, str | JSONPath):
            return
        document = self._heard[0][1]
        path = string_to_jsonpath(entry, force=True)
        if isinstance(path, JSONPath) and all(m.value is None for m in path.find(document)):
            came = ", ".join(sorted(map(str, document))) if isinstance(document, dict) else "none"
            raise RequestError(f"expected a page with {entry}, came {came or 'nothing'}")

    def require_only(self, collections: Collection[str]) -> None:
        """Raise RequestError where STAC items of other collections came: the search was lost."""
        for _, document in self._heard:
            features = document.get("features") if isinstance(document, dict) else None
            for item in features if isinstance(features, list) else []:
                came = item.get("collection") if isinstance(item, dict) else None
                if came is not None and came not in collections:
                    wanted = " or ".join(sorted(collections))
                    raise RequestError(f"expected items of {wanted}, came one of {came}")

    def _hear(self, prepared: PreparedSearch, ask: Ask) -> requests.Response:
        if self._narrowed:
            query = prepared.query_params.setdefault("query", {})
            query.update(self._narrowed)
        hops.check(str(prepared.url))  # what is not to be quoted is sent by urllib
        answer = ask(prepared) if self._link is None else self._sent(self._link, prepared)
        if getattr(self._plugin.config, "result_type", "json") != "xml":
            document = _document(answer)
            self._heard.append((self._asked(prepared), document))
            answer.json = lambda **_: document  # type: ignore[method-assign]  # parsed once
        return answer

    def _asked(self, prepared: PreparedSearch) -> Link:
        if self._link is not None:
            return self._link
        body: Json | None = getattr(prepared, "query_params", None)
        is_post = hasattr(self._plugin, "next_page_query_obj") and self._posts
        return Link(str(prepared.url), "POST" if is_post else "GET", body if is_post else None)

    @property
    def _posts(self) -> bool:
        return any(base.__name__ == "PostJsonSearch" for base in type(self._plugin).__mro__)

    def _sent(self, link: Link, prepared: PreparedSearch) -> requests.Response:
        config = self._plugin.config
        needs_auth = getattr(config, "need_auth", False) and callable(prepared.auth)
        answer = requests.request(
            link.method,
            link.url,
            json=link.body,
            headers={**USER_AGENT, **link.headers},
            auth=prepared.auth if needs_auth else None,
            timeout=getattr(config, "timeout", _SECONDS),
            verify=getattr(config, "ssl_verify", True),
        )
        answer.raise_for_status()
        return answer


def _document(answer: requests.Response) -> object:
    try:
        return answer.json()
    except requests.JSONDecodeError as error:
        came = answer.headers.get("Content-Type", "no type")
        raise RequestError(f"expected a page of JSON, came {came}") from error


def _unread(_results: RawSearchResult, **_kwargs: object) -> list[object]:
    """Return no products: the items are read as they are."""
    return []


def _results_alone(
    results: list[Any], _document: object, kwargs: dict[str, Any], limit: int, prep: PreparedSearch
) -> RawSearchResult:
    """Return what EODAG found without its guess at the next page's token, which may fail."""
    found = RawSearchResult(results)
    found.search_params = {**kwargs, "limit": limit}
    found.query_params = prep.query_params
    found.collection_def_params = prep.collection_def_params
    found.next_page_token_key = prep.next_page_token_key
    return found
