"""What ``portfolio/providers/<id>.yaml`` says: EODAG's block, and what EODAG does not know."""

import re
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from harvesters.errors import MissingVariable

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EXTENDS = re.compile(r"eodag:[a-z0-9_]+")
_MAX_BYTES = 64 * 2**30

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=128)]


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
    order_poll_seconds: float = Field(default=30.0, gt=0)
    order_deadline_seconds: float = Field(default=7 * 86400.0, gt=0)
    parallel_downloads: int = Field(default=4, gt=0, le=64)
    max_bytes: int = Field(default=_MAX_BYTES, gt=0, description="The largest product to take.")

    @field_validator("extends")
    @classmethod
    def _names_a_shipped_block(cls, value: str | None) -> str | None:
        if value is not None and not _EXTENDS.fullmatch(value):
            raise ValueError(f"expected `eodag:<provider>`, as eodag:cop_cds, came {value!r}")
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
