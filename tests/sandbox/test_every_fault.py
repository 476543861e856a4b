"""The registry is closed: every fault strikes in every family that it says can show it."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import httpx
import pytest

import sandbox as package
from sandbox.client import Sandbox
from sandbox.kinds import FAMILIES, KINDS, LISTS, ORDERS, Stage
from tests.sandbox.families import Visitor

HASTE: Mapping[str, Mapping[str, float]] = {
    "no_answer": {"seconds": 0.02},
    "stalled_response": {"seconds": 0.02},
    "stalled_body": {"seconds": 0.02},
    "slow_body": {"seconds": 0.001},
    "zip_bomb": {"bytes": 1 << 20},
    "provider_cap": {"cap": 5},
    "job_failed": {},
}
PAIRS = [(name, family) for name, kind in KINDS.items() for family in kind.families & FAMILIES]


@lru_cache
def visitor_of(sandbox: Sandbox, family: str) -> Visitor:
    return Visitor(sandbox, family)


@lru_cache
def href_of(visitor: Visitor) -> str:
    return visitor.href()


def call(visitor: Visitor) -> None:
    """Knock at the door with the credential, and nothing more."""
    paths = {"odata": "/v1/Products(none)/$value", "hda": "/data/sandbox/none/none/downloadLink"}
    paths |= {"cds": "/api/retrieve/v1/jobs", "polytope": "/api/v1/requests/none"}
    visitor.http.get(paths.get(visitor.family, "/data/no/such/product"))


def search(visitor: Visitor) -> None:
    visitor.search(most=7)


def list_products(visitor: Visitor) -> None:
    if visitor.family in LISTS:
        visitor.search(1, 1)
    else:
        visitor.result(visitor.order())


def order(visitor: Visitor) -> None:
    visitor.result(visitor.order())


EXERCISES: Mapping[Stage, Callable[[Visitor], None]] = {
    Stage.REQUEST: call,
    Stage.PAGE: search,
    Stage.PRODUCT: list_products,
    Stage.ORDER: order,
}


@pytest.mark.parametrize(("name", "family"), sorted(PAIRS))
def test_every_fault_strikes_in_every_family_that_can_show_it(
    sandbox: Sandbox, name: str, family: str
) -> None:
    visitor = visitor_of(sandbox, family)
    if KINDS[name].stage is Stage.DOWNLOAD:
        href = href_of(visitor)
    with sandbox.fault(name, provider=family, **HASTE.get(name, {})):
        with suppress(httpx.HTTPError, ValueError):
            if KINDS[name].stage is Stage.DOWNLOAD:
                visitor.read(href, Range="bytes=10-")
            else:
                EXERCISES[KINDS[name].stage](visitor)
        hits = sandbox.hits(name)
    if name == "token_expires_midway":
        visitor_of.cache_clear()

    assert hits > 0


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_without_faults_every_family_is_whole(sandbox: Sandbox, family: str) -> None:
    visitor = visitor_of(sandbox, family)
    if family in LISTS:
        found = visitor.search(most=12)
        assert len(set(found.ids)) == len(found.ids) >= 12
    if family in ORDERS:
        answer = visitor.read(visitor.location(visitor.result(visitor.order())))
        assert answer.content.count(b"7777") == 2


def test_every_fault_is_asked_for_in_the_sources() -> None:
    root = Path(package.__path__[0])
    texts = [p.read_text() for p in root.rglob("*.py") if p.name != "kinds.py"]
    asked = {name for text in texts for name in re.findall(r'"([a-z0-9_]+)"', text)}

    assert set(KINDS) <= asked


def test_every_fault_has_a_test_that_shows_what_it_does() -> None:
    folder = Path(__file__).parent / "misbehaviour"
    texts = [path.read_text() for path in folder.glob("test_*.py")]
    shown = {name for text in texts for name in re.findall(r'"([a-z0-9_]+)"', text)}

    assert set(KINDS) - shown == set()
