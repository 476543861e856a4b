"""The pages of one search, driven by us: on as long as the provider has more, never in a circle.

A short page ends nothing. Where the provider links its pages, its link is followed; where it
numbers them, we count. An empty page is asked for once more, since some come empty in passing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from harvesters.eodag.asking import Answer, Question
from harvesters.errors import BrokenPaging
from harvesters.links import Link

_EMPTY_IN_A_ROW = 3

Ask = Callable[[Question], Answer]


def pages(ask: Ask, first: Question) -> Iterator[Answer]:
    """Yield the pages of a search until there are no more.

    Raises:
        BrokenPaging: the pages lead in a circle, or through one empty page after another.
        HarvestError: what ``ask`` raises.
    """
    trail, question = _Trail(first), first
    while True:
        answer = ask(question)
        trail.note(answer)
        yield answer
        following = trail.after(question, answer)
        if following is None:
            return
        question = following


@dataclass(slots=True)
class _Trail:
    """Where a search has been."""

    first: Question
    stated: int | None = None
    found: int = 0
    empty: int = 0
    is_linked: bool = False
    links: set[int] = field(default_factory=set)
    contents: set[int] = field(default_factory=set)

    def note(self, answer: Answer) -> None:
        self.found += answer.entries
        self.empty = 0 if answer.entries else self.empty + 1
        self.is_linked |= answer.link is not None
        if self.stated is None:
            self.stated = answer.stated
        if answer.features:
            self._require_news(hash(tuple(str(f["id"]) for f in answer.features)))

    def after(self, question: Question, answer: Answer) -> Question | None:
        """Return what to ask next, or None at the end."""
        if answer.link is not None:
            return self._linked(answer.link, answer)
        if answer.number is None or (self.is_linked and not self._has_lost_its_link(answer)):
            return None
        if not answer.entries:
            return self._again(answer.number)
        if answer.entries < question.limit and self.found == self.stated:
            return None
        behind = answer.number + 1
        number = max(self.found, behind) if answer.counts_products else behind
        return replace(self.first, number=number)

    def _has_lost_its_link(self, answer: Answer) -> bool:
        is_short = self.stated is not None and self.found < self.stated
        return answer.counts_products and is_short and answer.entries > 0

    def _again(self, number: int) -> Question | None:
        """Ask once more for an empty page: it may have been empty in passing."""
        return replace(self.first, number=number) if self.empty == 1 and self.found else None

    def _linked(self, link: Link, answer: Answer) -> Question:
        name = hash(link.name)
        if self.empty > _EMPTY_IN_A_ROW:
            raise BrokenPaging(
                f"expected products or an end, came {self.empty} empty pages in a row; what was "
                "found until here is kept"
            )
        if name in self.links and answer.entries:
            raise BrokenPaging(
                f"expected a new page, came the link to {link.url} again; what was found until "
                "here is kept"
            )
        self.links.add(name)
        return replace(self.first, link=link)

    def _require_news(self, content: int) -> None:
        if content in self.contents:
            raise BrokenPaging(
                "expected a new page, came the content of an earlier one again; what was found "
                "until here is kept"
            )
        self.contents.add(content)
