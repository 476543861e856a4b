"""Names of groups and variables."""

from hypothesis import given
from hypothesis import strategies as st

from transforms.names import group_names, tell_apart
from transforms.plans import Name

words = st.text("ab1 /é", max_size=3)
names = st.builds(Name, words, st.lists(st.tuples(st.sampled_from("xyz"), words)).map(tuple))


def test_a_single_hypercube_is_the_root() -> None:
    assert group_names([Name("surface")]) == [""]


def test_only_what_clashes_is_told_apart() -> None:
    wanted = [Name("surface"), *(Name("isobaric", (("levels", f"{n}_levels"),)) for n in (26, 5))]

    assert group_names(wanted) == ["surface", "isobaric_26_levels", "isobaric_5_levels"]


def test_a_detail_that_does_not_differ_is_not_added() -> None:
    wanted = [Name("t", (("centre", "ecmf"), ("type", kind))) for kind in ("an", "fc")]

    assert tell_apart(wanted) == ["t_an", "t_fc"]


@given(st.lists(names, min_size=1, max_size=8))
def test_names_are_unique_and_safe(wanted: list[Name]) -> None:
    found = tell_apart(wanted)

    assert len(set(found)) == len(wanted)
    assert all(name and "/" not in name and " " not in name for name in found)
