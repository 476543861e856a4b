"""One cell of the matrix: a family harvests a small window while one fault is on."""

import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

import httpx

from harvesters.errors import HarvestError
from inlet.harvest import bring, harvest
from inlet.steps import revive
from sandbox.client import Sandbox
from tests.faults.evidence import Evidence, Landed, gathered, last_window
from tests.faults.families import Family, can_be_had
from tests.faults.haste import HastyHouse, Neighbourhood
from tests.faults.strikes import RANGES, Strike
from tests.faults.verdicts import Judgement, Verdict, judged, leaks, order_fault

MOST_RUNS = 3
WHOLE_WAY = "(none: to the published item)"
LONGEST_SECONDS = 90
_ENDS_TOKENS = frozenset({"token_expires_midway"})
_ESCAPED = ("inlet-evil.txt", "inlet-slipped.txt")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cell showed. ``runs`` is how often was harvested, ``hits`` how often it struck."""

    fault: str
    family: str
    verdict: Verdict
    found: int
    expected: int
    seconds: float
    runs: int
    hits: int
    is_survivable: bool
    reasons: tuple[str, ...] = ()

    @property
    def falls_short(self) -> bool:
        """Return True where all could have been had, and was not."""
        return self.is_survivable and self.verdict is Verdict.LISTED


class TookTooLong(Exception):
    """A harvest did not end in time."""


class Bench:
    """Where one process tries cell after cell. Use it with ``with``."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._around = Neighbourhood.around(sandbox)
        self._sandbox = sandbox
        self._expected: dict[Family, Landed] = {}

    def whole_way(self, family: Family) -> Outcome:
        """Take one product of a family the whole way, with no fault on."""
        began = time.monotonic()
        with self._house() as house:
            self._sandbox.reset()
            done = harvest(house, family.collection, family.one_item)
            evidence = gathered(house, family.collection)
        is_whole = done.published == len(evidence.landed) == 1 and not done.left_out
        return Outcome(
            WHOLE_WAY,
            family.name,
            Verdict.COMPLETE if is_whole else Verdict.BROKE,
            done.published,
            1,
            time.monotonic() - began,
            1,
            0,
            is_survivable=True,
            reasons=() if is_whole else (str(done.after),),
        )

    def tried(self, strike: Strike, family: Family) -> Outcome:
        """Harvest under a fault, as often as a schedule would, and judge what came of it."""
        chosen = family.with_large_products() if strike.fault in RANGES else family
        expected = self.expected(chosen)
        is_survivable = strike.is_survivable and can_be_had(strike.fault, family)
        most_runs = MOST_RUNS if is_survivable else 1
        began, runs, hits = time.monotonic(), 0, 0
        judgement = Judgement(Verdict.BROKE, 0)
        with self._house() as house, self._struck(strike, family), _in_time():
            try:
                while runs < most_runs and judgement.verdict is not Verdict.COMPLETE:
                    runs += 1
                    judgement = self._judged_once(house, strike, chosen, expected)
            except TookTooLong as late:
                judgement = Judgement(Verdict.ENDLESS, 0, (str(late),))
            hits = self._sandbox.hits(strike.fault, family.room)
        if strike.fault in _ENDS_TOKENS:
            self._around = Neighbourhood.around(self._sandbox)  # what it holds is worth nothing
        if not hits and judgement.verdict is Verdict.COMPLETE:
            judgement = replace(judgement, verdict=Verdict.NOT_STRUCK)
        return Outcome(
            strike.name,
            family.name,
            judgement.verdict,
            judgement.found,
            len(expected),
            time.monotonic() - began,
            runs,
            hits,
            is_survivable,
            judgement.reasons,
        )

    def expected(self, family: Family) -> Landed:
        """Return what an undisturbed harvest of a family's window brings; asked once."""
        if family not in self._expected:
            with self._house() as house:
                self._sandbox.reset()
                bring(house, family.collection, family.window)
                came = gathered(house, family.collection).landed
                assert len(came) == family.count, f"{family.name}: came {sorted(came)}"
                self._expected[family] = came
        return self._expected[family]

    def _judged_once(
        self, house: HastyHouse, strike: Strike, family: Family, expected: Landed
    ) -> Judgement:
        since = last_window(house.ledger)
        failure: HarvestError | None = None
        revive(house, family.collection)
        try:
            carry = harvest if strike.is_whole_way else bring
            carry(house, family.collection, family.window)
        except HarvestError as error:
            failure = error
        evidence = gathered(house, family.collection, since)
        judgement = judged(expected, evidence, brings_more=strike.brings_more)
        worse = self._misdeeds(house, family, evidence, len(expected))
        if worse is not None:
            return replace(judgement, verdict=worse[0], reasons=worse[1])
        if failure is not None:
            return replace(judgement, reasons=(*judgement.reasons, f"raised {failure!r}"))
        return judgement

    def _misdeeds(
        self, house: HastyHouse, family: Family, evidence: Evidence, wanted: int
    ) -> tuple[Verdict, tuple[str, ...]] | None:
        """Return what was done that must not be done, whatever was found."""
        asked = [request.headers for request in self._sandbox.asked_elsewhere()[self._asked :]]
        leaked = leaks(asked, (self._sandbox.key,))
        if leaked:
            return Verdict.LEAKED, leaked
        escaped = [n for n in _ESCAPED for p in house.settings.home.parents for _ in p.glob(n)]
        if escaped:
            return Verdict.WRONG, tuple(f"{name} was written" for name in escaped)
        if family.takes_orders:
            doubled_there = self._sandbox.hits("duplicate_job", family.room)
            placed = len(self._sandbox.orders(family.room)) - self._ordered - doubled_there
            lists_jobs = family.room == "cds"
            said = order_fault(placed, wanted, evidence, lists_jobs=lists_jobs)
            if said is not None:
                return Verdict.DOUBLED, (said,)
        return None

    @contextmanager
    def _struck(self, strike: Strike, family: Family) -> Iterator[None]:
        """Keep a fault switched on."""
        self._sandbox.reset()
        self._dismiss_orders()
        self._ordered = len(self._sandbox.orders(family.room))
        self._asked = len(self._sandbox.asked_elsewhere())
        with ExitStack() as stack:
            for name in strike.beside:
                stack.enter_context(self._sandbox.fault(name, family.room, every=2))
            stack.enter_context(
                self._sandbox.fault(
                    strike.fault,
                    family.room,
                    strike.every,
                    strike.times,
                    strike.after,
                    "",
                    **strike.options,
                )
            )
            yield
        self._sandbox.reset()

    def _dismiss_orders(self) -> None:
        """Drop the jobs of earlier cells, which a provider that lists its jobs would show."""
        for order in self._sandbox.orders("cds"):
            httpx.delete(
                f"{self._sandbox.url}/cds/api/retrieve/v1/jobs/{order.id}",
                headers={"PRIVATE-TOKEN": self._sandbox.key},
                trust_env=False,
            ).raise_for_status()

    @contextmanager
    def _house(self) -> Iterator[HastyHouse]:
        with (
            tempfile.TemporaryDirectory(prefix="inlet-faults-") as root,
            self._around.house(Path(root) / "a" / "b" / "home") as house,
        ):
            yield house


@contextmanager
def _in_time() -> Iterator[None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"expected an end within {LONGEST_SECONDS} s, came none")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
