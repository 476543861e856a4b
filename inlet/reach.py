"""Whether the portfolio's providers can be used as their files stand, beyond each file's form."""

from collections.abc import Iterator
from pathlib import Path

from harvesters import fitness
from harvesters.fitness import Lack
from inlet.portfolio import Portfolio, Problem


def problems(root: Path, portfolio: Portfolio) -> tuple[Problem, ...]:
    """Return what keeps providers and sources from being used, by file."""
    return (*_of_providers(root, portfolio), *_of_collections(root, portfolio))


def remarks(root: Path, portfolio: Portfolio) -> tuple[Problem, ...]:
    """Return what may turn out to be missing, and cannot be known beforehand."""
    found = []
    for name, provider in portfolio.providers.items():
        hosts = fitness.hosts_to_name(provider)
        if hosts and not fitness.lacks(provider):
            what = f"bytes are taken from {', '.join(hosts)} alone"
            remedy = "name others in `hosts`, if its links lead to any"
            found.append(_problem(root / "providers" / f"{name}.yaml", Lack(what, remedy)))
    return tuple(found)


def _of_providers(root: Path, portfolio: Portfolio) -> Iterator[Problem]:
    for name, provider in portfolio.providers.items():
        for lack in fitness.lacks(provider):
            yield _problem(root / "providers" / f"{name}.yaml", lack)


def _of_collections(root: Path, portfolio: Portfolio) -> Iterator[Problem]:
    for name, collection in portfolio.collections.items():
        for source in collection.sources:
            provider = portfolio.providers[source.provider]
            if fitness.lacks(provider):  # that is told already
                continue
            for lack in fitness.lacks_of_source(source, provider):
                yield _problem(root / "collections" / f"{name}.yaml", lack)


def _problem(file: Path, lack: Lack) -> Problem:
    return Problem(file, 1, lack.what, lack.remedy)
