from collections.abc import Sequence

import pytest

from harvesters.eodag.asking import Answer, Question
from harvesters.eodag.pages import pages
from harvesters.errors import BrokenPaging
from harvesters.links import Link

FIRST = Question("c", {}, None, None, limit=3)


def answer(ids: str, stated: int | None = None, **of: object) -> Answer:
    return Answer(tuple({"id": i} for i in ids), stated, **of)  # type: ignore[arg-type]


class Provider:
    """Answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[Question] = []

    def __call__(self, question: Question) -> Answer:
        self.asked.append(question)
        return self.answers.pop(0)

    @property
    def numbers(self) -> Sequence[int | None]:
        return [question.number for question in self.asked]


def ids(provider: Provider) -> str:
    return "".join(f["id"] for a in pages(provider, FIRST) for f in a.features)


def test_links_are_followed_until_there_is_none() -> None:
    provider = Provider(answer("abc", link=Link("2")), answer("d", link=Link("3")), answer("e"))

    assert ids(provider) == "abcde"
    assert [question.link for question in provider.asked] == [None, Link("2"), Link("3")]


def test_numbered_pages_are_counted_past_a_short_one_to_an_empty_one_asked_twice() -> None:
    empty = answer("", number=3)
    provider = Provider(answer("ab", number=1), answer("cd", number=2), empty, empty)

    assert ids(provider) == "abcd"
    assert provider.numbers == [None, 2, 3, 3]


def test_a_short_page_that_meets_the_count_is_the_last() -> None:
    provider = Provider(answer("abc", 5, number=1), answer("de", number=2))

    assert ids(provider) == "abcde"


def test_a_page_that_was_empty_in_passing_does_not_end_it() -> None:
    provider = Provider(answer("abc", 5, number=1), answer("", number=2), answer("de", number=2))

    assert ids(provider) == "abcde"


def test_places_are_counted_by_what_came() -> None:
    provider = Provider(
        answer("ab", 5, number=0, counts_products=True),
        answer("cd", number=2, counts_products=True),
        answer("e", number=4, counts_products=True),
    )

    assert ids(provider) == "abcde"
    assert provider.numbers == [None, 2, 4]


def test_a_lost_link_is_made_up_for_where_places_are_counted() -> None:
    provider = Provider(
        answer("abc", 5, link=Link("2"), number=0, counts_products=True),
        answer("d", number=0, counts_products=True),
        answer("e", number=4, counts_products=True),
    )

    assert ids(provider) == "abcde"
    assert provider.numbers == [None, None, 4]


def test_a_link_that_comes_again_is_a_circle() -> None:
    provider = Provider(*(answer(i, link=Link("2")) for i in "abc"))

    with pytest.raises(BrokenPaging, match="came the link to 2 again"):
        ids(provider)


def test_content_that_comes_again_is_a_circle() -> None:
    provider = Provider(answer("abc", number=1), answer("abc", number=2))

    with pytest.raises(BrokenPaging, match="content of an earlier one"):
        ids(provider)


def test_one_empty_page_after_another_is_no_way() -> None:
    provider = Provider(answer("a", link=Link("0")), *(answer("", link=Link(i)) for i in "12345"))

    with pytest.raises(BrokenPaging, match="4 empty pages in a row"):
        ids(provider)
