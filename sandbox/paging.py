"""Pages of what a search found, and all the ways in which providers get them wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import HTTPException
from fastapi.responses import HTMLResponse

from sandbox.broken import Instead
from sandbox.faults import Faults
from sandbox.holdings.products import Product

_HTML = "<!doctype html><title>Sign in</title><p>Your session has ended. Please sign in again.</p>"


@dataclass(frozen=True, slots=True)
class Page:
    """``stated`` is how many there are, as told; ``following`` where the next page begins.

    Rooms whose clients count for themselves have no use for ``following``.
    """

    products: list[Product]
    stated: int | None
    following: int | None


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts the pages of one room. ``subject`` is the request's path and its collections."""

    faults: Faults
    room: str
    subject: str

    def cut(self, found: Sequence[Product], start: int, limit: int) -> Page:
        """A page. Raises HTTPException or Instead where none can be had."""
        self._refuse()
        cap = self.faults.strikes("provider_cap", self.room, self.subject)
        most = min(len(found), int(cap.number("cap"))) if cap else len(found)
        is_cap_counted = cap is not None and cap.text("count") == "capped"
        stated = self._stated(most if is_cap_counted else len(found))
        if limit > 1 and self._strikes("short_page"):
            limit //= 2
        stop = min(start + limit, most)
        if not start < stop:
            return Page([], stated, None)
        if start and self.faults.strikes_first(
            "empty_page_in_the_middle", self.room, f"{self.subject} {start}"
        ):
            return Page([], stated, start)
        places = self._places(start, limit, most)
        products = [found[place] for place in self._moved(places, len(found))]
        is_last = stop == most or self._strikes("lost_next_link")
        return Page(products, stated, None if is_last else stop)

    def _refuse(self) -> None:
        if fault := self.faults.strikes("page_error", self.room, self.subject):
            raise HTTPException(int(fault.number("status")), "Internal server error")
        if self._strikes("html_instead_of_json"):
            raise Instead(HTMLResponse(_HTML))

    def _stated(self, true: int) -> int | None:
        fault = self.faults.strikes("count_lies", self.room, self.subject)
        if fault is None:
            return true
        by = int(fault.number("by"))
        lies = {"high": true + by, "low": max(true - by, 0)}
        return lies.get(fault.text("says"))

    def _places(self, start: int, limit: int, most: int) -> list[int]:
        first = start
        if self._strikes("out_of_order_pages"):
            neighbour = (start // limit ^ 1) * limit
            first = neighbour if neighbour < most else start
        places = list(range(first, min(first + limit, most)))
        if start and self._strikes("repeated_first_id"):
            places.insert(0, max(start - limit, 0))
        if start and self._strikes("duplicate_items"):
            places.insert(0, start - 1)
        return places

    def _moved(self, places: list[int], count: int) -> list[int]:
        fault = self.faults.strikes("unstable_order", self.room, self.subject)
        if fault is None:
            return places
        pages_before = self.faults.hits("unstable_order", self.room) - 1
        shift = int(fault.number("shift")) * pages_before
        return [(place + shift) % count for place in places]

    def _strikes(self, name: str) -> bool:
        return self.faults.strikes(name, self.room, self.subject) is not None
