"""The life of one order at a provider: placed, found again, asked after, explained."""

import re
from datetime import datetime, timedelta

import requests
from eodag import EOProduct
from eodag.api.product.metadata_mapping import NOT_AVAILABLE

from harvesters import errors, features, jobs
from harvesters.blocks import Block
from harvesters.eodag.failures import (
    is_failed_order,
    said_by_provider,
    translated,
    was_not_taken,
)
from harvesters.eodag.plugins import Plugins
from harvesters.errors import HarvestError
from harvesters.gateway import Nothing, Placed, Ready, Waiting
from harvesters.jobs import Asked, JobList, ListedJob
from harvesters.provider import Provider
from harvesters.records import Record
from lake.clock import Clock

_NO_SUCH_LIST = frozenset({404, 405, 501})
_MOST_PAGES = 20
_PATIENCE = 0.1  # of an order's age: so much longer it is left alone


class Orders:
    """One provider's orders, spoken about through EODAG."""

    def __init__(self, provider: Provider, block: Block, plugins: Plugins, clock: Clock) -> None:
        self._provider = provider
        self._block = block
        self._plugins = plugins
        self._clock = clock

    def place(self, known: Record) -> Placed | Nothing:
        """Place the order once; see ``Gateway.order``."""
        product = self._restored(known.feature)
        with translated(self._provider.id):
            auth = self._plugins.authorisation(product)
        before = _order_id(product)
        try:
            with translated(self._provider.id):
                self._plugins.order(product, auth)
        except HarvestError as error:
            # EODAG asks after an order in the same breath; that may fail while the order stands.
            if _order_id(product) == before:
                return self._not_placed(error)
        return self._placed(known, product)

    def adopt(self, known: Record, order_id: str) -> Placed | None:
        """Take the provider's job for that of the record: its document is what a POST answers."""
        listed_at = jobs.list_url(self._block)
        if listed_at is None:
            return None
        product = self._restored(known.feature)
        url = f"{listed_at}/{order_id}"
        with translated(self._provider.id):
            self._plugins.take_answer(product, self._plugins.get(product, url))
        return self._placed(known, product)

    def poll(self, known: Record) -> Waiting | Ready | Nothing:
        """Ask after the order once; see ``Gateway.poll``."""
        product = self._restored(known.placed or known.feature)
        if product.properties.get("order:status") != features.AT_HAND:
            nothing = self._ask_after(product) or self._require_standing(product)
            if nothing is not None:
                return nothing
        if product.properties.get("order:status") == features.AT_HAND:
            self._require_link(product)
            return Ready(known.with_order(product.as_dict(skip_invalid=False)).to_text())
        return Waiting(self._wait_seconds(known, product))

    def jobs(self, known: Record, since: datetime) -> tuple[str, ...] | None:
        """Return the provider's jobs of the same request; see ``Gateway.jobs``."""
        url = jobs.list_url(self._block)
        if url is None:
            return None
        product = self._restored(known.feature)
        wanted = jobs.asked(str(product.properties["eodag:order_link"]))
        listed = self._listed(product, f"{url}?limit=100&sortby=-created", since)
        if listed is None:
            return None
        return tuple(
            job.order_id
            for job in listed
            if job.status not in jobs.DROPPED and self._is_of(product, job, wanted)
        )

    def _listed(self, product: EOProduct, url: str, since: datetime) -> list[ListedJob] | None:
        """Return the jobs since a time, newest first; None where there is no such list."""
        found: list[ListedJob] = []
        following: str | None = url
        for _ in range(_MOST_PAGES):
            if following is None:
                break
            try:
                with translated(self._provider.id):
                    answer = self._plugins.get(product, following)
            except errors.HarvestError as error:
                if self._has_no_list(error):
                    return None
                raise
            page = self._read(answer)
            now, date = self._clock(), answer.headers.get("Date")
            recent = [j for j in page.jobs if jobs.placed_since(j, since, now, date)]
            found += recent
            following = page.next_url if len(recent) == len(page.jobs) else None
        return sorted(found, key=lambda job: str(job.created), reverse=True)

    def _read(self, answer: requests.Response) -> JobList:
        try:
            return jobs.read_list(answer.text)
        except ValueError as error:
            raise errors.ProviderUnreachable(f"{self._provider.id}: {error}") from error

    def _has_no_list(self, error: HarvestError) -> bool:
        cause = error.__cause__
        answer = getattr(cause, "response", None)
        return answer is not None and answer.status_code in _NO_SUCH_LIST

    def _is_of(self, product: EOProduct, job: ListedJob, wanted: Asked) -> bool:
        """Return True where a job is of this request; its own document is asked if need be."""
        if job.process != wanted.process:
            return False
        if job.request is None:
            url = f"{jobs.list_url(self._block)}/{job.order_id}?request=true"
            with translated(self._provider.id):
                answer = self._plugins.get(product, url)
            job = jobs.read_job(answer.text)
        return job.request == wanted.request

    def _placed(self, known: Record, product: EOProduct) -> Placed:
        order_id = _order_id(product)
        if not order_id:
            raise errors.RequestRefused(
                f"{self._provider.id}: expected the id of an order, came an answer without one; "
                "compare the block's `order_on_response` with what the provider answers"
            )
        placed = known.with_order(product.as_dict(skip_invalid=False), self._clock())
        return Placed(order_id, placed.to_text())

    def _not_placed(self, error: HarvestError) -> Nothing:
        """Return that there is no data, or raise what is known of an order that came to nothing.

        EODAG calls the product "ordered" even after a 400; so it is thrown away, never kept.
        """
        reason = jobs.reason(said_by_provider(error)) or str(error)
        if isinstance(error, errors.RequestRefused) and self._is_no_data(reason):
            return Nothing(reason)
        if not was_not_taken(error):
            raise errors.OrderUnanswered(f"{error}; whether it took the order is not known")
        if isinstance(error, errors.Vanished):
            raise errors.RequestRefused(f"{error}; the service takes no such orders") from error
        raise error

    def _ask_after(self, product: EOProduct) -> Nothing | None:
        try:
            with translated(self._provider.id):
                self._plugins.order(product, self._plugins.authorisation(product))
        except errors.Vanished:
            raise
        except HarvestError as error:
            if not is_failed_order(error):
                raise
            return self._failed(product, self._why(product, error), error)
        return None

    def _failed(self, product: EOProduct, reason: str, error: HarvestError | None) -> Nothing:
        if self._is_no_data(reason):
            return Nothing(reason)
        raise errors.OrderFailed(
            f"{self._provider.id}: order {_order_id(product)} failed: {reason}; it is ordered "
            "again when it is harvested again"
        ) from error

    def _why(self, product: EOProduct, error: HarvestError | None = None) -> str:
        """Return the provider's own reason: EODAG's error only says that it failed."""
        said = None if error is None else jobs.reason(said_by_provider(error))
        for name in ("eodag:status_link", "eodag:search_link"):
            link = product.properties.get(name)
            if said is None and link:
                said = jobs.reason(self._plugins.said_at(product, str(link)))
        return said or str(error or "the provider gave no reason")

    def _require_standing(self, product: EOProduct) -> Nothing | None:
        """Pass where an order is at work or done: EODAG knows one word for failed, if any.

        Raises:
            Vanished: somebody dropped it.
            OrderFailed: it failed, or was rejected.
        """
        names = ("order:status", "eodag:order_status")
        stands = {str(product.properties.get(name, "")) for name in names}
        if stands & jobs.DROPPED:
            raise errors.Vanished(f"{self._provider.id}: order {_order_id(product)} was dropped")
        if stands & jobs.FAILED:
            return self._failed(product, self._why(product), None)
        return None

    def _require_link(self, product: EOProduct) -> None:
        """Pass where it is known where the result lies.

        EODAG may call a product "succeeded" though the request for its link was refused.
        """
        link = product.properties.get("eodag:download_link")
        if not product.assets and link in {None, "", NOT_AVAILABLE}:
            raise errors.ProviderUnreachable(
                f"{self._provider.id}: expected where the result of order {_order_id(product)} "
                "lies, came no link; it is asked after again"
            )

    def _wait_seconds(self, known: Record, product: EOProduct) -> float:
        """Return how long to leave an order alone: the older it is, the longer.

        Raises:
            OrderOverdue: it is older than the provider's deadline.
        """
        age = self._clock() - (known.placed_at or self._clock())
        deadline = timedelta(seconds=self._provider.order_deadline_seconds)
        if age > deadline:
            raise errors.OrderOverdue(
                f"{self._provider.id}: expected order {_order_id(product)} within {deadline}, it "
                "is still at work; order again or raise `order_deadline_seconds`"
            )
        grown = max(self._provider.order_poll_seconds, _PATIENCE * age.total_seconds())
        return min(
            grown,
            max(self._provider.order_longest_poll_seconds, self._provider.order_poll_seconds),
        )

    def _is_no_data(self, reason: str) -> bool:
        patterns = self._provider.no_data
        return any(re.search(pattern, reason, re.IGNORECASE) for pattern in patterns)

    def _restored(self, feature: dict[str, object]) -> EOProduct:
        with translated(self._provider.id):
            return self._plugins.restore(feature)


def _order_id(product: EOProduct) -> str:
    """Return the order's id; where the block maps none, the last word of its status link."""
    known = product.properties.get("eodag:order_id")
    link = str(product.properties.get("eodag:status_link", "")).partition("?")[0]
    named = str(known or link.rstrip("/").rpartition("/")[2])
    return "" if named == NOT_AVAILABLE else named
