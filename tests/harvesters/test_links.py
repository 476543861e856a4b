from typing import Any

import pytest

from harvesters.links import Link, next_link

SENT = Link("https://h/stac/search", "POST", {"collections": ["c"], "limit": 2})


def following(**link: Any) -> Link | None:
    return next_link({"links": [{"rel": "self", "href": "x"}, {"rel": "next", **link}]}, SENT)


def test_a_body_is_followed_whole() -> None:
    body = {"token": "t", "query": {"federation:backends": {"eq": "b"}}}

    assert following(href="https://h/stac/search", method="POST", body=body) == Link(
        "https://h/stac/search", "POST", body
    )


def test_a_body_to_merge_is_laid_on_the_one_that_was_sent() -> None:
    link = following(href="/stac/search", body={"token": "t"}, merge=True)

    assert link == Link("https://h/stac/search", "POST", {**(SENT.body or {}), "token": "t"})


def test_a_link_without_a_body_is_a_url_to_get() -> None:
    assert following(href="?token=t") == Link("https://h/stac/search?token=t", "GET")


def test_headers_go_along() -> None:
    link = following(href="https://h/x", headers={"Search-After": "1"})

    assert link is not None
    assert link.headers == {"Search-After": "1"}


def test_a_proxys_forgotten_http_stays_https() -> None:
    link = following(href="http://h/stac/search?token=t")

    assert link is not None
    assert link.url == "https://h/stac/search?token=t"


@pytest.mark.parametrize(
    "document",
    [
        {"@odata.nextLink": "https://h/v1/Products?%24skip=2"},
        {"properties": {"links": {"next": [{"href": "https://h/v1/Products?%24skip=2"}]}}},
        {"properties": {"links": [{"rel": "next", "href": "https://h/v1/Products?%24skip=2"}]}},
    ],
    ids=["odata", "eumetsat", "resto"],
)
def test_other_families_hide_theirs_elsewhere(document: dict[str, Any]) -> None:
    assert next_link(document, Link("https://h/v1/Products")) == Link(
        "https://h/v1/Products?%24skip=2"
    )


@pytest.mark.parametrize("document", [{}, [], None, {"links": None}, {"links": ["next"]}])
def test_where_there_is_none_there_is_none(document: object) -> None:
    assert next_link(document, SENT) is None


def test_two_links_share_a_name_only_where_they_ask_for_the_same() -> None:
    same = Link("u", "POST", {"a": 1, "b": 2}), Link("u", "POST", {"b": 2, "a": 1})

    assert same[0].name == same[1].name != Link("u", "POST", {"a": 1}).name
