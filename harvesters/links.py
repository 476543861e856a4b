"""Where a provider says that the next page is, read from what it answered.

STAC APIs give a link whose method, body, headers and ``merge`` belong to it (STAC API, "Paging");
OData gives ``@odata.nextLink``; OpenSearch in JSON hides its links in ``properties``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A request as a whole: what was sent for a page, or is to be sent for the next one."""

    url: str
    method: str = "GET"
    body: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return a text that two links share only where they ask for the same."""
        return f"{self.method} {self.url} {json.dumps(self.body, sort_keys=True, default=str)}"


def next_link(document: object, sent: Link) -> Link | None:
    """Return the request for the page behind ``document``, which answered ``sent``.

    None where the document names none. A body is followed whole; with ``merge`` it is laid on the
    one that was sent.
    """
    if not isinstance(document, Mapping):
        return None
    odata = document.get("@odata.nextLink")
    if isinstance(odata, str) and odata:
        return Link(_absolute(odata, sent), "GET")
    for link in _links(document):
        if link.get("rel") == "next" and isinstance(link.get("href"), str):
            return _followed(link, sent)
    return None


def _links(document: Json) -> Iterator[Json]:
    properties = document.get("properties")
    for place in (document, properties if isinstance(properties, Mapping) else {}):
        links = place.get("links")
        if isinstance(links, Mapping):  # {"next": [{"href": …}]}, as EUMETSAT writes them
            links = [
                {"rel": rel, **link}
                for rel, under in links.items()
                if isinstance(under, list)
                for link in under
                if isinstance(link, Mapping)
            ]
        if isinstance(links, list):
            yield from (link for link in links if isinstance(link, Mapping))


def _followed(link: Json, sent: Link) -> Link:
    url, body = _absolute(str(link["href"]), sent), link.get("body")
    told = link.get("headers")
    headers = {str(k): str(v) for k, v in told.items()} if isinstance(told, Mapping) else {}
    method = str(link.get("method") or ("POST" if body is not None else "GET")).upper()
    if method != "POST":
        return Link(url, "GET", None, headers)
    own = body if isinstance(body, Mapping) else {}
    is_merged = link.get("merge") is True or not own
    return Link(url, "POST", {**(sent.body or {}), **own} if is_merged else dict(own), headers)


def _absolute(href: str, sent: Link) -> str:
    """Return where a link leads; a proxy's forgotten ``http`` stays at the ``https`` we asked."""
    url, asked = urlsplit(urljoin(sent.url, href)), urlsplit(sent.url)
    if (url.scheme, asked.scheme) == ("http", "https") and url.hostname == asked.hostname:
        url = url._replace(scheme="https", netloc=asked.netloc)
    return urlunsplit(url)
