"""A draft tried out live: each step with its verdict, its time, what came, and what to do."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from harvesters.errors import HarvestError
from inlet.collection import Collection
from inlet.errors import InletError
from inlet.house import House
from inlet.onboarding import doorstep, lint, remedies, suggestion
from inlet.onboarding.blueprint import Blueprint
from inlet.onboarding.findings import Cadence, Outcome, Probe, Said, Sample, Step
from inlet.onboarding.rehearsal import Bounds, rehearsed
from inlet.onboarding.tour import Tour
from lake.errors import LakeError
from transforms.errors import TransformError

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
    bounds: Bounds = Bounds()


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
            walk.step("credentials", None, lambda: doorstep.keys(own, provider))
            walk.step("address", None, lambda: doorstep.address(own, provider))
            walk.step("clock", None, lambda: doorstep.clock(own, provider))
            for name in blueprint.collections if walk.is_clear else ():
                tour = _tour(own, own.portfolio.collections[name], tried)
                walk.along(tour)
                cadences.append(tour.cadence())
                samples += suggestion.sampled(tour, walk.seconds_of(name))
    seconds = (house.ledger.clock() - began).total_seconds()
    return Probe(
        blueprint.provider, began, seconds, tuple(walk.steps), tuple(samples), tuple(cadences)
    )


def _tour(own: House, collection: Collection, trial: Trial) -> Tour:
    return Tour(
        own,
        collection,
        around=trial.around,
        patience_seconds=trial.patience_seconds,
        order_seconds=trial.bounds.order_seconds,
        page_size=trial.bounds.page_size,
    )


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

    def along(self, tour: Tour) -> None:
        """Go through all steps of a collection; its paging being bad stops nothing else."""
        name, is_open = tour.collection.id, True
        for step, do in _of(tour):
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
            reason = f"{type(error).__name__}: {error}"
            said = Said(reason, remedies.of(error), Outcome.BAD)
        seconds = (self.house.ledger.clock() - began).total_seconds()
        self._keep(Step(name, collection, said.outcome, seconds, said.came, said.remedy))
        return said.outcome

    def seconds_of(self, collection: str) -> float:
        return sum(step.seconds for step in self.steps if step.collection == collection)

    def _keep(self, step: Step) -> None:
        self.steps.append(step)
        self.notice(step)


def _of(tour: Tour) -> Iterable[tuple[str, Do]]:
    return (
        ("search", tour.search),
        ("paging", tour.paging),
        ("order", tour.order),
        ("links", tour.sign_in),
        ("download", tour.download),
        ("conversion", tour.conversion),
        ("quality gate", tour.gate),
        ("picture", tour.draw),
    )
