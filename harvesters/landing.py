"""Bringing what is ready into the lake: carried, recognised, unpacked, stored by its digest."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from hashlib import file_digest
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from harvesters import archives, sniff, wholeness
from harvesters.carrier import Carried, Carrier
from harvesters.errors import HarvestError
from harvesters.gateway import Gateway, Remote
from harvesters.recovery import recover
from lake.errors import LostClaim
from lake.ledger import offers
from lake.ledger.ledger import Ledger
from lake.ledger.offers import LedgeredOffer
from lake.ledger.states import OfferState
from lake.multihash import SHA2_256
from lake.nouns import Granule, OfferId
from lake.store import Store

log = structlog.get_logger(__name__)


def land(ledger: Ledger, gateway: Gateway, store: Store, ids: Sequence[OfferId]) -> list[OfferId]:
    """Land those of ``ids`` that are ready; return those that landed. None harms another."""
    with ledger.begin() as tx:
        claimed = offers.claim(tx, [OfferState.READY], ids)
    return asyncio.run(_land_all(ledger, gateway, store, claimed))


async def _land_all(
    ledger: Ledger, gateway: Gateway, store: Store, claimed: Sequence[LedgeredOffer]
) -> list[OfferId]:
    async with AsyncExitStack() as stack:
        carriers: dict[str, Carrier] = {}
        tasks = []
        for known in claimed:
            try:
                carrier = await _carrier(stack, carriers, gateway, known.offer.provider)
                remotes = gateway.remotes(known.offer.product)
            except HarvestError as error:
                recover(ledger, known, OfferState.READY, error)
                continue
            tasks.append(_land_one(ledger, store, carrier, known, remotes))
        landed = await asyncio.gather(*tasks)
    return [known_id for known_id in landed if known_id is not None]


async def _carrier(
    stack: AsyncExitStack, carriers: dict[str, Carrier], gateway: Gateway, provider: str
) -> Carrier:
    if provider not in carriers:
        policy = gateway.policy(provider)
        carriers[provider] = await stack.enter_async_context(Carrier(policy))
    return carriers[provider]


async def _land_one(
    ledger: Ledger,
    store: Store,
    carrier: Carrier,
    known: LedgeredOffer,
    remotes: Sequence[Remote],
) -> OfferId | None:
    with store.staging() as staging:
        try:
            carried = await carrier.carry(remotes, staging)
            granules = await asyncio.to_thread(_rest_all, store, known, carried)
        except HarvestError as error:
            recover(ledger, known, OfferState.READY, error)
            return None
    try:
        with ledger.begin() as tx:
            offers.land(tx, known.id, granules)
    except LostClaim as lost:
        log.warning("An offer was left to its new owner", offer=known.id, why=str(lost))
        return None
    log.info("An offer landed", offer=known.id, granules=len(granules))
    return known.id


def _rest_all(store: Store, known: LedgeredOffer, carried: Sequence[Carried]) -> list[Granule]:
    return [
        _rest(store, known, file, media_type, arrival)
        for arrival in carried
        for file, media_type in _data_files(arrival)
    ]


def _data_files(carried: Carried) -> list[tuple[Path, str]]:
    """Return the files of data that came, unpacked where they came packed."""
    files = [carried.path]
    if sniff.media_type(carried.path) in sniff.ARCHIVES:
        unpacked = carried.path.with_name(f"{carried.path.name}.unpacked")
        files = archives.unpack(carried.path, unpacked)
    recognised = [(file, sniff.require_data(file, carried.remote.media_type)) for file in files]
    for file, media_type in recognised:
        wholeness.require_whole(file, media_type)
    return recognised


def _rest(
    store: Store, known: LedgeredOffer, file: Path, media_type: str, arrival: Carried
) -> Granule:
    """Store one file under its digest; bytes that rest already are left as they are."""
    digest = arrival.digest if file == arrival.path else _digest(file)
    size = file.stat().st_size
    shard = digest[len(SHA2_256) : len(SHA2_256) + 2]
    suffix = sniff.SUFFIXES[media_type]
    key = f"granules/{known.offer.collection}/{shard}/{digest}{suffix}"
    if not store.exists(key):
        store.put(file, key)
    return Granule(
        digest=digest,
        size=size,
        media_type=media_type,
        location=key,
        part=known.offer.part,
        source=_without_secrets(arrival.remote.url),
    )


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return SHA2_256 + file_digest(opened, "sha256").hexdigest()


def _without_secrets(url: str) -> str:
    """Return a URL without user, query and fragment."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
