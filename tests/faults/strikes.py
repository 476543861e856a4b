"""How each fault strikes in the matrix: hard enough to hurt, and most of them to be survived."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from sandbox.kinds import KINDS, Option, Stage


@dataclass(frozen=True, slots=True)
class Strike:
    """One way to switch a fault on.

    ``is_survivable``: all products can be had nevertheless, if not at once; else some are beyond
    reach, and must be listed. ``beside`` are faults without which this one would not be met.
    ``is_whole_way``: what is wrong shows only where the bytes are read, so they are converted.
    """

    fault: str
    variant: str = ""
    every: int | None = None
    times: int | None = None
    after: int = 0
    options: Mapping[str, Option] = field(default_factory=dict)
    is_survivable: bool = True
    brings_more: bool = False
    beside: tuple[str, ...] = ()
    is_whole_way: bool = False

    @property
    def name(self) -> str:
        return f"{self.fault} ({self.variant})" if self.variant else self.fault


class How(TypedDict, total=False):
    """What of a strike is not as usual."""

    variant: str
    every: int | None
    times: int | None
    after: int
    options: Mapping[str, Option]
    is_survivable: bool
    brings_more: bool
    beside: tuple[str, ...]
    is_whole_way: bool


_BY_STAGE: Mapping[Stage, How] = {
    Stage.REQUEST: {"every": 3, "times": 4},
    Stage.PAGE: {},
    Stage.PRODUCT: {"every": 4, "is_survivable": False},
    Stage.DOWNLOAD: {"every": 2, "times": 4},
    Stage.ORDER: {"every": 2, "times": 2},
}
_LOST: How = {"is_survivable": False}
_ONCE_MIDWAY: How = {"after": 1, "times": 1}
RANGES = frozenset({"no_range", "range_lies", "etag_changes_midway"})
"""They are met only where a transfer that broke off goes on."""
_RESUMED: How = {"beside": ("truncated_body",), "every": None, "times": 4}
_LASTING: How = {"variant": "lasting", "every": None, "times": None, **_LOST}
_CHOSEN: Mapping[str, tuple[How, ...]] = {
    "http_429_with_retry_after": (
        {"variant": "seconds"},
        {"variant": "date", "options": {"form": "date"}},
        {"variant": "unsaid", "options": {"form": "none"}},
    ),
    "unavailable": ({"variant": "passing"}, _LASTING),
    "no_answer": ({"options": {"seconds": 1}, "times": 2},),
    "stalled_response": ({"options": {"seconds": 1}, "times": 2},),
    "auth_401_once": ({"every": 2, "times": 3},),
    "token_expires_midway": ({"every": 2, "times": 2},),
    "short_page": ({"every": 2},),
    "page_error": (
        {"variant": "passing", **_ONCE_MIDWAY},
        {"variant": "lasting", "after": 1, **_LOST},
    ),
    "html_instead_of_json": (
        {"variant": "passing", **_ONCE_MIDWAY},
        {"variant": "lasting", "after": 1, **_LOST},
    ),
    "other_collection": (
        {"variant": "passing", **_ONCE_MIDWAY},
        {"variant": "lasting", "after": 1, **_LOST},
    ),
    "lost_next_link": ({"variant": "once", "times": 1}, {"variant": "always"}),
    "provider_cap": (
        {"variant": "honest", "options": {"cap": 5}},
        {"variant": "capped", "options": {"cap": 5, "count": "capped"}},
    ),
    "count_lies": (
        {"variant": "high"},
        {"variant": "low", "options": {"says": "low"}},
        {"variant": "absent", "options": {"says": "absent"}},
    ),
    "unstable_order": ({"times": 4, "options": {"shift": 2}},),
    "dangling_link": ({"every": 4, **_LOST},),
    "nothing_stated": ({"is_survivable": True},),
    "odd_title": (
        {"variant": "dots", "every": None, "is_survivable": True},
        {
            "variant": "the same",
            "every": None,
            "is_survivable": True,
            "options": {"title": "same"},
        },
    ),
    "assets_share_a_name": ({"is_survivable": True, "brings_more": True},),
    "packed_product": tuple(
        {"variant": form, "is_survivable": True, "options": {"format": form}}
        for form in ("zip", "tar", "tar.gz")
    ),
    "zip_bomb": ({"options": {"bytes": 1 << 24}},),
    "nested_archive": (
        {"variant": "2 deep", "is_survivable": True, "options": {"depth": 2}},
        {"variant": "3 deep"},
    ),
    "html_instead_of_data": ({"variant": "passing"}, _LASTING),
    "truncated_body": ({"variant": "passing"}, {"variant": "lasting", "times": None}),
    "stalled_body": ({"times": 2, "options": {"seconds": 3}},),
    "slow_body": ({"options": {"seconds": 0.02, "chunk_bytes": 60}},),
    "no_range": (_RESUMED,),
    "range_lies": (_RESUMED,),
    "etag_changes_midway": (_RESUMED,),
    "redirect_elsewhere": ({"variant": "passing"},),
    "redirect_to_private": ({"variant": "passing"},),
    "job_failed": ({"variant": "passing"}, _LASTING),
    "job_never_ready": ({"variant": "passing"}, _LASTING),
    "no_data": ({"times": None, **_LOST},),
    "result_missing_fields": ({"times": None, "is_whole_way": True, **_LOST},),
}


def strikes() -> tuple[Strike, ...]:
    """Return every fault that there is, in each way in which the matrix shows it."""
    found = []
    for fault, kind in KINDS.items():
        usual = _BY_STAGE[kind.stage]
        for chosen in _CHOSEN.get(fault, (How(),)):
            how: How = {**usual, **chosen}
            found.append(Strike(fault, **how))
    return tuple(found)
