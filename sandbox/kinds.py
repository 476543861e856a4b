"""Every fault there is: its name, the families that can show it, its options, one sentence.

A family is a room's name. To add a fault: write its line here, and ask for it where it strikes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

Option = str | int | float

LISTS = frozenset({"stac", "static", "opensearch", "eumetsat", "postjson", "odata", "hda"})
COUNTED = LISTS - {"static"}
"""They state how many there are, and are read page by page."""
LINKED = frozenset({"stac", "odata", "hda"})
"""Their pages name the next page; in the others the client counts for itself."""
ORDERS = frozenset({"cds", "polytope", "hda"})
FAMILIES = LISTS | ORDERS
LINKING = FAMILIES - {"odata"}
"""Their metadata say where the bytes lie; OData's clients make the URL of the id."""
GUARDED = frozenset({"odata", "cds", "polytope", "hda"})
BEARER = GUARDED - {"cds"}
ROOMS = FAMILIES | {"auth", "sink"}


class Stage(StrEnum):
    """At which moment a fault strikes, and what its ``subject`` is held against."""

    REQUEST = "request"  # any request to the room; its path
    PAGE = "page"  # a page of a search; its path, then the collections
    PRODUCT = "product"  # a product, for as long as the fault is set; collection/id or the order
    DOWNLOAD = "download"  # a GET of a product's bytes; its path
    ORDER = "order"  # the POST of an order; the data set


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to misbehave. ``options`` are those it understands, with their defaults.

    ``times`` is how often it strikes where nothing else is said; None: always.
    """

    stage: Stage
    families: frozenset[str]
    what: str
    options: Mapping[str, Option] = field(default_factory=dict)
    times: int | None = None


_RETRY: Mapping[str, Option] = {"retry_after": 1, "form": "seconds"}  # form: seconds, date, none

_REQUESTS = {
    "http_429_with_retry_after": Kind(
        Stage.REQUEST, ROOMS, "429, and Retry-After in seconds or as a date", _RETRY
    ),
    "unavailable": Kind(Stage.REQUEST, ROOMS, "503 or another status", {"status": 503}),
    "connection_reset": Kind(Stage.REQUEST, ROOMS, "the connection is reset before any answer"),
    "no_answer": Kind(Stage.REQUEST, ROOMS, "not a byte comes, then it closes", {"seconds": 30}),
    "stalled_response": Kind(
        Stage.REQUEST, ROOMS, "the headers come, then nothing", {"seconds": 30}
    ),
    "redirect_loop": Kind(Stage.REQUEST, FAMILIES, "307 to the very URL that was asked"),
    "auth_401_once": Kind(Stage.REQUEST, GUARDED, "401 though the credential is good", times=1),
    "token_expires_midway": Kind(
        Stage.REQUEST, BEARER, "the token that is brought ends now", times=1
    ),
}
_PAGES = {
    "short_page": Kind(Stage.PAGE, LISTS, "a page holds half of what was asked, and goes on"),
    "page_error": Kind(Stage.PAGE, LISTS, "a page answers with an error", {"status": 500}),
    "html_instead_of_json": Kind(Stage.PAGE, LISTS, "a page is HTML with status 200"),
    "lost_next_link": Kind(Stage.PAGE, LINKED, "no next link, though there is a next page"),
    "get_next_link": Kind(
        Stage.PAGE, frozenset({"stac", "hda"}), "a POST search's next link is a URL without a body"
    ),
    "next_body_required": Kind(
        Stage.PAGE,
        frozenset({"stac"}),
        "a next link's body holds more than the token, without which nothing more comes "
        "(hda is always so)",
    ),
    "repeated_first_id": Kind(
        Stage.PAGE, COUNTED, "a page begins with the first product of the one before, too"
    ),
    "duplicate_items": Kind(
        Stage.PAGE, LISTS, "a page begins with the last product of the one before, too"
    ),
    "provider_cap": Kind(
        Stage.PAGE,
        LISTS,
        "what is beyond the cap is not served; count: honest, or capped",
        {"cap": 50, "count": "honest"},
    ),
    "count_lies": Kind(
        Stage.PAGE, COUNTED, "the count; says: high, low, absent", {"says": "high", "by": 7}
    ),
    "out_of_order_pages": Kind(Stage.PAGE, COUNTED, "each page changes places with its neighbour"),
    "empty_page_in_the_middle": Kind(
        Stage.PAGE, COUNTED, "a page that is not the first is empty when first asked, and goes on"
    ),
    "unstable_order": Kind(
        Stage.PAGE, LISTS, "the order has moved on by some places at each page", {"shift": 3}
    ),
    "other_collection": Kind(
        Stage.PAGE,
        frozenset({"stac", "hda"}),
        "a page ends with an item of a collection that nobody asked for",
    ),
    "dangling_link": Kind(Stage.PAGE, frozenset({"static"}), "an item that is linked answers 404"),
}
_PRODUCTS = {
    "garbage_data": Kind(Stage.PRODUCT, FAMILIES, "published torn, size and digest as torn"),
    "wrong_checksum": Kind(
        Stage.PRODUCT, FAMILIES - {"polytope"}, "the metadata state another digest"
    ),
    "wrong_size": Kind(Stage.PRODUCT, FAMILIES, "the metadata state another size", {"by": 1}),
    "nothing_stated": Kind(Stage.PRODUCT, FAMILIES, "the metadata state neither size nor digest"),
    "file_href": Kind(
        Stage.PRODUCT,
        LINKING,
        "the metadata lead to a file, or wherever told",
        {"href": "file:///etc/passwd"},
    ),
    "href_elsewhere": Kind(
        Stage.PRODUCT, LINKING, "the bytes lie at another port, which records what it is sent"
    ),
    "odd_title": Kind(
        Stage.PRODUCT, LISTS, "the title is no file name, or that of others", {"title": ".."}
    ),
    "offline_product": Kind(
        Stage.PRODUCT,
        frozenset({"stac", "odata", "hda"}),
        "the metadata say offline, the bytes are refused with 403",
    ),
    "assets_share_a_name": Kind(
        Stage.PRODUCT,
        frozenset({"stac", "static"}),
        "a second asset's URL ends with the same file name",
    ),
    "packed_product": Kind(
        Stage.PRODUCT, LISTS, "packed, honestly; format: zip, tar, tar.gz", {"format": "tar.gz"}
    ),
    "tar_slip": Kind(Stage.PRODUCT, LISTS, "a tar with members that climb out"),
    "zip_slip": Kind(Stage.PRODUCT, LISTS, "a zip with members that climb out"),
    "zip_bomb": Kind(
        Stage.PRODUCT, LISTS, "a zip that unpacks to a thousand times its size", {"bytes": 1 << 28}
    ),
    "nested_archive": Kind(Stage.PRODUCT, LISTS, "a zip in a zip in a zip", {"depth": 3}),
}
_DOWNLOADS = {
    "html_instead_of_data": Kind(
        Stage.DOWNLOAD, FAMILIES, "200 and a page of HTML", {"declared": "text/html"}
    ),
    "json_instead_of_data": Kind(
        Stage.DOWNLOAD, FAMILIES, "200 and a JSON status", {"declared": "application/json"}
    ),
    "empty_body": Kind(Stage.DOWNLOAD, FAMILIES, "200 and nothing"),
    "truncated_body": Kind(
        Stage.DOWNLOAD, FAMILIES, "closes in the middle of an honest Content-Length"
    ),
    "truncated_without_length": Kind(
        Stage.DOWNLOAD, FAMILIES, "chunked, and ends cleanly in the middle"
    ),
    "reset_midway": Kind(Stage.DOWNLOAD, FAMILIES, "reset in the middle of the body"),
    "stalled_body": Kind(
        Stage.DOWNLOAD, FAMILIES, "nothing more from the middle of the body on", {"seconds": 30}
    ),
    "slow_body": Kind(
        Stage.DOWNLOAD, FAMILIES, "dribbles", {"seconds": 0.05, "chunk_bytes": 65_536}
    ),
    "no_range": Kind(Stage.DOWNLOAD, FAMILIES, "a Range is ignored: 200 and the whole"),
    "range_lies": Kind(Stage.DOWNLOAD, FAMILIES, "206 as asked, with other bytes"),
    "etag_changes_midway": Kind(
        Stage.DOWNLOAD, FAMILIES, "when a Range is asked, the product is another: ETag and bytes"
    ),
    "evil_filename": Kind(
        Stage.DOWNLOAD,
        FAMILIES,
        "Content-Disposition names a path",
        {"filename": "../../inlet-evil.txt"},
    ),
    "redirect_elsewhere": Kind(
        Stage.DOWNLOAD, FAMILIES, "302 to another port, which records what it is sent"
    ),
    "redirect_to_private": Kind(
        Stage.DOWNLOAD,
        FAMILIES,
        "302 to an address of the provider's own network",
        {"to": "http://169.254.169.254/latest/meta-data/"},
    ),
}
_ORDERS = {
    "job_failed": Kind(Stage.ORDER, ORDERS, "the order fails", {"message": "The job has failed."}),
    "job_never_ready": Kind(Stage.ORDER, ORDERS, "the order runs for ever"),
    "job_expired": Kind(
        Stage.ORDER,
        ORDERS,
        "the result is gone some seconds after it was ready",
        {"seconds": 0, "status": 404},
    ),
    "post_accepted_but_reply_lost": Kind(
        Stage.ORDER, ORDERS, "the order is placed, then the connection is reset"
    ),
    "duplicate_job": Kind(
        Stage.ORDER, ORDERS, "one POST places two orders and names the second (two always do)"
    ),
    "order_429": Kind(Stage.ORDER, ORDERS, "no order is placed: 429", _RETRY),
    "no_data": Kind(Stage.ORDER, ORDERS, "the archive has nothing of what was asked"),
    "result_missing_fields": Kind(
        Stage.ORDER, ORDERS, "success, with fewer fields than asked", {"fields": 1}
    ),
}

KINDS: Mapping[str, Kind] = MappingProxyType(
    {**_REQUESTS, **_PAGES, **_PRODUCTS, **_DOWNLOADS, **_ORDERS}
)
