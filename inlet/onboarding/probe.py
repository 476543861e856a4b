"""A draft tried out live: each step with its verdict, its time, what came, and what to do."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from harvesters.errors import HarvestError
from harvesters.provider import Provider
from inlet.collection import Collection
from inlet.errors import InletError
from inlet.house import House
from inlet.onboarding import doorstep, lint, remedies, suggestion
from inlet.onboarding.blueprint import Blueprint
from inlet.onboarding.findings import Cadence, Outcome, Probe, Said, Sample, Step
from inlet.onboarding.lookout import Lookout
from inlet.onboarding.rehearsal import Bounds, rehearsed
from inlet.onboarding.sampling import Sampling
from lake.errors import LakeError
from transforms.errors import TransformError

log = structlog.get_logger(__name__)

Notice = Callable[[Step], None]
Do = Callable[[], Said]
_FORESEEN = (HarvestError, TransformError, LakeError, InletError, OSError)


@dataclass(frozen=True, slots=True)
class Trial:
    """How to try a draft out. ``around`` is a day of which there are data, where one is known.

    ``patience_seconds`` is how long a sample that did not come is tried again.
    """

    around: datetime | None = None
    patience_seconds: float = 20.0
    bounds: Bounds = field(default_factory=Bounds)


def unheard(step: Step) -> None:
    """Look away."""


def probe(
    house: House, blueprint: Blueprint, trial: Trial | None = None, notice: Notice = unheard
) -> Probe:
    """Try a draft out, in a house of its own of which nothing is kept; ``notice`` hears each step.

    Never raises for what a provider does: that is what it finds.
    """
    began = house.ledger.clock()
    walk = _Walk(house, notice)
    walk.step("files", None, lambda: _files(house, blueprint))
    samples: list[Sample] = []
    cadences: list[Cadence] = []
    if walk.is_clear:
        tried = trial or Trial()
        with rehearsed(house, blueprint, tried.bounds) as own:
            provider = own.portfolio.providers[blueprint.provider]
            for step, do in _at_the_door(own, provider):
                if walk.is_clear:
                    walk.step(step, None, do)
            for name in blueprint.collections if walk.is_clear else ():
                lookout, sampling = _both(own, own.portfolio.collections[name], tried)
                walk.along(name, lookout, sampling)
                cadences.append(lookout.cadence())
                samples += suggestion.sampled(sampling, walk.seconds_of(name))
    seconds = (house.ledger.clock() - began).total_seconds()
    return Probe(
        blueprint.provider, began, seconds, tuple(walk.steps), tuple(samples), tuple(cadences)
    )


def _both(own: House, collection: Collection, trial: Trial) -> tuple[Lookout, Sampling]:
    bounds = trial.bounds
    lookout = Lookout(own, collection, trial.around, bounds.page_size)
    patience, order = trial.patience_seconds, bounds.order_seconds
    return lookout, Sampling(own, collection.id, lookout.offers, patience, order)


def _files(house: House, blueprint: Blueprint) -> Said:
    found = lint.problems(blueprint, house.settings.portfolio_root)
    if not found:
        return Said(f"{len(blueprint.files)} files are right")
    first, more = found[0], f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return Said(f"{first.file}:{first.line}: {first.what}{more}", first.remedy, Outcome.BAD)


@dataclass
class _Walk:
    """Goes from step to step; behind a bad one, those that build on it are not tried."""

    house: House
    notice: Notice
    steps: list[Step] = field(default_factory=list)

    @property
    def is_clear(self) -> bool:
        return all(step.outcome is not Outcome.BAD for step in self.steps)

    def along(self, name: str, lookout: Lookout, sampling: Sampling) -> None:
        """Go through all steps of a collection; its paging being bad stops nothing else."""
        is_open = True
        for step, do in _of(lookout, sampling):
            if not is_open:
                self._keep(Step(step, name, Outcome.SKIPPED, 0.0, "", ""))
                continue
            said = self.step(step, name, do)
            is_open = said is not Outcome.BAD or step == "paging"

    def step(self, name: str, collection: str | None, do: Do) -> Outcome:
        """Take one step; what goes wrong in it is what it found."""
        began = self.house.ledger.clock()
        try:
            said = do()
        except _FORESEEN as error:
            said = _wrong(error, remedies.of(error))
        except Exception as error:  # whatever a half-written block comes to
            log.warning("A probe met what nobody foresaw", step=name, exc_info=True)
            said = _wrong(error, remedies.UNFORESEEN)
        seconds = (self.house.ledger.clock() - began).total_seconds()
        self._keep(Step(name, collection, said.outcome, seconds, said.came, said.remedy))
        return said.outcome

    def seconds_of(self, collection: str) -> float:
        return sum(step.seconds for step in self.steps if step.collection == collection)

    def _keep(self, step: Step) -> None:
        self.steps.append(step)
        self.notice(step)


def _wrong(error: Exception, remedy: str) -> Said:
    return Said(f"{type(error).__name__}: {error}", remedy, Outcome.BAD)


def _at_the_door(own: House, provider: Provider) -> Iterable[tuple[str, Do]]:
    return (
        ("credentials", lambda: doorstep.keys(own, provider)),
        ("address", lambda: doorstep.address(own, provider)),
        ("clock", lambda: doorstep.clock(own, provider)),
    )


def _of(lookout: Lookout, sampling: Sampling) -> Iterable[tuple[str, Do]]:
    return (
        ("search", lookout.search),
        ("paging", lookout.paging),
        ("order", sampling.order),
        ("links", sampling.links),
        ("download", sampling.download),
        ("conversion", sampling.conversion),
        ("quality gate", sampling.gate),
        ("picture", sampling.draw),
    )
