"""A broken file names itself, with line and remedy, and harms no other."""

import shutil
from pathlib import Path

import pytest

from inlet.errors import PortfolioBroken, UnknownCollection
from inlet.portfolio import load
from inlet.settings import Settings

SHIPPED = Settings().portfolio_root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shutil.copytree(SHIPPED, tmp_path / "portfolio")


def test_every_shipped_file_is_right() -> None:
    portfolio = load(SHIPPED)

    assert portfolio.problems == ()
    assert {"era5", "climate-dt", "sst", "files"} <= set(portfolio.collections)


def test_an_unknown_key_names_file_line_and_the_key_that_was_meant(root: Path) -> None:
    file = root / "collections" / "sst.yaml"
    file.write_text(file.read_text().replace("schedule:", "shedule:"))

    [problem] = load(root).problems

    assert (problem.file, problem.line) == (file, 3)
    assert "shedule" in problem.what
    assert "did you mean 'schedule'?" in problem.remedy


def test_a_deep_mistake_is_named_by_its_own_line(root: Path) -> None:
    file = root / "collections" / "era5.yaml"
    lines = file.read_text().splitlines()
    wrong = next(i for i, line in enumerate(lines) if "split: day" in line)
    lines[wrong] = lines[wrong].replace("day", "hour")
    file.write_text("\n".join(lines))

    [problem] = load(root).problems

    assert problem.line == wrong + 1
    assert "'day' or 'month'" in problem.what


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id: sst\n  stac: {", "check indentation"),
        ("- a list\n", "expected a mapping"),
        ("id: other\n", "in a file named 'sst'"),
        ("\x00", "sst.yaml"),
    ],
)
def test_what_is_no_collection_is_said_so_and_harms_no_other(
    root: Path, content: str, said: str
) -> None:
    (root / "collections" / "sst.yaml").write_text(content)

    portfolio = load(root)

    assert said in str(portfolio.problems[0])
    assert "era5" in portfolio.collections
    with pytest.raises(PortfolioBroken, match=r"sst\.yaml:\d+"):
        portfolio.collection("sst")


def test_a_collection_without_its_provider_says_which_is_missing(root: Path) -> None:
    (root / "providers" / "sandbox_cds.yaml").unlink()

    [problem] = load(root).problems

    assert problem.file.name == "era5.yaml"
    assert "sandbox_cds" in problem.what


def test_an_unknown_collection_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownCollection, match="did you mean 'era5'"):
        load(SHIPPED).collection("era")
