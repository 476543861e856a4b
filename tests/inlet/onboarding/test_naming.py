"""Names that others gave become ours, and no two of them the same."""

from hypothesis import given
from hypothesis import strategies as st

from inlet.onboarding.naming import of_collections


def test_names_that_would_be_one_are_told_apart() -> None:
    assert of_collections(["SST_1", "sst-1", "SST 1", "sst-1-2", "SST_1"]) == {
        "SST_1": "sst-1",
        "sst-1": "sst-1-2",
        "SST 1": "sst-1-3",
        "sst-1-2": "sst-1-2-2",
    }
    assert of_collections(["SST"], taken=["sst"]) == {"SST": "sst-2"}


@given(st.lists(st.text(alphabet="aA_- é", max_size=70)))
def test_each_has_a_name_of_its_own(texts: list[str]) -> None:
    names = of_collections(texts)

    assert set(names) == set(texts)
    assert len(set(names.values())) == len(names)
