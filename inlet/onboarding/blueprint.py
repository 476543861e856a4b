"""A provider and its collections as the files of a portfolio that they are going to be."""

import io
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from inlet.errors import UnfitDraft
from inlet.portfolio import Portfolio, load

PROVIDERS, COLLECTIONS = "providers", "collections"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
"""What may be a file's name; what else is wrong with it the portfolio says."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Files by their path in a portfolio; ``provider`` is the provider's id."""

    provider: str
    files: Mapping[str, str]

    @property
    def collections(self) -> tuple[str, ...]:
        """Return the ids of the collections."""
        return tuple(
            sorted(Path(path).stem for path in self.files if path.startswith(f"{COLLECTIONS}/"))
        )

    def write(self, root: Path) -> None:
        """Write the files below ``root``."""
        for path, text in self.files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


def of_documents(
    provider: Mapping[str, Any], collections: Sequence[Mapping[str, Any]], whence: str
) -> Blueprint:
    """Return the files for a provider's and its collections' documents; each says whence it is.

    Raises:
        UnfitDraft: an id is no name of a file, or two collections have the same.
    """
    names = [_name_of(document) for document in collections]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise UnfitDraft(
            f"expected an id of its own for each collection, came {', '.join(map(repr, twice))} "
            "twice; rename one there"
        )
    named = {f"{PROVIDERS}/{_name_of(provider)}.yaml": provider}
    named |= {f"{COLLECTIONS}/{_name_of(document)}.yaml": document for document in collections}
    return Blueprint(
        str(provider["id"]),
        {path: f"# {whence}\n{dumped(document)}" for path, document in named.items()},
    )


def _name_of(document: Mapping[str, Any]) -> str:
    name = str(document.get("id") or "")
    if not _NAME.fullmatch(name):
        raise UnfitDraft(
            f"expected an id of letters, digits, '_' and '-', came {name[:128]!r}; mend it there"
        )
    return name


def live(root: Path, provider: str) -> Blueprint:
    """Return what the portfolio at ``root`` has of a provider: its file, and those that use it.

    Raises:
        UnfitDraft: it has no usable file of that name.
    """
    found = load(root)
    if provider not in found.providers:
        known = ", ".join(sorted(found.providers)) or "none"
        raise UnfitDraft(f"expected a provider of {known}, came {provider!r}")
    paths = [f"{PROVIDERS}/{provider}.yaml"]
    for name, collection in found.collections.items():
        if any(source.provider == provider for source in collection.sources):
            paths.append(f"{COLLECTIONS}/{name}.yaml")
    return Blueprint(provider, {p: (root / p).read_text(encoding="utf-8") for p in paths})


@contextmanager
def laid_out(blueprint: Blueprint, beside: Path) -> Iterator[tuple[Path, Portfolio]]:
    """Give a portfolio of the blueprint alone, with the providers of the one that is live.

    A collection may name several providers; those of the portfolio at ``beside`` are there, too.
    """
    with tempfile.TemporaryDirectory(prefix="inlet-draft-") as made:
        root = Path(made)
        if (beside / PROVIDERS).is_dir():
            shutil.copytree(beside / PROVIDERS, root / PROVIDERS)
        blueprint.write(root)
        yield root, load(root)


def dumped(document: Any) -> str:  # noqa: ANN401 - YAML holds anything
    """Return a document as YAML."""
    text = io.StringIO()
    _yaml().dump(document, text)
    return text.getvalue()


def loaded(text: str) -> Any:  # noqa: ANN401 - as above
    """Return what YAML text holds, with its comments and its order."""
    return _yaml().load(text)


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.width = 99
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.ignore_aliases = lambda _: True
    return yaml
