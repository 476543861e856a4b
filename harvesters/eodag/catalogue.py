"""A static STAC catalogue, walked: its links are counted, and each item is read by itself.

EODAG walks the whole catalogue into memory and stops at the first link that leads nowhere. Here
items come in batches, what cannot be read is named, and the catalogues are read until two walks
find the same links: nobody states a count, so they state it to each other. What the collection
says of itself is held against what is linked.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin

import structlog

from harvesters import errors
from harvesters.eodag.failures import translated
from harvesters.eodag.files import Require
from harvesters.eodag.plugins import Plugins
from harvesters.errors import HarvestError
from harvesters.features import UnreadableFeature, window_of
from harvesters.provider import Provider
from harvesters.witnesses import Account, counted_in, hull
from lake.nouns import Window

_MOST_WALKS = 4
_AT_ONCE = 8
_MOST_CATALOGUES = 100_000

T = TypeVar("T")
Read = Callable[[str], dict[str, Any]]
Hear = Callable[[dict[str, Any], str], None]

log = structlog.get_logger(__name__)


class Insist(Protocol):
    """Tries again where it did not work this time."""

    def __call__(self, once: Callable[[], T], collection: str) -> T:
        """Return what ``once`` returns."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Some items as EODAG reads them, and of each that cannot be read, why.

    With the last batch come ``stated``, how many there are by the links (without those of other
    collections) or by the collection's own count, and in ``doubts`` why that may not be all.
    """

    features: tuple[dict[str, Any], ...]
    stated: int | None
    unreadable: tuple[str, ...]
    doubts: tuple[str, ...] = ()


def crawl(
    plugins: Plugins, provider: Provider, collection: str, insist: Insist, require: Require
) -> Iterator[Batch]:
    """Yield all items that a static catalogue has of a collection.

    ``require`` says where links may lead.

    Raises:
        HarvestError: a catalogue could not be read, so nobody knows what it links to.
    """

    def read(url: str) -> dict[str, Any]:
        def once() -> dict[str, Any]:
            with translated(provider.id):
                return plugins.file(provider.id, collection, url, require)

        return insist(once, collection)

    account = Account()
    names = plugins.names(provider.id, collection)

    def hear(document: dict[str, Any], url: str) -> None:
        account.hear(document, url, names)

    hrefs = _settled(read, plugins.root(provider.id, collection), hear)
    counted = _counted(read, account)
    mine, reached = 0, None
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for begin in range(0, max(len(hrefs), 1), provider.page_size):
            some = hrefs[begin : begin + provider.page_size]
            found = list(pool.map(lambda href: _item(read, href), some))
            lost = tuple(item for item in found if isinstance(item, str))
            with translated(provider.id):
                items = [item for item in found if isinstance(item, dict)]
                listed, unread = plugins.normalised(provider.id, collection, items)
            unreadable = (*lost, *unread)
            mine += len(listed) + len(unreadable)
            reached = hull([*([reached] if reached else []), *_windows(listed)])
            if begin + provider.page_size < len(hrefs):
                yield Batch(listed, None, unreadable)
            else:
                yield Batch(listed, max(mine, counted), unreadable, account.doubts(reached))


def _counted(read: Read, account: Account) -> int:
    """Return how many items the collection says that it has; 0 where it does not say."""
    if account.stated is None and account.items_url is not None:
        joined = "&" if "?" in account.items_url else "?"
        try:
            page = read(f"{account.items_url}{joined}limit=1")
        except HarvestError as error:
            log.info("A collection's list of items was not to be had", why=str(error))
            return 0
        account.stated = counted_in(page)
    return account.stated or 0


def _windows(listed: Iterable[dict[str, Any]]) -> Iterator[Window]:
    for feature in listed:
        with suppress(UnreadableFeature):  # it is named where the page is read
            yield window_of(feature)


def _settled(read: Read, root: str, hear: Hear) -> list[str]:
    """Return the links to items: those of all walks, until one more brings nothing new."""
    hrefs = dict.fromkeys(_walk(read, root, hear))
    for _ in range(_MOST_WALKS):
        before = len(hrefs)
        hrefs |= dict.fromkeys(_walk(read, root, hear))
        if len(hrefs) == before:
            break
    return list(hrefs)


def _walk(read: Read, root: str, hear: Hear) -> Iterator[str]:
    waiting, seen = [root], {root}
    while waiting:
        url = waiting.pop(0)
        document = read(url)
        hear(document, url)
        if document.get("type") == "Feature":
            yield url
            continue
        for rel, href in _links(document, url):
            if rel == "item":
                yield href
            elif href not in seen:
                seen.add(href)
                waiting.append(href)
        if len(seen) > _MOST_CATALOGUES:
            raise errors.BrokenPaging(f"{root}: expected an end, came {len(seen)} catalogues")


def _links(document: dict[str, Any], url: str) -> Iterator[tuple[str, str]]:
    for link in document.get("links") or []:
        if link.get("rel") in {"item", "child"} and link.get("href"):
            yield link["rel"], urljoin(url, str(link["href"]))


def _item(read: Read, url: str) -> dict[str, Any] | str:
    """Return an item with its assets' links made whole, or why it cannot be read."""
    try:
        item = read(url)
    except HarvestError as error:
        return f"{url}: {error}"
    if item.get("type") != "Feature":
        return f"{url}: expected an item, came {item.get('type')!r}"
    for asset in (item.get("assets") or {}).values():
        asset["href"] = urljoin(url, str(asset.get("href", "")))
    return item
