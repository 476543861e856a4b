"""What lies beside a cube for those who ask why: its metrics, the report, and the Data Docs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from inlet import places
from inlet.house import House
from lake.ledger.items import LedgeredItem
from lake.nouns import Verdict, Waiver

if TYPE_CHECKING:
    import pandas as pd

    from transforms.quality.expectations import Answer

_TEXT = {"digest": str, "group": str, "variable": str}  # an all-digit digest is no number


def metrics(house: House, item: LedgeredItem) -> "pd.DataFrame":
    """Return what was measured of an item while its cube was written.

    Raises:
        MissingObject: its table is not in the lake.
    """
    import pandas as pd  # noqa: PLC0415 - half a second

    with house.store.local(places.metrics(item)) as table:
        return pd.read_csv(table, dtype=_TEXT)


def put_report(
    house: House,
    item: LedgeredItem,
    verdict: Verdict,
    measured: "pd.DataFrame",
    waiver: Waiver | None = None,
) -> None:
    """Put the quality report beside the cube, in the place of the one that is there."""
    from transforms.quality.report import render  # noqa: PLC0415 - pandas again

    _put_page(house, render(verdict, measured, _title(item), waiver), places.report(item))


def put_data_docs(house: House, item: LedgeredItem, answers: Iterable["Answer"]) -> None:
    """Put Great Expectations' Data Docs beside the cube, in the place of those that are there."""
    from transforms.quality.datadocs import render  # noqa: PLC0415 - three seconds

    _put_page(house, render(answers, _title(item)), places.data_docs(item))


def _title(item: LedgeredItem) -> str:
    return f"{item.collection}/{item.key}"


def _put_page(house: House, text: str, key: str) -> None:
    with house.store.staging() as staging:
        page = staging / "page.html"
        page.write_text(text, encoding="utf-8")
        house.store.put(page, key)
