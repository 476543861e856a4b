"""How each family's catalogue is read, page by page, with plain HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

TICKS = "sandbox-ticks"


@dataclass(frozen=True)
class Listed:
    """One product as a search lists it."""

    id: str
    href: str
    size: int | None = None
    digest: str | None = None
    title: str = ""
    raw: Any = None


@dataclass(frozen=True)
class Found:
    """What the pages of a search held together."""

    products: list[Listed]
    stated: list[int | None]
    pages: list[int]

    @property
    def ids(self) -> list[str]:
        return [product.id for product in self.products]


Turn = Callable[[int, Any], tuple[list[Listed], int | None, Any]]
"""Number and link of a page in; products, count and the link of the next out (None: the last)."""


def _pages(most: int, turn: Turn) -> Found:
    products: list[Listed] = []
    stated: list[int | None] = []
    pages: list[int] = []
    link: Any = None
    while len(products) < most and len(pages) < 40:
        page, count, link = turn(len(pages), link)
        products += page
        stated.append(count)
        pages.append(len(page))
        if link is None:
            break
    return Found(products, stated, pages)


def _stac(base: str, http: httpx.Client, most: int, rows: int) -> Found:
    def turn(_: int, link: Any) -> tuple[list[Listed], int | None, Any]:
        if link is None:
            answer = http.post(f"{base}/search", json={"collections": [TICKS], "limit": rows})
        elif "body" in link:
            answer = http.post(link["href"], json=link["body"])
        else:
            answer = http.get(link["href"])
        page = answer.raise_for_status().json()
        following = next((li for li in page["links"] if li["rel"] == "next"), None)
        return [_of_item(item) for item in page["features"]], page.get("numberMatched"), following

    return _pages(most, turn)


def _of_item(item: Any) -> Listed:
    asset = item["assets"].get("data") or item["assets"].get("downloadLink") or {"href": ""}
    digest = asset.get("file:checksum")
    title = item["properties"]["title"]
    return Listed(item["id"], asset["href"], asset.get("file:size"), digest, title, item)


def _static(http: httpx.Client, most: int, _: int) -> Found:
    def turn(number: int, __: Any) -> tuple[list[Listed], int | None, Any]:
        month = f"/{TICKS}/2024-{number + 1:02d}"
        links = http.get(f"{month}/catalog.json").raise_for_status().json()["links"]
        hrefs = [li["href"] for li in links if li["rel"] == "item"]
        items = [
            http.get(f"{month}/{href}").raise_for_status().json()
            for href in hrefs[: most // 3 + 1]
        ]
        return [_of_item(item) for item in items], None, True if number < 2 else None

    return _pages(most, turn)


def _records(page: Any) -> list[Listed]:
    return [
        Listed(r["identifier"], r["url"], r.get("size"), r.get("md5"), r["title"], r) for r in page
    ]


def _opensearch(http: httpx.Client, most: int, rows: int) -> Found:
    def turn(number: int, _: Any) -> tuple[list[Listed], int | None, Any]:
        params = {"rows": rows, "page": number + 1}
        page = http.get(f"/{TICKS}/search", params=params).raise_for_status().json()
        return _records(page["items"]), page.get("total"), page["items"] or None

    return _pages(most, turn)


def _postjson(http: httpx.Client, most: int, rows: int) -> Found:
    def turn(number: int, _: Any) -> tuple[list[Listed], int | None, Any]:
        body = {"collection": TICKS, "size": rows, "from": number * rows}
        hits = http.post("/search", json=body).raise_for_status().json()["hits"]
        return _records(hits["list"]), hits.get("total"), hits["list"] or None

    return _pages(most, turn)


def _eumetsat(http: httpx.Client, most: int, rows: int) -> Found:
    def turn(number: int, _: Any) -> tuple[list[Listed], int | None, Any]:
        params = {"pi": "EO:EUM:DAT:TICKS", "c": rows, "pw": number}
        answer = http.get("/data/search-products/1.0.0/os", params=params)
        page = answer.raise_for_status().json()
        products = [_of_feature(feature) for feature in page["features"]]
        return products, page.get("totalResults"), products or None

    return _pages(most, turn)


def _of_feature(feature: Any) -> Listed:
    told = feature["properties"]
    size = told["productInformation"].get("size")
    return Listed(
        told["identifier"],
        told["links"]["data"][0]["href"],
        None if size is None else round(size * 1000),
        told["extraInformation"].get("md5"),
        told["title"],
        feature,
    )


def _odata(http: httpx.Client, most: int, rows: int) -> Found:
    def turn(_: int, link: Any) -> tuple[list[Listed], int | None, Any]:
        params = {"$filter": f"Collection/Name eq '{TICKS}'", "$top": rows, "$count": "true"}
        answer = http.get(link) if link else http.get("/v1/Products", params=params)
        page = answer.raise_for_status().json()
        products = [_of_entity(entity) for entity in page["value"]]
        return products, page.get("@odata.count"), page.get("@odata.nextLink")

    return _pages(most, turn)


def _of_entity(entity: Any) -> Listed:
    digests = [c["Value"] for c in entity["Checksum"]]
    digest = digests[0] if digests else None
    href = f"/v1/Products({entity['Id']})/$value"
    return Listed(entity["Id"], href, entity.get("ContentLength"), digest, entity["Name"], entity)


SEARCHES: Mapping[str, Callable[[httpx.Client, int, int], Found]] = {
    "stac": partial(_stac, ""),
    "hda": partial(_stac, "/stac/v2"),
    "static": _static,
    "opensearch": _opensearch,
    "postjson": _postjson,
    "eumetsat": _eumetsat,
    "odata": _odata,
}
