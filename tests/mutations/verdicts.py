"""What a conversion made of a damaged file."""

import multiprocessing
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from enum import StrEnum
from pathlib import Path

import structlog

from lake.nouns import Cube
from tests.mutations.referee import Sum, expected, found
from tests.transforms.makers import local
from transforms.convert import Conversion
from transforms.errors import (
    ConversionTimedOut,
    ConverterDied,
    ConverterFailed,
    MemoryExhausted,
    ReadBackMismatch,
    TransformError,
    UnreadableGranule,
)
from transforms.isolation import IsolatedConverter
from transforms.recipe import Recipe

DEADLINE_SECONDS = 30.0
MEMORY_BYTES = 2 << 30
SENTENCE_WORDS = 5
log = structlog.get_logger(__name__)


class Verdict(StrEnum):
    """From best to worst; all that begin with WRONG are defects of ours."""

    SAME = "converted, as if sound"
    DECODED = "converted, as the library decodes it"
    UNJUDGED = "converted, the library refuses it"
    REFUSED = "refused with a sentence"
    CONTAINED = "refused, its decoder died alone"
    MEMORY = "refused for want of memory"
    GARBAGE = "WRONG: converted to other values"
    HANGING = "WRONG: hung"
    NAMELESS = "WRONG: an error without a name"
    GREEDY = "WRONG: beyond its memory"

    @property
    def is_wrong(self) -> bool:
        """Whether something must be mended."""
        return self.value.startswith("WRONG")


class Judge:
    """Converts files in one isolated process, and asks the libraries in another."""

    def __init__(self, into: Path) -> None:
        self._cube = into / "cube"
        self._converter = IsolatedConverter(MEMORY_BYTES)
        self._referee: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """End both processes."""
        self._converter.close()
        self._dismiss()

    def conversion(self, path: Path) -> Conversion:
        """Convert a file; raises what the converter raises."""
        return self._converter.convert(
            [local(path)], Recipe(), str(self._cube), deadline_seconds=DEADLINE_SECONDS
        )

    def verdict(self, path: Path, sound: Counter[Sum]) -> tuple[Verdict, str]:
        """Return what became of a damaged file whose sound form has these sums, and why."""
        is_netcdf = path.suffix == ".nc"
        try:
            done = self.conversion(path)
        except TransformError as error:
            return refusal(error), str(error)
        used = self._peak_bytes()
        if used > MEMORY_BYTES:
            return Verdict.GREEDY, f"{used >> 20} MiB"
        sums = found(done.metrics, is_netcdf=is_netcdf)
        if not _is_whole(done.cube):
            return Verdict.GARBAGE, "the counts of fields do not add up"
        return self.compared(path, sums, sound)

    def compared(self, path: Path, sums: Counter[Sum], sound: Counter[Sum]) -> tuple[Verdict, str]:
        """Return whether the sums of a conversion are those of the file, and which are not."""
        if sums == sound:
            return Verdict.SAME, ""
        decoded = self._decoded(path)
        if decoded is None:
            return Verdict.UNJUDGED, ""
        strange = sums - decoded
        if strange:
            return Verdict.GARBAGE, f"{list(strange)[:2]} is not among {list(decoded)[:4]}"
        return Verdict.DECODED, ""

    def _decoded(self, path: Path) -> Counter[Sum] | None:
        """Return what the library decodes, or None where it fails, hangs or dies."""
        if self._referee is None:
            spawning = multiprocessing.get_context("spawn")
            self._referee = ProcessPoolExecutor(1, spawning)
        try:
            return self._referee.submit(expected, path).result(DEADLINE_SECONDS)
        except (BrokenProcessPool, TimeoutError):
            self._dismiss()
        except Exception as error:  # noqa: BLE001 - whatever a library raises over damaged bytes
            log.debug("the library refused a file", error=str(error))
        return None

    def _dismiss(self) -> None:
        if self._referee is not None:
            for process in (self._referee._processes or {}).values():
                process.kill()
            self._referee.shutdown()
            self._referee = None

    def _peak_bytes(self) -> int:
        process = self._converter._process
        if process is None:
            return 0
        status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        line = next((line for line in status if line.startswith("VmHWM")), "VmHWM: 0 kB")
        return int(line.split()[1]) << 10


def refusal(error: TransformError) -> Verdict:
    """Return what a conversion's error says of the converter."""
    if isinstance(error, ConversionTimedOut):
        return Verdict.HANGING
    if isinstance(error, (ConverterFailed, ConverterDied, ReadBackMismatch)):
        return Verdict.NAMELESS
    if isinstance(error, MemoryExhausted):
        return Verdict.MEMORY
    if isinstance(error, UnreadableGranule) and "the decoder died" in str(error):
        return Verdict.CONTAINED
    is_sentence = len(str(error).split()) >= SENTENCE_WORDS and "Traceback" not in str(error)
    return Verdict.REFUSED if is_sentence else Verdict.NAMELESS


def _is_whole(cube: Cube) -> bool:
    """Whether every field that was read is written, or named among what was left out."""
    lost = cube.fields_read - cube.fields_written
    return 0 <= lost <= len(cube.left_out) and cube.fields_written > 0
