"""What a collection demands of its cubes, as data: the ``quality`` part of its file."""

import math
from collections.abc import Callable
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

BoundsOf = Callable[[str, str | None], tuple[float, float] | None]
"""Gives the physical bounds of a CF standard name in a unit, where they are known."""

Policy = Literal["forbidden", "allowed"]


class VariableRule(BaseModel):
    """What one variable must be like. It must also be there: a rule needs something to judge."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    between: Annotated[
        tuple[float, float] | None,
        Field(description="Lowest and highest value allowed, in the cube's unit."),
    ] = None
    missing_at_most: Annotated[
        float | None,
        Field(
            ge=0, le=1, description="Share of cells of one field that may lack a value, 0 to 1."
        ),
    ] = None
    constant_fields: Annotated[
        Policy | None, Field(description="Overrides the suite's policy for this variable.")
    ] = None
    frozen_fields: Annotated[
        Policy | None, Field(description="Overrides the suite's policy for this variable.")
    ] = None

    @field_validator("between")
    @classmethod
    def _low_is_below_high(cls, between: tuple[float, float] | None) -> tuple[float, float] | None:
        if between is None:
            return None
        low, high = between
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError(
                f"expected two finite numbers, the lower one first, came [{low:g}, {high:g}]; "
                "write [lowest, highest]"
            )
        return between


class DriftRule(BaseModel):
    """How far a variable's mean and spread may lie from those of the item before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mean_within: Annotated[
        float | None, Field(gt=0, description="How far the mean may move; null: as it will.")
    ] = None
    std_within: Annotated[
        float | None,
        Field(gt=0, description="How far the standard deviation may move; null: as it will."),
    ] = None
    unit: Annotated[
        Literal["cube", "std"],
        Field(
            description="What the numbers are in: the cube's unit, or the standard deviation that "
            "the variable had in the item before."
        ),
    ] = "cube"

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.mean_within is None and self.std_within is None:
            raise ValueError(
                "expected mean_within or std_within, came neither; say how far it may move, or "
                "leave the variable out of `drift`"
            )
        return self


class Completeness(BaseModel):
    """What must be in every cube. A name is ``variable``, or ``group/variable``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    variables: Annotated[
        tuple[str, ...] | None, Field(min_length=1, description="Null: all that were found.")
    ] = None
    times: Annotated[
        int | None, Field(ge=1, description="How many valid times each variable has.")
    ] = None
    levels: Annotated[
        tuple[float, ...] | None,
        Field(min_length=1, description="Levels that each variable on levels has at the least."),
    ] = None
    members: Annotated[
        int | None, Field(ge=1, description="How many ensemble members each variable has.")
    ] = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if (self.variables, self.times, self.levels, self.members) == (None,) * 4:
            raise ValueError(
                "expected at least one of variables, times, levels or members, came none; "
                "name what must be there, or leave `complete` out"
            )
        return self


def _as_list(value: object) -> object:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


class Suite(BaseModel):
    """The demands on every cube of a collection; by default, the physical bounds alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1)] = "default"
    version: Annotated[
        str,
        Field(min_length=1, description="Recorded with each verdict: raise it with each change."),
    ] = "1"
    variables: Annotated[
        dict[str, VariableRule],
        Field(description="Rules by `variable`, or by `group/variable`, which wins."),
    ] = {}
    complete: Annotated[
        tuple[Completeness, ...],
        BeforeValidator(
            _as_list, json_schema_input_type=Completeness | tuple[Completeness, ...] | None
        ),
        Field(description="One demand or a list of them."),
    ] = ()
    drift: Annotated[
        dict[str, DriftRule],
        Field(
            description="Limits by `variable`, or by `group/variable`, which wins, against the "
            "item before; the first item passes."
        ),
    ] = {}
    constant_fields: Annotated[
        Policy, Field(description="Fields whose cells all hold one value.")
    ] = "allowed"
    frozen_fields: Annotated[
        Policy, Field(description="Fields that are the same twice in succession in time.")
    ] = "allowed"
    defaults: Annotated[
        Literal["physical", "none"],
        Field(description="Bounds of variables that no rule bounds: by standard name, or none."),
    ] = "physical"

    def rule(self, group: str, variable: str) -> VariableRule:
        """Return the rule of a variable with the suite's policies filled in."""
        rule = self.variables.get(subject(group, variable)) or self.variables.get(variable)
        rule = rule or VariableRule()
        return rule.model_copy(
            update={
                "constant_fields": rule.constant_fields or self.constant_fields,
                "frozen_fields": rule.frozen_fields or self.frozen_fields,
            }
        )

    def drift_rule(self, group: str, variable: str) -> DriftRule | None:
        """Return how far a variable may drift; None where nothing is said of it."""
        return self.drift.get(subject(group, variable)) or self.drift.get(variable)

    @property
    def demanded(self) -> tuple[str, ...]:
        """Return every name that the suite speaks of, once each, as it was written."""
        listed = (name for demand in self.complete for name in demand.variables or ())
        return tuple(dict.fromkeys((*listed, *self.variables, *self.drift)))


def subject(group: str, variable: str) -> str:
    """Return the name by which findings call a variable: ``group/variable``, or ``variable``."""
    return f"{group}/{variable}" if group else variable
