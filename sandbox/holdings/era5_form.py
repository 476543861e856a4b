"""What the Climate Data Store says of ERA5 beforehand: constraints and the download form.

Their shapes are those that EODAG reads (``constraints.json``, ``form.json`` of a dataset).
"""

import calendar

from sandbox.holdings.era5 import DATASETS, HOURS, LEVELS_HPA, PRESSURE_LEVELS, YEAR
from sandbox.orders import Json

_ONLY = {"data_format": "grib", "download_format": "unarchived"}
_WORLD = {"n": 90, "w": -180, "s": -90, "e": 180}


def constraints(dataset: str) -> list[dict[str, list[str]]]:
    """Which choices go together: one entry for all months of one length."""
    months: dict[int, list[str]] = {}
    for month in range(1, 13):
        months.setdefault(calendar.monthrange(YEAR, month)[1], []).append(f"{month:02d}")
    return [
        {
            "product_type": ["reanalysis"],
            "variable": list(DATASETS[dataset]),
            **_level_choices(dataset),
            "year": [str(YEAR)],
            "month": names,
            "day": [f"{day:02d}" for day in range(1, length + 1)],
            "time": list(HOURS),
        }
        for length, names in months.items()
    ]


def form(dataset: str) -> list[Json]:
    """The download form: each keyword of the constraints, then format and area."""
    entries = constraints(dataset)
    values = {key: sorted({v for entry in entries for v in entry[key]}) for key in entries[0]}
    widgets = [
        *(_widget(key, "StringListWidget", {"values": values[key]}) for key in values),
        *(_widget(key, "StringChoiceWidget", {"values": [v]}) for key, v in _ONLY.items()),
        _widget("area", "GeographicExtentWidget", {"range": _WORLD, "default": _WORLD}),
    ]
    return [widget | {"id": number} for number, widget in enumerate(widgets)]


def _widget(name: str, kind: str, details: Json) -> Json:
    if len(details.get("values", [])) == 1:
        details = {**details, "default": details["values"]}
    is_required = name != "area"
    label = name.replace("_", " ").capitalize()
    return {
        "name": name,
        "label": label,
        "type": kind,
        "required": is_required,
        "details": details,
    }


def _level_choices(dataset: str) -> dict[str, list[str]]:
    return {"pressure_level": [str(n) for n in LEVELS_HPA]} if dataset == PRESSURE_LEVELS else {}
