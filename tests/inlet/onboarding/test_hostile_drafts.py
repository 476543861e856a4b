"""A form's draft that means ill: refused in words, and nothing is asked, filled up, or shown."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from inlet.errors import UnfitDraft
from inlet.onboarding import proposal
from inlet.onboarding.blueprint import of_documents
from inlet.onboarding.findings import Outcome
from inlet.onboarding.probe import probe
from inlet.onboarding.wish import Wish, credentials_of
from tests.inlet.onboarding.makers import QUICK, a_house, step

COLLECTION = {
    "id": "x",
    "sources": [{"provider": "acme", "collection": "x", "key": "{native_id}"}],
    "stac": {"title": "x", "description": "x", "license": "other"},
}
BOMB = "id: acme\na: &a [1, 2]\nb: [*a, *a]\n"


def provider(at: str, **block: object) -> dict[str, object]:
    """A provider at ``host:port`` that shows its key in a header of its own."""
    return {
        "id": "acme",
        "title": "A",
        "allow_private": True,
        "hosts": [at],
        "eodag": {
            "description": "A",
            "priority": 0,
            "roles": ["host"],
            "url": f"http://{at}",
            "search": {"type": "StacSearch", "api_endpoint": f"http://{at}/search"},
            "products": {"x": {"_collection": "x"}},
            "download": {"type": "HTTPDownload"},
            **block,
        },
    }


@contextmanager
def a_server(address: str, leads_to: str | None = None) -> Iterator[tuple[str, list[str]]]:
    """Serve at an address of loopback; give ``host:port``, and who asked for what."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            is_led = leads_to is not None and self.command == "POST"
            self.send_response(302 if is_led else 200)
            if is_led:
                self.send_header("Location", f"http://{leads_to}/inner")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer((address, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"{address}:{server.server_port}", asked
        server.shutdown()


def test_a_search_that_is_redirected_off_the_providers_hosts_ends_there(tmp_path: Path) -> None:
    with (
        a_server("127.0.0.2") as (inner, asked),
        a_server("127.0.0.1", inner) as (outer, _),
        a_house(tmp_path, private_providers=frozenset({outer})) as house,
    ):
        found = probe(house, of_documents(provider(outer), [COLLECTION], "a form"), QUICK)

    assert step(found, "search").outcome is Outcome.BAD
    assert "ForbiddenTarget" in step(found, "search").came
    assert asked == []


def asking(outer: str, endpoint: str, collection: str) -> dict[str, object]:
    """A provider whose collection's name leads where its search goes."""
    search = {
        "type": "QueryStringSearch",
        "api_endpoint": endpoint,
        "note": f"http://{outer}/",
        "pagination": {"next_page_url_tpl": "{url}?", "max_limit": 100},
        "metadata_mapping": {"id": "$.id", "geometry": "$.geometry"},
    }
    return provider(outer, search=search, products={"x": {"_collection": collection}})


def test_a_collection_that_is_an_address_is_one_of_those_that_are_checked(tmp_path: Path) -> None:
    described = asking("127.0.0.1:9", "{_collection}", "http://127.0.0.2:9/x")
    text = "\n---\n".join(yaml.safe_dump(one) for one in (described, COLLECTION))
    with (
        a_house(tmp_path, private_providers=frozenset({"127.0.0.1:9"})) as house,
        pytest.raises(UnfitDraft, match=r"127\.0\.0\.2:9"),
    ):
        proposal.propose(house, Wish(text), "Ada")


def test_a_search_whose_host_is_told_by_its_collection_is_not_sent(tmp_path: Path) -> None:
    with (
        a_server("127.0.0.2") as (inner, asked),
        a_server("127.0.0.1") as (outer, _),
        a_house(tmp_path, private_providers=frozenset({outer})) as house,
    ):
        described = asking(outer, "http://{_collection}", inner)
        found = probe(house, of_documents(described, [COLLECTION], "a form"), QUICK)

    assert "ForbiddenTarget" in " ".join(one.came for one in found.steps)
    assert asked == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "without aliases"),
        ("id: acme\na: " + "[" * 3000, "20 deep"),
        ("id: acme\n---\nid: x\nsources: 3\n", "list of mappings"),
        ("id: acme\n---\nsources: []\n", "expected an id"),
        ("https://ada:PASSWORD@example.org/stac", "without a name and a password"),
    ],
)
def test_what_is_no_draft_is_said_in_words(tmp_path: Path, text: str, says: str) -> None:
    with a_house(tmp_path) as house, pytest.raises(UnfitDraft, match=says) as refused:
        proposal.propose(house, Wish(text), "Ada")

    assert "PASSWORD" not in str(refused.value)


@pytest.mark.parametrize(
    "block",
    [
        {"auth": {"type": "HTTPHeaderAuth", "credentials": {"apikey": "SECRET"}}},
        {"search": {"type": "ODataV4Search", "dont_quote": ["["]}},
    ],
)
def test_a_form_writes_no_secret_and_asks_by_no_other_way(
    tmp_path: Path, block: dict[str, object]
) -> None:
    described = provider("example.org:443", **block) | {"allow_private": False}
    text = "\n---\n".join(json.dumps(one) for one in (described, COLLECTION)) + "\n"
    with a_house(tmp_path) as house, pytest.raises(UnfitDraft) as refused:
        proposal.propose(house, Wish(text), "Ada")

    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize(
    "typed",
    ["sk-6F1F7A9E", "6F1F7A9E==", "apikey=6f1f7a9e6F1F7A9E", "AKIA6F1F7A9E", "secret=6F1F7A9E-x"],
)
def test_a_key_that_is_typed_for_its_name_is_refused_and_not_repeated(
    tmp_path: Path, typed: str
) -> None:
    text = "\n---\n".join(json.dumps(one) for one in (provider("example.org:443"), COLLECTION))
    with a_house(tmp_path) as house, pytest.raises(UnfitDraft, match="expected") as refused:
        proposal.propose(house, Wish(f"{text}\n", credentials=credentials_of([typed])), "Ada")

    assert "6F1F7A9E" not in str(refused.value)


def test_a_key_in_a_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    described = provider("example.org:443") | {"credentials": {"apikey": "sk-6F1F7A9E"}}
    text = "\n---\n".join(json.dumps(one) for one in (described, COLLECTION)) + "\n"
    with a_house(tmp_path) as house, pytest.raises(UnfitDraft, match="never write") as refused:
        proposal.propose(house, Wish(text, is_typed=True), "Ada")

    assert "6F1F7A9E" not in str(refused.value)
