"""Whether the portfolio's providers can be used as their files stand, beyond each file's form."""

from collections.abc import Iterator, Sequence
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
        yield from _problems(root / "providers" / f"{name}.yaml", fitness.lacks(provider))


def _of_collections(root: Path, portfolio: Portfolio) -> Iterator[Problem]:
    for name, collection in portfolio.collections.items():
        for source in collection.sources:
            provider = portfolio.providers[source.provider]
            if not fitness.lacks(provider):
                lacks = fitness.lacks_of_source(source, provider)
                yield from _problems(root / "collections" / f"{name}.yaml", lacks)


def _problems(file: Path, lacks: Sequence[Lack]) -> Iterator[Problem]:
    return (_problem(file, lack) for lack in lacks)


def _problem(file: Path, lack: Lack) -> Problem:
    return Problem(file, 1, lack.what, lack.remedy)
