import json

import pytest

from harvesters.errors import BadNotice
from harvesters.notices.wis2 import LONGEST_MESSAGE_BYTES, parse
from tests.harvesters.notices.messages import SAMPLES, a_message, a_sample


@pytest.mark.parametrize("change", ["canonical", "update", "deletion"])
def test_a_message_says_which_data_and_how_they_changed(change: str) -> None:
    told = parse(a_sample(f"wis2_{change}", "wis2"))

    assert told.keys["change"] == change
    assert told.keys["topic"] == "de-dwd/data/core/weather/prediction/forecast"
    assert told.native_ids[0].endswith("ICON_2024032000_000")
    assert (told.window is None) == (change == "deletion")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["links"].append({"rel": "update", "href": "h"}), "exactly one link"),
        (lambda d: d["links"].clear(), "links"),
        (lambda d: d["properties"].pop("pubtime"), "pubtime"),
        (lambda d: d["properties"].pop("data_id"), "data_id"),
        (lambda d: d["properties"]["integrity"].update(method="md5"), "method"),
        (lambda d: d.update(type="Collection"), "type"),
        (lambda d: d["properties"].update(more="x" * LONGEST_MESSAGE_BYTES), "at most 8192"),
    ],
)
def test_what_breaks_the_standard_is_refused(change, said) -> None:
    document = json.loads((SAMPLES / "wis2_canonical.json").read_text())
    change(document)

    with pytest.raises(BadNotice, match=said):
        parse(a_message(json.dumps(document), "wis2"))
