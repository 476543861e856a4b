"""``inlet portfolio check`` says in a sentence what keeps a provider from being used."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from inlet import reach
from inlet.cli.app import app
from inlet.portfolio import load

PORTFOLIO = Path(__file__).parents[2] / "portfolio"
CDS = "id: cds\ntitle: CDS\nextends: eodag:cop_cds\n"
MARS = "id: mars\ntitle: MARS\nextends: eodag:ecmwf\n"


@pytest.fixture
def portfolio(tmp_path: Path) -> Path:
    for kind in ("providers", "collections"):
        (tmp_path / kind).mkdir()
        for file in (PORTFOLIO / kind).iterdir():
            (tmp_path / kind / file.name).write_text(file.read_text())
    return tmp_path


def test_the_shipped_portfolio_lacks_nothing() -> None:
    found = load(PORTFOLIO)

    assert reach.problems(PORTFOLIO, found) == reach.remarks(PORTFOLIO, found) == ()


def test_missing_credentials_and_families_are_named_with_their_remedy(portfolio: Path) -> None:
    (portfolio / "providers" / "cds.yaml").write_text(CDS)
    (portfolio / "providers" / "mars.yaml").write_text(MARS)
    told = CliRunner().invoke(app, ["portfolio", "check", str(portfolio)])

    assert told.exit_code == 1
    assert "auth (HTTPHeaderAuth) signs in with apikey, and nothing is named" in told.output
    assert "write `credentials: {apikey: A_VARIABLE}`" in told.output
    assert "mars.yaml:1: EcmwfApi searches, orders and fetches by a library" in told.output
    assert "2 problems" in told.output


def test_the_hosts_that_bytes_may_come_from_are_told_and_asked_for(portfolio: Path) -> None:
    named = CDS + "credentials: {apikey: CDS_KEY}\n"
    (portfolio / "providers" / "cds.yaml").write_text(named)
    told = CliRunner().invoke(app, ["portfolio", "check", str(portfolio)])

    assert told.exit_code == 0
    assert "bytes are taken from cds.climate.copernicus.eu:443" in told.output
    assert "name others in `hosts`" in told.output


def test_a_source_that_its_provider_cannot_serve_is_named(portfolio: Path) -> None:
    file = portfolio / "collections" / "era5.yaml"
    file.write_text(file.read_text().replace("    split: day\n", ""))
    told = CliRunner().invoke(app, ["portfolio", "check", str(portfolio)])

    assert told.exit_code == 1
    assert "era5.yaml:1: sandbox_cds takes orders → write `split: day`" in told.output
