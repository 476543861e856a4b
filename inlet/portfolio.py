"""The portfolio: providers and collections read from YAML, each file on its own feet.

A file that cannot be used becomes a ``Problem`` that names file, line and remedy; it never keeps
another file from being used.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from harvesters.provider import Provider
from inlet import quick_yaml
from inlet.collection import Collection
from inlet.errors import PortfolioBroken, UnknownCollection
from transforms.quality.suite import Suite

M = TypeVar("M", Provider, Collection)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a portfolio file cannot be used, where, and what to do."""

    file: Path
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} → {self.remedy}"


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What can be harvested, and what is wrong with the rest."""

    providers: MappingProxyType[str, Provider]
    collections: MappingProxyType[str, Collection]
    problems: tuple[Problem, ...]

    def collection(self, name: str) -> Collection:
        """Return a collection.

        Raises:
            PortfolioBroken: its file is there and cannot be used.
            UnknownCollection: there is no such file.
        """
        if name in self.collections:
            return self.collections[name]
        broken = [problem for problem in self.problems if problem.file.stem == name]
        if broken:
            raise PortfolioBroken("\n".join(str(problem) for problem in broken))
        raise UnknownCollection(
            f"expected one of {', '.join(sorted(self.collections)) or 'no collections'}; came "
            f"{name!r}{_nearest(name, self.collections)}. `inlet portfolio list` shows them"
        )


def load(root: Path) -> Portfolio:
    """Read every provider and collection below ``root``."""
    problems: list[Problem] = []
    providers = dict(_models(root / "providers", Provider, problems))
    collections = {}
    for name, collection in _models(root / "collections", Collection, problems):
        missing = [s.provider for s in collection.sources if s.provider not in providers]
        if missing:
            problems.append(_no_provider(root, name, missing[0], providers))
        else:
            collections[name] = collection
    if not collections and not problems:
        problems.append(
            Problem(root, 0, "no collections here", "point INLET_PORTFOLIO at a portfolio")
        )
    return Portfolio(MappingProxyType(providers), MappingProxyType(collections), tuple(problems))


def read_suite(file: Path) -> Suite:
    """Read a quality suite from a file of its own, or from the ``quality`` of a collection's.

    Raises:
        PortfolioBroken: it is no suite; line and remedy are named.
    """
    try:
        document = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise PortfolioBroken(str(_not_yaml(file, error))) from error
    written = document.get("quality", document) if isinstance(document, CommentedMap) else None
    if not isinstance(written, CommentedMap):
        remedy = "write what stands under `quality:`"
        raise PortfolioBroken(str(Problem(file, 1, "expected a mapping", remedy)))
    try:
        return Suite.model_validate(_plain(written))
    except ValidationError as error:
        problems = [_problem(file, written, Suite, details) for details in error.errors()]
        raise PortfolioBroken("\n".join(map(str, problems))) from error


def _models(folder: Path, model: type[M], problems: list[Problem]) -> Iterator[tuple[str, M]]:
    for file in sorted(folder.glob("*.yaml")):
        quick = _quickly(file, model)
        if quick is not None:
            yield file.stem, quick
            continue
        try:
            document = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
        except (YAMLError, UnicodeDecodeError) as error:
            problems.append(_not_yaml(file, error))
            continue
        found = _validated(file, document, model, problems)
        if found is not None:
            yield file.stem, found


def _quickly(file: Path, model: type[M]) -> M | None:
    """Return what a file says where all is well; None where somebody must look closer."""
    try:
        document = quick_yaml.read(file.read_text(encoding="utf-8"))
        known = None if document is None else model.model_validate(document)
    except (UnicodeDecodeError, ValidationError):
        return None
    return known if known is not None and known.id == file.stem else None


def _validated(file: Path, document: object, model: type[M], problems: list[Problem]) -> M | None:
    if not isinstance(document, CommentedMap):
        problems.append(Problem(file, 1, "expected a mapping", "write `id: …` and so on"))
        return None
    if document.get("id") != file.stem:
        what = f"id is {document.get('id')!r} in a file named {file.stem!r}"
        problems.append(Problem(file, _line(document, ("id",)), what, f"write id: {file.stem}"))
        return None
    try:
        return model.model_validate(_plain(document))
    except ValidationError as error:
        problems.extend(_problem(file, document, model, details) for details in error.errors())
        return None


def _plain(value: Any) -> Any:  # noqa: ANN401 - YAML holds anything
    """Return ruamel's commented containers as the plain ones that they look like."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


def _problem(
    file: Path, document: CommentedMap, model: type[BaseModel], details: ErrorDetails
) -> Problem:
    path = details["loc"]
    where = ".".join(str(step) for step in path)
    line = _line(document, path)
    if details["type"] == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        return Problem(
            file, line, f"unknown key {where!r}", _remove_or_rename(str(path[-1]), known)
        )
    if details["type"] == "missing":
        return Problem(file, line, f"{where!r} is missing", f"add {path[-1]}: …")
    came = "something else" if "credentials" in path else repr(details["input"])
    shown = came if len(came) <= 60 else came[:57] + "…"  # noqa: PLR2004 - one screen line
    return Problem(file, line, f"{where or 'file'}: {details['msg']}", f"came {shown}; correct it")


def _remove_or_rename(key: str, known: list[str]) -> str:
    near = _nearest(key, known)
    return f"remove it, or use one of {', '.join(known)}{near}" if known else "remove it"


def _nearest(word: str, known: Any) -> str:  # noqa: ANN401 - any iterable of names
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _keys_at(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the keys that ``model`` knows at ``path``, by way of its JSON Schema."""
    schema: Any = model.model_json_schema()
    definitions = schema.get("$defs", {})
    for step in path:
        schema = _resolve(schema, definitions)
        schema = (
            schema.get("items", {})
            if isinstance(step, int)
            else schema.get("properties", {}).get(step, schema.get("additionalProperties", {}))
        )
    return sorted(_resolve(schema, definitions).get("properties", {}))


def _resolve(schema: Any, definitions: Any) -> Any:  # noqa: ANN401 - JSON Schema is JSON
    options = [schema, *schema.get("anyOf", []), *schema.get("allOf", [])]
    references = [option["$ref"] for option in options if "$ref" in option]
    return definitions[references[0].rpartition("/")[2]] if references else schema


def _line(document: Any, path: tuple[int | str, ...]) -> int:  # noqa: ANN401 - YAML node
    """Return the 1-based line of the deepest step of ``path`` that the file has."""
    line, node = 1, document
    for step in path:
        try:
            line = 1 + (node.lc.key(step)[0] if isinstance(step, str) else node.lc.item(step)[0])
            node = node[step]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line


def _not_yaml(file: Path, error: YAMLError | UnicodeDecodeError) -> Problem:
    if not isinstance(error, MarkedYAMLError):
        return Problem(file, 1, "not text in UTF-8", "save it as UTF-8")
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    what = " ".join(filter(None, (error.context, error.problem))) or "not YAML"
    return Problem(file, line, what, "check indentation, colons and quotes there")


def _no_provider(root: Path, name: str, missing: str, providers: dict[str, Provider]) -> Problem:
    file = root / "collections" / f"{name}.yaml"
    document = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    remedy = f"add providers/{missing}.yaml, or mend it{_nearest(missing, providers)}"
    index = [source["provider"] for source in document["sources"]].index(missing)
    line = _line(document, ("sources", index, "provider"))
    return Problem(file, line, f"no usable provider {missing!r}", remedy)
