import asyncio
from collections.abc import Sequence

import pytest

from harvesters.carriage.berths import Berths

MOST = 3


class Account:
    """Gives what is wanted, up to what is left of ``most``; notes what it was asked."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.asked: list[tuple[int, int]] = []

    def share(self, keeps: int, wanted: int) -> int:
        self.asked.append((keeps, wanted))
        return min(wanted, self.most)


async def _carry(account: Account, seconds: Sequence[float], beat_seconds: float = 60) -> int:
    """Carry files that take so long; return how many were under way at once."""
    under_way: list[int] = [0]
    most = 0

    async def one(lasting: float, berths: Berths) -> None:
        nonlocal most
        async with berths.one():
            under_way[0] += 1
            most = max(most, under_way[0])
            await asyncio.sleep(lasting)
            under_way[0] -= 1

    async with Berths(account.share, beat_seconds) as berths:
        await asyncio.gather(*(one(lasting, berths) for lasting in seconds))
    return most


def test_many_small_files_cost_a_handful_of_questions() -> None:
    account = Account()

    assert asyncio.run(_carry(account, [0.001] * 500)) == MOST
    assert len(account.asked) <= MOST + 1
    assert account.asked[-1] == (0, 0)


def test_a_file_that_finds_a_place_asks_nobody() -> None:
    account = Account()

    async def one_by_one() -> None:
        async with Berths(account.share, 60) as berths:
            for _ in range(50):
                async with berths.one():
                    await asyncio.sleep(0)

    asyncio.run(one_by_one())
    assert account.asked == [(0, 1), (0, 0)]


def test_what_is_under_way_is_said_beat_by_beat_and_nothing_new_begins_beyond_the_share() -> None:
    account = Account()

    async def with_less_midway() -> int:
        carrying = asyncio.create_task(_carry(account, [0.3] * 6, beat_seconds=0.05))
        await asyncio.sleep(0.1)
        account.most = 1
        return await carrying

    assert asyncio.run(with_less_midway()) == MOST
    assert (MOST, 6) in account.asked
    assert (1, 3) in account.asked


def test_what_keeps_us_from_asking_is_raised_to_those_that_wait() -> None:
    class Away(Account):
        def share(self, keeps: int, wanted: int) -> int:
            raise ConnectionError("the ledger is away")

    with pytest.raises(ConnectionError, match="away"):
        asyncio.run(_carry(Away(), [0, 0]))


def test_where_all_places_are_others_it_asks_again_until_some_are_free() -> None:
    account = Account(0)

    async def with_none_at_first() -> int:
        carrying = asyncio.create_task(_carry(account, [0.001] * 6, beat_seconds=0.05))
        await asyncio.sleep(0.2)
        account.most = MOST
        async with asyncio.timeout(5):
            return await carrying

    assert asyncio.run(with_none_at_first()) == MOST
    assert account.asked.count((0, 6)) > 1
