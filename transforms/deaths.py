"""What the end of a converting process says about the bytes that it was decoding."""

import signal
from collections.abc import Sequence

from transforms.errors import ConverterDied, TransformError, UnreadableGranule

CRASHES = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP}
)
"""Signals that a process sends itself by what it does; any other came from outside."""


def death(codes: Sequence[int], names: str) -> TransformError:
    """Return what to raise where processes ended over the granules of these names.

    ``codes`` are as ``subprocess`` has them, negative for signals; one crash blames the bytes.
    """
    crashed = next((-code for code in codes if -code in CRASHES), None)
    if crashed is None:
        shown = ", ".join(map(str, codes)) or "unknown"
        return ConverterDied(
            f"expected a cube of {names}, came the end of its process (code {shown}); run again"
        )
    return UnreadableGranule(
        f"expected {names} to be decodable, came {signal.Signals(crashed).name}: the decoder died"
        " of these bytes; fetch the granule again"
    )
