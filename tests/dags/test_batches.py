"""A run's tasks do not grow with its granules: Airflow's share of the time stays small."""

from pathlib import Path

import pytest

from dags.tasks import _batches
from inlet.house import House
from inlet.settings import Settings

STEPS_OF_A_BATCH = ("order", "land", "convert", "judge", "publish")
STEPS_OF_A_RUN = ("discover", "assemble", "announce", "conclude")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.open(Settings(home=tmp_path, batch_size=20))


@pytest.mark.parametrize("count", [0, 1, 20, 21, 160, 161, 2000, 100_000])
def test_every_id_is_in_one_batch_and_there_are_never_too_many(house: House, count: int) -> None:
    made = _batches(house, range(count))

    assert [row for batch in made for row in batch] == list(range(count))
    assert len(made) <= house.settings.most_batches
    assert all(made)


def test_two_thousand_granules_are_forty_four_tasks(house: House) -> None:
    batches = len(_batches(house, range(2000)))

    assert batches * len(STEPS_OF_A_BATCH) + len(STEPS_OF_A_RUN) == 44
