"""Bringing what is ready into the lake: carried, recognised, unpacked, stored by its digest.

One batch is one event loop; whatever blocks (the ledger, the disk, hashes, the gateway) is done
in threads beside it. What a transfer left when it broke off waits below the store's partials for
the next landing of the same offer.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from functools import partial
from hashlib import sha256
from uuid import uuid4

import structlog

from harvesters.carriage.berths import Berths
from harvesters.carriage.routes import host_of
from harvesters.carrier import PARALLEL_IN_ALL, Carried, Carrier
from harvesters.errors import (
    BadBytes,
    ConflictingPromises,
    DoubtfulBytes,
    HarvestError,
    PageInstead,
    ProviderRefused,
    TooLarge,
    WrongChecksum,
)
from harvesters.gateway import Gateway, Remote
from harvesters.quotas import Errand, Operation, Quotas, Unlimited
from harvesters.recovery import recover
from harvesters.resting import rest_all
from lake.errors import LostClaim
from lake.ledger import offers, work
from lake.ledger.ledger import Ledger
from lake.ledger.offers import LedgeredOffer
from lake.ledger.schema import offer as offer_table
from lake.ledger.states import OfferState
from lake.nouns import OfferId
from lake.partials import empty
from lake.store import Store

log = structlog.get_logger(__name__)

_AT_ONCE = 2 * PARALLEL_IN_ALL  # one half is stored while the other is carried
_PATIENCE_SECONDS = 20.0  # a longer wait is left to the ledger
_WORTHLESS = (
    BadBytes,
    ConflictingPromises,
    DoubtfulBytes,
    PageInstead,
    TooLarge,
    WrongChecksum,
)
_TRIES_TO_BE_SURE = 3  # of which the last two bring the same bytes


def land(
    ledger: Ledger,
    gateway: Gateway,
    store: Store,
    ids: Sequence[OfferId],
    quotas: Quotas | None = None,
) -> list[OfferId]:
    """Land those of ``ids`` that are ready; return those that landed. None harms another."""
    with ledger.begin() as tx:
        claimed = offers.claim(tx, [OfferState.READY], ids)
    if not claimed:
        return []
    _sweep(store, ledger)
    return asyncio.run(_Landing(ledger, gateway, store, quotas or Unlimited()).all(claimed))


class _Landing:
    """One batch on its way from its providers into the lake."""

    def __init__(self, ledger: Ledger, gateway: Gateway, store: Store, quotas: Quotas) -> None:
        self._ledger = ledger
        self._gateway = gateway
        self._store = store
        self._quotas = quotas
        self._carriers: dict[str, Carrier] = {}
        self._asking = asyncio.Lock()  # a gateway answers one thread at a time
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._in_all = asyncio.Semaphore(PARALLEL_IN_ALL)
        self._under_way: set[OfferId] = set()
        self._batch = uuid4().hex

    async def all(self, claimed: Sequence[LedgeredOffer]) -> list[OfferId]:
        """Land all; an error that is none of ours is raised after the others have ended."""
        self._under_way.update(known.id for known in claimed)
        async with AsyncExitStack() as stack:
            holding = asyncio.create_task(self._hold_claims())
            landing = [self._land(stack, known) for known in claimed]
            outcomes = await asyncio.gather(*landing, return_exceptions=True)
            holding.cancel()
            with suppress(asyncio.CancelledError):
                await holding
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return [known.id for known, landed in zip(claimed, outcomes, strict=True) if landed]

    async def _land(self, stack: AsyncExitStack, known: LedgeredOffer) -> bool:
        async with self._at_once:
            try:
                carrier, remotes = await self._prepared(stack, known)
                wait_seconds = await self._permitted(known, remotes)
                if wait_seconds > 0:
                    await asyncio.to_thread(self._postpone, known, wait_seconds)
                    return False
                return await self._carried_to_rest(carrier, known, remotes)
            except HarvestError as error:
                if isinstance(error, ProviderRefused):
                    await asyncio.to_thread(self._gateway.renew, known.offer.product)
                await asyncio.to_thread(recover, self._ledger, known, OfferState.READY, error)
                return False
            except LostClaim as lost:
                log.warning("An offer was left to its new owner", offer=known.id, why=str(lost))
                return False
            finally:
                self._under_way.discard(known.id)

    async def _prepared(
        self, stack: AsyncExitStack, known: LedgeredOffer
    ) -> tuple[Carrier, list[Remote]]:
        provider = known.offer.provider
        async with self._asking:
            if provider not in self._carriers:
                policy = self._gateway.policy(provider)
                share = partial(self._quotas.share, provider, self._batch, policy.parallel)
                berths = await stack.enter_async_context(Berths(share))
                carrier = Carrier(policy, self._in_all, berths.one)
                self._carriers[provider] = await stack.enter_async_context(carrier)
            remotes = await asyncio.to_thread(self._gateway.remotes, known.offer.product)
        return self._carriers[provider], remotes

    async def _permitted(self, known: LedgeredOffer, remotes: Sequence[Remote]) -> float:
        """Take leave for each file; return 0.0, or how long the whole offer has to wait."""
        for remote in remotes:
            patience_seconds = _PATIENCE_SECONDS
            while seconds := await asyncio.to_thread(self._quotas.ask, _errand(known, remote)):
                if seconds > patience_seconds:
                    return seconds
                patience_seconds -= seconds
                await asyncio.sleep(seconds)
        return 0.0

    async def _carried_to_rest(
        self, carrier: Carrier, known: LedgeredOffer, remotes: Sequence[Remote]
    ) -> bool:
        with self._store.partials().held(_partial_name(known)) as place:
            outcomes = await carrier.outcomes(remotes, place)
            try:
                for remote, outcome in zip(remotes, outcomes, strict=True):
                    await self._tell(known, remote, outcome)
                await asyncio.to_thread(self._rest, known, outcomes)
            except _WORTHLESS:
                await asyncio.to_thread(empty, place)
                raise
            await asyncio.to_thread(empty, place)
        return True

    async def _tell(
        self, known: LedgeredOffer, remote: Remote, outcome: Carried | HarvestError
    ) -> None:
        error = outcome if isinstance(outcome, HarvestError) else None
        size = outcome.size if isinstance(outcome, Carried) else 0
        await asyncio.to_thread(self._quotas.tell, _errand(known, remote), error, size)

    def _rest(self, known: LedgeredOffer, outcomes: Sequence[Carried | HarvestError]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, HarvestError):
                raise outcome
        carried = [outcome for outcome in outcomes if isinstance(outcome, Carried)]
        try:
            granules = rest_all(self._store, known.offer, carried)
        except DoubtfulBytes as doubt:
            if _is_sure(doubt, known):
                raise doubt.verdict from doubt
            raise
        with self._ledger.begin() as tx:
            offers.land(tx, known.id, granules)
        log.info("An offer landed", offer=known.id, granules=len(granules))

    def _postpone(self, known: LedgeredOffer, seconds: float) -> None:
        with self._ledger.begin() as tx:
            work.release(tx, offer_table, [known.id], timedelta(seconds=seconds))

    async def _hold_claims(self) -> None:
        """Renew the claims of what is under way: a large product takes longer than a lease."""
        while True:
            await asyncio.sleep(work.LEASE.total_seconds() / 3)
            await asyncio.to_thread(self._renew, sorted(self._under_way))

    def _renew(self, ids: Sequence[OfferId]) -> None:
        with self._ledger.begin() as tx:
            work.renew(tx, offer_table, ids)


def _sweep(store: Store, ledger: Ledger) -> None:
    try:
        store.sweep(ledger.clock())
    except OSError as error:  # where it lasts, each offer says so by itself
        log.warning("The lake could not be swept", reason=str(error))


def _is_sure(doubt: DoubtfulBytes, known: LedgeredOffer) -> bool:
    """Return True where separate downloads have brought the very same bytes."""
    came_before = doubt.digest in (known.reason or "")
    return came_before and known.attempts + 1 >= _TRIES_TO_BE_SURE


def _errand(known: LedgeredOffer, remote: Remote) -> Errand:
    return Errand(known.offer.provider, Operation.DOWNLOAD, host_of(remote))


def _partial_name(known: LedgeredOffer) -> str:
    """Return where an offer's transfers are kept: the same in every ledger, another's in none."""
    offer = known.offer
    identity = "\n".join((offer.collection, offer.provider, offer.native_id, offer.stamp or ""))
    return f"{known.id}-{sha256(identity.encode()).hexdigest()[:16]}"
