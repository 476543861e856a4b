"""The misbehaviour switchboard: which fault strikes where, and how often it has struck.

A room asks at the place where it could go wrong: ``strikes`` for something that happens (a page),
``marks`` for something that stays so (a product): a product that was marked is bad at each look
while the fault is set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from sandbox.kinds import KINDS, Option

ANY = "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """A misbehaviour that was switched on for a room, or for all (``*``) that can show it.

    Of the occasions whose subject contains ``subject``, ``after`` are let pass; then each
    ``every``-th is struck (1 if None), at most ``times`` times (if None, as its
    kind says: most kinds strike for ever).
    """

    name: str
    provider: str = ANY
    every: int | None = None
    times: int | None = None
    after: int = 0
    subject: str = ""
    options: Mapping[str, Option] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kind = KINDS.get(self.name)
        if kind is None:
            raise ValueError(f"expected a fault of {sorted(KINDS)}, came {self.name!r}")
        if self.provider != ANY and self.provider not in kind.families:
            raise ValueError(
                f"{self.name} can be shown by {sorted(kind.families)}, came {self.provider!r}"
            )
        if unknown := set(self.options) - set(kind.options):
            raise ValueError(
                f"{self.name} has the options {dict(kind.options)}, came {sorted(unknown)}"
            )
        if (self.every or 1) < 1 or (self.times or 0) < 0 or self.after < 0 or self.every == 0:
            raise ValueError(
                "expected every >= 1, times >= 0 and after >= 0, "
                f"came {self.every}, {self.times}, {self.after}"
            )

    def number(self, option: str) -> float:
        """An option as a number."""
        return float(self._option(option))

    def text(self, option: str) -> str:
        """An option as a text."""
        return str(self._option(option))

    def _option(self, option: str) -> Option:
        return self.options.get(option, KINDS[self.name].options[option])


@dataclass(slots=True)
class Tally:
    """A fault and its history: occasions it could have struck, and times it did."""

    fault: Fault
    occasions: int = 0
    hits: int = 0
    decided: dict[str, bool] = field(default_factory=dict)


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

    def strikes(self, name: str, provider: str, subject: str) -> Fault | None:
        """The fault, if it strikes now."""
        with self._lock:
            tally = self._tally(name, provider, subject)
            return tally.fault if tally is not None and _strike(tally) else None

    def strikes_first(self, name: str, provider: str, subject: str) -> Fault | None:
        """The fault, if it strikes now; a subject is struck at its first look, or never."""
        with self._lock:
            tally = self._tally(name, provider, subject)
            if tally is None or subject in tally.decided:
                return None
            tally.decided[subject] = _strike(tally)
            return tally.fault if tally.decided[subject] else None

    def marks(self, name: str, provider: str, subject: str) -> Fault | None:
        """The fault, if this subject is bad; decided at the first look and then kept."""
        with self._lock:
            tally = self._tally(name, provider, subject)
            if tally is None:
                return None
            if subject not in tally.decided:
                tally.decided[subject] = _strike(tally)
            return tally.fault if tally.decided[subject] else None

    def tallies(self) -> tuple[Tally, ...]:
        """All that are switched on."""
        with self._lock:
            return tuple(self._tallies.values())

    def hits(self, name: str, provider: str) -> int:
        """How often the fault has struck that concerns this room."""
        with self._lock:
            tally = self._tallies.get((name, provider)) or self._tallies.get((name, ANY))
            return 0 if tally is None else tally.hits

    def _tally(self, name: str, provider: str, subject: str) -> Tally | None:
        if provider not in KINDS[name].families:
            return None
        tally = self._tallies.get((name, provider)) or self._tallies.get((name, ANY))
        return tally if tally is not None and tally.fault.subject in subject else None


def _strike(tally: Tally) -> bool:
    fault = tally.fault
    most = KINDS[fault.name].times if fault.times is None else fault.times
    if most is not None and tally.hits >= most:
        return False
    tally.occasions += 1
    past = tally.occasions - fault.after
    struck = past > 0 and past % (fault.every or 1) == 0
    tally.hits += struck
    return struck
