"""The seam to providers: what the rest of the harvest asks of them, whoever answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from harvesters.source import Source
from lake.nouns import Window


@dataclass(frozen=True, slots=True)
class Product:
    """What a provider says it has. ``record`` is the gateway's own note of how to reach it."""

    native_id: str
    title: str
    window: Window
    stamp: str | None
    needs_order: bool
    record: str


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to a search; ``stated`` is the provider's own count of all, if it has one.

    ``unreadable`` says of each entry that is no product why it is none.
    """

    products: tuple[Product, ...]
    stated: int | None
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """An order was placed; ``record`` now says how to ask after it."""

    order_id: str
    record: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The provider is still at work; ask again in so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ready:
    """The order can be fetched; ``record`` now says from where."""

    record: str


@dataclass(frozen=True, slots=True)
class Remote:
    """Bytes to fetch, and what is promised of them.

    ``headers`` carry credentials: they go to the origin of ``url`` and nowhere else.
    ``checksum`` is a multihash in hex, or a bare MD5.
    """

    url: str
    name: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    size: int | None = None
    checksum: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What a provider's bytes may do: where they come from, how large, how many, how slow."""

    hosts: frozenset[str]
    allow_private: bool = False
    parallel: int = 4
    max_bytes: int = 64 * 2**30
    connect_seconds: float = 10.0
    stall_seconds: float = 60.0
    total_seconds: float = 6 * 3600.0


class Gateway(Protocol):
    """Speaks with providers. Every failure is a ``HarvestError``."""

    def search(self, source: Source, part: str, window: Window) -> Iterator[Page]:
        """Yield what the provider has for one part of a source, page by page.

        A source that is ordered yields one product for each piece of the window.
        """
        ...

    def order(self, record: str) -> Placed:
        """Place the order that ``record`` describes, once for each call."""
        ...

    def poll(self, record: str) -> Waiting | Ready:
        """Ask after a placed order.

        Raises:
            OrderFailed: the provider could not fulfil it.
            OrderOverdue: it has been at work for longer than the provider's deadline.
        """
        ...

    def remotes(self, record: str) -> list[Remote]:
        """Return where the bytes of a product at hand are, with what is needed to fetch them."""
        ...

    def policy(self, provider: str) -> Policy:
        """Return what this provider's bytes may do."""
        ...
