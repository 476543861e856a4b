"""Airflow's pools: how many tasks may be at work at a provider at once, one pool for each.

A task whose pool is missing waits for ever without a word: they are made at deploy, and looked
after by ``inlet bridge``.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from harvesters.provider import Provider


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool by Airflow's words; what waits without a worker holds no slot of it."""

    name: str
    slots: int
    description: str
    include_deferred: bool = False


def pool_of(provider: str) -> str:
    """Return the name of a provider's pool."""
    return f"provider-{provider}"


def pools(providers: Iterable[Provider]) -> list[Pool]:
    """Return the pools of providers: a slot for each batch that may be fetched at once."""
    return [
        Pool(pool_of(p.id), p.parallel_downloads, f"Tasks at work at {p.title}") for p in providers
    ]


def as_imported(found: Iterable[Pool]) -> dict[str, dict[str, object]]:
    """Return pools as ``airflow pools import`` reads them."""
    known = {pool.name: asdict(pool) for pool in found}
    return {name: {k: v for k, v in p.items() if k != "name"} for name, p in known.items()}
