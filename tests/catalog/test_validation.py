import json
from typing import Any

import pytest

from catalog.errors import InvalidStac
from catalog.validation import check_collection, check_item
from tests.catalog.makers import described


def changed(**properties: Any) -> str:
    stac = json.loads(described().stac)
    stac["properties"] |= properties
    return json.dumps(stac)


def test_an_item_of_ours_passes() -> None:
    check_item(described().stac)


def test_a_broken_time_is_named_with_its_place() -> None:
    with pytest.raises(InvalidStac, match=r"properties.start_datetime.*mend the `stac:` block"):
        check_item(changed(start_datetime="yesterday"))


def test_json_that_is_no_item_at_all_is_refused() -> None:
    for text in ("[]", "{}", "null"):
        with pytest.raises(InvalidStac):
            check_item(text)


def test_an_item_is_no_collection() -> None:
    with pytest.raises(InvalidStac, match="collection 'era5-20240101'"):
        check_collection(described().stac)
