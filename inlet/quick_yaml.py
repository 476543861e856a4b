"""YAML read quickly, where there is no doubt of what it means; else it is left to ruamel.

Every task of every run reads the portfolio: two hundred files take ruamel seconds. Here a file is
read by libyaml, in YAML 1.2 as ruamel has it; numbers and times that the two might read
differently, keys given twice, tags and anchors are doubts.
"""

import re
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"
_DOUBT = "!doubtful"
_PLAIN = (
    (f"{_TAG}bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    (f"{_TAG}null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (f"{_TAG}int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    (f"{_TAG}float", r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?", "-+0123456789"),
    (_DOUBT, r"[-+]?\.?[0-9][0-9a-fA-FxoeE._+:TZ -]*|<<|=|[-+]?\.(?:inf|nan).*", None),
)


class _Loader(yaml.CSafeLoader):
    """libyaml with the words of YAML 1.2, and doubts."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: ANN401
        found = super().construct_mapping(node, deep=deep)
        if len(found) != len(node.value):
            raise yaml.YAMLError("a key is given twice")
        return found


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(
        _tag, re.compile(f"^(?:{_pattern})$"), None if _first is None else list(_first)
    )


def read(text: str) -> dict[str, Any] | None:
    """Return the mapping that a document is; None where there is a doubt, or none."""
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader of our own
    except yaml.YAMLError:
        return None
    is_plain = isinstance(found, dict) and all(isinstance(key, str) for key in found)
    return found if is_plain else None
