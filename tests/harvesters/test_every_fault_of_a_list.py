"""Every way in which a listing goes wrong, shown to every family that can show it.

All products are found, or the window is not accounted for and says why. What nobody can know of
a static catalogue is named below.
"""

from pathlib import Path

import pytest
from sqlalchemy import select

from harvesters.discovery import Found, discover
from harvesters.eodag import EodagGateway
from harvesters.errors import HarvestError
from harvesters.gateway import By
from lake.ledger.ledger import Ledger
from lake.ledger.schema import offer
from lake.nouns import Window
from sandbox.client import Sandbox
from sandbox.kinds import KINDS, Stage
from tests.harvesters.fake_gateway import DAY, START
from tests.harvesters.families import STAMPED, gateway_of, sources

FORTNIGHT = Window(START, START + 14 * DAY)
# What a static catalogue hides can only be told by what it says of itself besides its links.
HIDDEN = {("short_page", "static"), ("provider_cap", "static")}
UNKNOWABLE = ("provider_cap", "static", "capped")
# Nothing can be found where every answer is one of these.
HOPELESS = {"page_error", "html_instead_of_json", "dangling_link", "other_collection"}
OPTIONS = {
    "provider_cap": ({"cap": 13}, {"cap": 13, "count": "capped"}),
    "count_lies": ({"says": "high"}, {"says": "low"}, {"says": "absent"}),
}
CASES = [
    pytest.param(name, family, options, every, id=f"{name}-{family}-{options}-{every}")
    for name, kind in KINDS.items()
    if kind.stage is Stage.PAGE
    for family in sorted(kind.families)
    for options in OPTIONS.get(name, ({},))
    for every in ((1,) if name == "provider_cap" else (1, 3))
    if (name, family, options.get("count")) != UNKNOWABLE
]


@pytest.fixture(scope="module")
def gateway(sandbox: Sandbox) -> EodagGateway:
    return gateway_of(sandbox)


@pytest.fixture(scope="module")
def truth(gateway: EodagGateway, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What each family has where nothing goes wrong."""
    place = tmp_path_factory.mktemp("truth")
    return {family: listed(gateway, family, place / f"{family}.db")[1] for family in sources()}


def listed(
    gateway: EodagGateway, family: str, place: Path, by: By = By.SENSING
) -> tuple[Found, set[str]]:
    ledger = Ledger.open(f"sqlite:///{place}")
    try:
        found = discover(ledger, gateway, "c", sources()[family], FORTNIGHT, by)
        with ledger.begin() as tx:
            return found, set(tx.connection.execute(select(offer.c.native_id)).scalars())
    finally:
        ledger.close()


@pytest.mark.parametrize("family", sorted(sources()))
def test_every_family_is_read_whole(
    gateway: EodagGateway, truth: dict[str, set[str]], family: str, tmp_path: Path
) -> None:
    found, ids = listed(gateway, family, tmp_path / "ledger.db")

    assert found.reason is None
    assert ids == truth[family]
    assert len(ids) == (14 if family == "odata" else 56)


@pytest.mark.parametrize("family", STAMPED)
def test_what_was_published_in_a_window_is_asked_for_by_that(
    gateway: EodagGateway, family: str, tmp_path: Path
) -> None:
    assert gateway.ways(sources()[family], "main").by_publication
    found, ids = listed(gateway, family, tmp_path / "ledger.db", By.PUBLISHED)

    assert found.reason is None
    assert len(ids) >= (13 if family == "odata" else 55)


@pytest.mark.parametrize(("name", "family", "options", "every"), CASES)
def test_nothing_is_lost_in_silence(
    sandbox: Sandbox,
    gateway: EodagGateway,
    truth: dict[str, set[str]],
    name: str,
    family: str,
    options: dict[str, str | int],
    every: int,
    tmp_path: Path,
) -> None:
    with sandbox.fault(name, provider=family, every=every, **options):
        try:
            found, ids = listed(gateway, family, tmp_path / "ledger.db")
        except HarvestError:
            assert (name in HOPELESS, every) == (True, 1)
            return

    assert ids <= truth[family]
    if (name, family) in HIDDEN:
        assert "its collection says that its data end at" in (found.reason or "")
        return
    if name == "dangling_link":
        assert "404" in (found.reason or "")
        return
    assert ids == truth[family]
    assert found.reason is None
