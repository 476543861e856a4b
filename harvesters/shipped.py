"""What EODAG ships: the names of its providers, and what it tells of their collections."""

from importlib import resources
from typing import Any

import yaml

from harvesters.errors import Misconfigured

_RESOURCES = resources.files("eodag") / "resources"


def providers() -> tuple[str, ...]:
    """Return the names of the providers that EODAG ships."""
    files = (_RESOURCES / "providers").iterdir()
    return tuple(sorted(f.name.removesuffix(".yml") for f in files if f.name.endswith(".yml")))


def block(name: str) -> dict[str, Any]:
    """Return the block of a provider that EODAG ships.

    Raises:
        Misconfigured: it ships none of that name.
    """
    if name not in providers():
        raise Misconfigured(
            f"expected a provider that EODAG ships ({', '.join(providers())}), came {name!r}"
        )
    text = (_RESOURCES / "providers" / f"{name}.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)[name]
    return found


def collection(name: str) -> dict[str, Any]:
    """Return what EODAG tells of a collection, as STAC has it; its name alone where nothing."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # 410 of them: seconds without C
    text = (_RESOURCES / "collections.yml").read_text(encoding="utf-8")
    told = yaml.load(text, loader).get(name) or {}  # noqa: S506 - both are safe loaders
    return {**told, "id": name}
