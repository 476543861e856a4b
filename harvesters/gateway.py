"""The seam to providers: what the rest of the harvest asks of them, whoever answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from harvesters.source import Source
from lake.nouns import Window


class By(StrEnum):
    """Which time of a product a window is about."""

    SENSING = "sensing"  # the time of its data
    PUBLISHED = "published"  # when the provider published it, or this revision of it


@dataclass(frozen=True, slots=True)
class View:
    """How a window is looked at. ``page_size`` is None where the provider's settings say."""

    by: By = By.SENSING
    is_sorted: bool = True  # where the provider can
    backwards: bool = False
    page_size: int | None = None


FORWARD = View()


@dataclass(frozen=True, slots=True)
class Ways:
    """How a provider can be searched.

    ``plans_alone``: of all orders that a window is planned into, only the first asks anybody.
    ``is_whole``: every search gives all there is, whatever the window. ``by_publication``: a
    window of publication time can be asked for. ``floor``: the smallest window that is still cut;
    ``overlap`` and ``lateness`` are how far behind its cursor a harvest begins; ``rescan`` is how
    much of the data's time is read again each day where the cursor counts in publication time.
    """

    takes_orders: bool = False
    plans_alone: bool = False
    is_whole: bool = False
    can_sort: bool = False
    by_publication: bool = False
    page_size: int = 100
    floor: timedelta = timedelta(minutes=1)
    overlap: timedelta = timedelta(hours=1)
    lateness: timedelta = timedelta(days=3)
    rescan: timedelta = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Product:
    """What a provider says it has. ``record`` is the gateway's own note of how to reach it.

    ``fields`` is how many fields its order will bring, where that can be told; ``absent`` names
    those that it asks for and that the archive says it has not. ``geometry`` is where it is, as
    GeoJSON, where the provider says so.
    """

    native_id: str
    title: str
    window: Window
    stamp: str | None
    needs_order: bool
    record: str
    fields: int | None = None
    absent: tuple[str, ...] = ()
    geometry: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to a search; ``stated`` is the provider's own count of all, if it has one.

    ``unreadable`` says of each entry that is no product why it is none; ``doubts`` why there may
    be more than the provider lists, by its own account.
    """

    products: tuple[Product, ...]
    stated: int | None
    unreadable: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


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
class Nothing:
    """The provider has no data for the order: an outcome, and no error. ``reason`` is its own."""

    reason: str


@dataclass(frozen=True, slots=True)
class Remote:
    """Bytes to fetch, and what is promised of them.

    ``headers`` carry credentials: they go to the origin of ``url`` and nowhere else.
    ``checksum`` is a multihash in hex, or a bare digest told by its length (32 digits: MD5).
    """

    url: str
    name: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    size: int | None = None
    checksum: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What a provider's bytes may do: where they come from, how large, how many, how slow.

    And what its orders may: after ``order_settle_seconds`` an order that it took shows among its
    jobs; after ``order_deadline_seconds`` an order of which nothing was heard is no more.
    """

    hosts: frozenset[str]
    allow_private: bool = False
    parallel: int = 4
    max_bytes: int = 64 * 2**30
    connect_seconds: float = 10.0
    first_byte_seconds: float = 120.0
    stall_seconds: float = 60.0
    total_seconds: float = 24 * 3600.0
    min_bytes_per_second: float = 10_000.0
    order_settle_seconds: float = 0.0
    order_deadline_seconds: float = 7 * 86400.0


class Gateway(Protocol):
    """Speaks with providers. Every failure is a ``HarvestError``."""

    def ways(self, source: Source, part: str) -> Ways:
        """Return how the provider can be searched for one part of a source."""
        ...

    def search(
        self, source: Source, part: str, window: Window, view: View = FORWARD
    ) -> Iterator[Page]:
        """Yield what the provider has for one part of a source, page by page.

        A source that is ordered yields one product for each piece of the window.
        """
        ...

    def order(self, record: str) -> Placed | Nothing:
        """Place the order that ``record`` describes, once for each call.

        Raises:
            OrderUnanswered: it left, and nobody knows whether the provider took it. After any
                other error the provider has surely not taken it.
        """
        ...

    def jobs(self, record: str, since: datetime) -> tuple[str, ...] | None:
        """Return the ids of our orders of this very request since a time, newest first.

        It is the provider's own list; None where it has none.
        """
        ...

    def adopt(self, record: str, order_id: str) -> Placed | None:
        """Take an order that stands at the provider for that of ``record``; none is placed.

        None where the provider's orders cannot be found again by their ids.
        """
        ...

    def poll(self, record: str) -> Waiting | Ready | Nothing:
        """Ask after a placed order.

        Raises:
            OrderFailed: the provider could not fulfil it; the message holds its reason.
            Vanished: the provider has the order or its result no more.
            OrderOverdue: it has been at work for longer than the provider's deadline.
        """
        ...

    def renew(self, record: str) -> None:
        """Sign in anew before the next request for ``record``: the provider refused us."""
        ...

    def remotes(self, record: str) -> list[Remote]:
        """Return where the bytes of a product at hand are, with what is needed to fetch them."""
        ...

    def policy(self, provider: str) -> Policy:
        """Return what this provider's bytes may do."""
        ...
