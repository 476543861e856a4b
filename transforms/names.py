"""Names that are readable, unique, and the same for the same content."""

import re
from collections import defaultdict
from collections.abc import Sequence

from transforms.plans import Name

UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


def group_names(names: Sequence[Name]) -> list[str]:
    """Return the Zarr group of each hypercube: the root for a single one, else told apart."""
    return [""] if len(names) == 1 else tell_apart(names)


def tell_apart(names: Sequence[Name]) -> list[str]:
    """Return one name for each, in their order.

    Where several would be called the same, the first detail in which they differ is added to
    them, then the next; what is alike to the end is numbered.
    """
    spelled = [_safe(name.stem) for name in names]
    kinds = dict.fromkeys(kind for name in names for kind, _ in name.details)
    for kind in kinds:
        for alike in _alike(spelled):
            _add_detail(names, spelled, alike, kind)
    while clashes := _alike(spelled):
        for alike in clashes:
            for ordinal, index in enumerate(alike, start=1):
                spelled[index] += f"_{ordinal}"
    return spelled


def _alike(spelled: list[str]) -> list[list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(spelled):
        places[name].append(index)
    return [indices for indices in places.values() if len(indices) > 1]


def _add_detail(names: Sequence[Name], spelled: list[str], alike: list[int], kind: str) -> None:
    details = {index: dict(names[index].details).get(kind, "") for index in alike}
    if len(set(details.values())) == 1:
        return
    for index, detail in details.items():
        if detail:
            spelled[index] += f"_{_safe(detail)}"


def _safe(text: str) -> str:
    return UNSAFE.sub("_", text).strip("_.") or "unnamed"
