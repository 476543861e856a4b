"""The misbehaviour switchboard: which fault strikes where, and how often it has struck.

A room asks at the place where it could go wrong: ``faults.strikes("short_page", "stac")`` for
something that happens (a request), ``faults.marks("garbage_data", "stac", product)`` for something
that stays so (a product): a product that was marked is bad at each look while the fault is set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "short_page": "a page holds half of what was asked for, though there is a next page",
        "page_error": "a search page answers 500",
        "lost_next_link": "a page has no next link, though there is a next page",
        "duplicate_items": "the next page begins with the last product of this one",
        "truncated_body": "the connection closes in the middle of an honest Content-Length",
        "wrong_checksum": "the metadata state another digest than the bytes have",
        "html_instead_of_data": "a download answers 200 with a page of HTML",
        "http_429_with_retry_after": "429; options: retry_after (s, 1), path (part of the URL)",
        "unavailable": "503; options: path (part of the URL that is concerned)",
        "slow_body": "a download dribbles; options: seconds (0.05), chunk_bytes (65536)",
        "job_failed": "an order fails; options: message",
        "garbage_data": "a product was published cut in the middle, size and digest as cut",
    }
)
"""Every fault there is. To add one: name it here, and ask for it in the room where it strikes."""

ANY = "*"
Option = str | int | float


@dataclass(frozen=True, slots=True)
class Fault:
    """A misbehaviour that was switched on: at each ``every``-th occasion, at most ``times`` times.

    ``provider`` is a room's name, or ``*``. Neither ``every`` nor ``times``: always.
    """

    name: str
    provider: str = ANY
    every: int | None = None
    times: int | None = None
    options: Mapping[str, Option] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name not in KINDS:
            raise ValueError(f"expected a fault of {sorted(KINDS)}, came {self.name!r}")
        if (self.every is not None and self.every < 1) or (
            self.times is not None and self.times < 0
        ):
            raise ValueError(
                f"expected every >= 1 and times >= 0, came {self.every}, {self.times}"
            )

    def number(self, option: str, default: float) -> float:
        """An option as a number."""
        return float(self.options.get(option, default))

    def text(self, option: str, default: str) -> str:
        """An option as a text."""
        return str(self.options.get(option, default))


@dataclass(slots=True)
class Tally:
    """A fault and its history: occasions it could have struck, and times it did."""

    fault: Fault
    occasions: int = 0
    hits: int = 0
    marked: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Faults:
    """The switchboard. One fault of a name and provider; setting it again begins it anew."""

    _tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def set(self, fault: Fault) -> None:
        """Switch a fault on."""
        with self._lock:
            self._tallies[fault.name, fault.provider] = Tally(fault)

    def clear(self, name: str | None = None, provider: str | None = None) -> None:
        """Switch all faults off, or those of that name, or of that provider."""
        with self._lock:
            for key in list(self._tallies):
                if name in {None, key[0]} and provider in {None, key[1]}:
                    del self._tallies[key]

    def strikes(self, name: str, provider: str, subject: str = "") -> Fault | None:
        """The fault, if it strikes now; ``subject`` is held against its option ``path``."""
        with self._lock:
            tally = self._tally(name, provider)
            if tally is None or tally.fault.text("path", "") not in subject:
                return None
            return tally.fault if _strike(tally) else None

    def marks(self, name: str, provider: str, product: str) -> Fault | None:
        """The fault, if this product is bad; decided at the first look and then kept."""
        with self._lock:
            tally = self._tally(name, provider)
            if tally is None:
                return None
            if product not in tally.marked:
                tally.marked[product] = _strike(tally)
            return tally.fault if tally.marked[product] else None

    def tallies(self) -> tuple[Tally, ...]:
        """All that are switched on."""
        with self._lock:
            return tuple(self._tallies.values())

    def _tally(self, name: str, provider: str) -> Tally | None:
        if name not in KINDS:
            raise ValueError(f"expected a fault of {sorted(KINDS)}, came {name!r}")
        return self._tallies.get((name, provider)) or self._tallies.get((name, ANY))


def _strike(tally: Tally) -> bool:
    fault = tally.fault
    if fault.times is not None and tally.hits >= fault.times:
        return False
    tally.occasions += 1
    struck = tally.occasions % (fault.every or 1) == 0
    tally.hits += struck
    return struck
