"""Conversion in a process of its own."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.transforms.makers import a_file, a_message
from transforms.convert import convert
from transforms.errors import (
    ConversionTimedOut,
    ConverterDied,
    ConverterFailed,
    MemoryExhausted,
    UnreadableGranule,
)
from transforms.executors.dask import Dask
from transforms.granules import LocalGranule
from transforms.isolation import IsolatedConverter, convert_isolated
from transforms.recipe import Recipe


@pytest.fixture
def granule(tmp_path: Path) -> LocalGranule:
    return a_file(tmp_path / "one.grib", a_message())


@pytest.fixture
def converter() -> Iterator[IsolatedConverter]:
    made = IsolatedConverter()
    yield made
    made.close()


def test_it_gives_what_conversion_gives(
    granule: LocalGranule, converter: IsolatedConverter, tmp_path: Path
) -> None:
    here = convert([granule], Recipe(), str(tmp_path / "cube"))
    there = converter.convert([granule], Recipe(), str(tmp_path / "cube"))

    assert there.cube == here.cube
    assert there.metrics.equals(here.metrics)


def test_it_raises_what_conversion_raises(converter: IsolatedConverter, tmp_path: Path) -> None:
    with pytest.raises(UnreadableGranule, match="came an empty file"):
        converter.convert([a_file(tmp_path / "e", b"")], Recipe(), str(tmp_path / "cube"))


def test_one_process_serves_until_it_dies(
    granule: LocalGranule, converter: IsolatedConverter, tmp_path: Path
) -> None:
    processes = []
    for _ in range(2):
        converter.convert([granule], Recipe(), str(tmp_path / "cube"))
        processes.append(pid_of(converter))
    os.kill(processes[0], signal.SIGSEGV)

    converter.convert([granule], Recipe(), str(tmp_path / "cube"))
    assert processes[0] == processes[1] != pid_of(converter)


@pytest.mark.parametrize(
    ("death", "error", "is_final"),
    [
        (signal.SIGSEGV, UnreadableGranule, True),
        (signal.SIGABRT, UnreadableGranule, True),
        (signal.SIGKILL, ConverterDied, False),
    ],
)
def test_who_dies_of_the_bytes_blames_the_bytes(
    death: int,
    error: type[Exception],
    is_final: bool,
    converter: IsolatedConverter,
    tmp_path: Path,
) -> None:
    deadly = a_deadly_granule(tmp_path, f"os.kill(os.getpid(), {int(death)})")

    with pytest.raises(error) as caught:
        converter.convert([deadly], Recipe(), str(tmp_path / "cube"))
    assert caught.value.is_final is is_final  # type: ignore[attr-defined]


def test_a_deadline_ends_what_hangs(
    granule: LocalGranule, converter: IsolatedConverter, tmp_path: Path
) -> None:
    hanging = a_deadly_granule(tmp_path, "__import__('time').sleep(60)")

    with pytest.raises(ConversionTimedOut, match="within 1 s"):
        converter.convert([hanging], Recipe(), str(tmp_path / "cube"), deadline_seconds=1)
    assert converter.convert([granule], Recipe(), str(tmp_path / "cube")).cube.fields_read == 1


def test_memory_is_bounded(tmp_path: Path) -> None:
    greedy = a_deadly_granule(tmp_path, "bytearray(1 << 40)")
    converter = IsolatedConverter(memory_bytes=2 << 30)

    with pytest.raises(MemoryExhausted, match="cut the granules smaller"):
        converter.convert([greedy], Recipe(), str(tmp_path / "cube"))
    converter.close()


def test_a_defect_comes_back_with_its_traceback(
    converter: IsolatedConverter, tmp_path: Path
) -> None:
    broken = a_deadly_granule(tmp_path, "1 / 0")

    with pytest.raises(ConverterFailed, match="ZeroDivisionError"):
        converter.convert([broken], Recipe(), str(tmp_path / "cube"))


@pytest.mark.parametrize("leave", [IsolatedConverter.end, IsolatedConverter.close])
def test_who_works_for_it_ends_with_it(
    leave: Callable[[IsolatedConverter], None],
    granule: LocalGranule,
    converter: IsolatedConverter,
    tmp_path: Path,
) -> None:
    converter.convert([granule], Recipe(), str(tmp_path / "cube"), executor=Dask(workers=1))
    working = psutil.Process(pid_of(converter)).children(recursive=True)

    leave(converter)
    _, left = psutil.wait_procs(working, timeout=30)
    assert working
    assert not left


def test_a_program_keeps_one_process(granule: LocalGranule, tmp_path: Path) -> None:
    first, second = (
        convert_isolated([granule], Recipe(), str(tmp_path / "cube"), deadline_seconds=60)
        for _ in range(2)
    )

    assert first.cube == second.cube


def pid_of(converter: IsolatedConverter) -> int:
    assert converter._process is not None
    return converter._process.pid


class DeadlyPath:
    """A path whose opening runs an action in the converting process, as bad bytes would."""

    def __init__(self, action: str) -> None:
        self.action = action

    def open(self, mode: str) -> object:
        return eval(self.action)  # noqa: S307 - the test's own words


def a_deadly_granule(tmp_path: Path, action: str) -> LocalGranule:
    sound = a_file(tmp_path / "deadly.grib", a_message())
    return LocalGranule(DeadlyPath(action), sound.media_type, sound.granule)  # type: ignore[arg-type]
