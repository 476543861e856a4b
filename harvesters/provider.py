"""What ``portfolio/providers/<id>.yaml`` says: EODAG's block, and what EODAG does not know."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from harvesters.errors import MissingVariable

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EXTENDS = re.compile(r"eodag:[a-z0-9_]+")
_MAX_BYTES = 64 * 2**30

NO_DATA = (
    r"no data is available within your requested subset",
    r"MARS has returned no data",
    r"\bno data (was |were )?found\b",
    r"\b0 messages? retrieved out of \d+ expected: no data\b",
)

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=128)]


class OperationRate(BaseModel):
    """How often a provider may be asked for one thing, by all processes together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_second: float = Field(gt=0, description="Requests per second, in the long run.")
    burst: int = Field(default=1, gt=0, description="How many may go at once after a silence.")


class QuotaPolicy(BaseModel):
    """What a provider lets one credential do. What is left out is not limited here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    search: OperationRate | None = Field(default=None, description="Pages of searches.")
    order: OperationRate | None = Field(
        default=None, description="Orders placed, and asked after."
    )
    download: OperationRate | None = Field(default=None, description="Downloads begun.")
    open_orders: int | None = Field(
        default=None, gt=0, description="How many orders may be at work at the provider at once."
    )
    bytes_per_month: int | None = Field(
        default=None, gt=0, description="How much may be downloaded in a calendar month (UTC)."
    )


class Deadlines(BaseModel):
    """How slow a transfer may be before it is broken off, to be gone on with later."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connect_seconds: float = Field(default=10.0, gt=0, description="Until the host answers.")
    first_byte_seconds: float = Field(
        default=120.0, gt=0, description="From the request to the headers of the answer."
    )
    stall_seconds: float = Field(
        default=60.0, gt=0, description="The longest silence within an answer."
    )
    total_seconds: float = Field(default=86400.0, gt=0, description="One file, all tries of it.")
    min_bytes_per_second: float = Field(
        default=10_000.0, ge=0, description="The least rate, once `stall_seconds` have passed."
    )


class Provider(BaseModel):
    """One provider. Strings may name environment variables as ``${NAME}``; see ``resolve``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Name = Field(description="The provider's name here, and its file's name.")
    title: str = Field(description="What people call it.")
    extends: str | None = Field(
        default=None, description="A provider that EODAG ships, as `eodag:cop_cds`."
    )
    rehost: dict[str, str] = Field(
        default_factory=dict, description="Base URLs of the shipped block → those to use instead."
    )
    eodag: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="An EODAG provider block, merged over the shipped one; null removes a key.",
    )
    hosts: tuple[str, ...] | None = Field(
        default=None,
        description="Hosts (or host:port) that data may come from; default: those of the block.",
    )
    allow_private: bool = Field(
        default=False, description="Whether data may come from loopback and private addresses."
    )
    credentials: dict[str, str] = Field(
        default_factory=dict,
        description="What EODAG's plugin calls it → the environment variable that holds it.",
    )
    page_size: int = Field(default=100, gt=0, description="How many products a page may hold.")
    stamp: str | None = Field(
        default=None, description="The item property that holds the publication time."
    )
    stamp_filter: bool = Field(
        default=True,
        description="Whether searches may be narrowed by the publication time; if not, or where "
        "EODAG knows no way, the time of the data is harvested again and again.",
    )
    sorts: bool = Field(
        default=True, description="Whether searches may be sorted, where the block says how."
    )
    floor_seconds: float = Field(
        default=60.0,
        gt=0,
        description="The smallest window that is still cut in halves where its count is not met.",
    )
    overlap: timedelta = Field(
        default=timedelta(hours=1),
        ge=timedelta(0),
        description="How far behind the cursor a harvest begins (ISO 8601, as PT1H): what is "
        "published may be found only so much later.",
    )
    lateness: timedelta = Field(
        default=timedelta(days=3),
        ge=timedelta(0),
        description="How late data may come (ISO 8601, as P3D), where the time of the data is "
        "all that can be asked for.",
    )
    rescan: timedelta = Field(
        default=timedelta(days=10),
        ge=timedelta(0),
        description="How much of the data's time is read again each day, to see what was taken "
        "back, where the cursor counts in publication time (ISO 8601, as P10D; PT0S: never).",
    )
    quotas: QuotaPolicy = Field(
        default=QuotaPolicy(), description="What the provider lets us do, and how fast."
    )
    order_poll_seconds: float = Field(
        default=30.0, gt=0, description="How soon after it was placed an order is asked after."
    )
    order_longest_poll_seconds: float = Field(
        default=900.0, gt=0, description="How far the growing time between two polls may grow."
    )
    order_deadline_seconds: float = Field(
        default=7 * 86400.0, gt=0, description="When an order that is still at work is given up."
    )
    order_settle_seconds: float = Field(
        default=15.0,
        ge=0,
        description="How long after an order that got no answer the provider's jobs are trusted "
        "to show it.",
    )
    no_data: tuple[str, ...] = Field(
        default=NO_DATA,
        description="Regexes of what the provider says of an order for which it has no data.",
    )
    parallel_downloads: int = Field(
        default=4, gt=0, le=64, description="How many files may come at once."
    )
    max_bytes: int = Field(default=_MAX_BYTES, gt=0, description="The largest product to take.")
    deadlines: Deadlines = Field(
        default=Deadlines(), description="How slow a transfer may be before it is broken off."
    )

    @field_validator("extends")
    @classmethod
    def _names_a_shipped_block(cls, value: str | None) -> str | None:
        if value is not None and not _EXTENDS.fullmatch(value):
            raise ValueError(f"expected `eodag:<provider>`, as eodag:cop_cds, came {value!r}")
        return value

    @field_validator("no_data")
    @classmethod
    def _are_regexes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"expected a regular expression, came {pattern!r}") from error
        return value

    @field_validator("credentials")
    @classmethod
    def _names_never_values(cls, value: dict[str, str]) -> dict[str, str]:
        for key, name in value.items():
            if not _VARIABLE_NAME.fullmatch(name):
                raise ValueError(
                    f"{key}: expected the name of an environment variable, came something else; "
                    "never write a credential into a file"
                )
        return value

    @model_validator(mode="after")
    def _has_a_block(self) -> Self:
        if self.extends is None and not self.eodag:
            raise ValueError("expected `extends: eodag:<provider>`, an `eodag:` block, or both")
        if self.rehost and self.extends is None:
            raise ValueError("`rehost` changes a shipped block, but nothing is extended")
        return self

    def resolve(self, environment: Mapping[str, str]) -> Self:
        """Return this provider with every ``${NAME}`` replaced.

        Raises:
            MissingVariable: a variable is not set.
        """
        resolved = _substituted(self.model_dump(mode="json"), environment)
        return self.model_validate(resolved)


def substitute(text: str, environment: Mapping[str, str]) -> str:
    """Return ``text`` with every ``${NAME}`` replaced from ``environment``.

    Raises:
        MissingVariable: a variable is not set.
    """
    return _VARIABLE.sub(lambda match: required(match[1], environment), text)


def required(name: str, environment: Mapping[str, str]) -> str:
    """Return the value of an environment variable.

    Raises:
        MissingVariable: it is not set, or empty.
    """
    value = environment.get(name)
    if not value:
        raise MissingVariable(
            f"expected the environment variable {name}, it is not set; export {name}=… and try "
            "again"
        )
    return value


def _substituted(value: object, environment: Mapping[str, str]) -> object:
    if isinstance(value, str):
        return substitute(value, environment)
    if isinstance(value, list):
        return [_substituted(element, environment) for element in value]
    if isinstance(value, dict):
        return {key: _substituted(element, environment) for key, element in value.items()}
    return value
