"""A collection as data: whence, when, how cut, how stored, how judged, how described."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from catalog.template import StacTemplate
from harvesters.notices.rule import Wake
from harvesters.source import Source
from transforms.quality.suite import Suite
from transforms.recipe import Recipe


class Retention(BaseModel):
    """How long a collection keeps what it has; without it, for ever."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    items: Annotated[
        timedelta | None,
        Field(
            gt=timedelta(0),
            description="How long after the end of its time an item stays published (ISO 8601, "
            "as P365D); afterwards it is withdrawn, which is signalled. Null: for ever.",
        ),
    ] = None
    bytes: Annotated[
        timedelta | None,
        Field(
            gt=timedelta(0),
            description="How long after an item was withdrawn, by whomever, its cube and its "
            "granules rest in the lake, so that who reads them can end. Null: for ever.",
        ),
    ] = None


class Collection(BaseModel):
    """One file of ``portfolio/collections/``: everything Inlet knows of a collection."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[
        str,
        Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="Its name, and its file's name."),
    ]
    schedule: Annotated[
        str | None,
        Field(description="Cron expression; each run harvests one interval. Null: on demand."),
    ] = None
    promise: Annotated[
        timedelta | None,
        Field(
            gt=timedelta(0),
            description="Within which time of its begin a harvest is to be out (ISO 8601, as "
            "PT6H); one that takes longer raises an alert.",
        ),
    ] = None
    paused: Annotated[
        bool | None,
        Field(
            description="Whether its DAG is paused when it first appears; null: as Airflow's "
            "settings say. Afterwards people decide in Airflow."
        ),
    ] = None
    sources: Annotated[
        tuple[Source, ...],
        Field(description="Where it comes from, in order of preference: one or several."),
    ]
    wakes: Annotated[
        tuple[Wake, ...],
        Field(description="Which providers' notices wake a harvest; the schedule stays."),
    ] = ()
    recipe: Recipe = Recipe()
    quality: Suite = Suite()
    stac: StacTemplate
    on_withdrawal: Annotated[
        Literal["keep", "withdraw"],
        Field(
            description="What becomes of a published item that no provider offers any more: it "
            "stays, deprecated and saying so until it is offered again, or it leaves the "
            "catalogue. Both are signalled."
        ),
    ] = "keep"
    retention: Retention = Retention()

    @model_validator(mode="after")
    def _sources_make_the_same_items(self) -> Self:
        if not self.sources:
            raise ValueError("expected at least one source, came none")
        parts = {frozenset(source.parts) for source in self.sources}
        if len(parts) > 1:
            raise ValueError(
                "every source must offer the same parts, so that one can stand in for another; "
                f"came {[sorted(p) for p in parts]}"
            )
        return self

    @property
    def parts(self) -> frozenset[str]:
        """Return the names of the parts that make one item."""
        return frozenset(self.sources[0].parts)
