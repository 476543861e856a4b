"""Whether a body comes fast enough: a dribble defeats every deadline that a byte resets."""

from collections.abc import Callable

from harvesters.errors import SlowTransfer
from harvesters.gateway import Policy


class Pace:
    """Holds a body against the least rate that the policy asks for, once a while has passed."""

    def __init__(self, policy: Policy, clock: Callable[[], float]) -> None:
        self._policy = policy
        self._clock = clock
        self._began = clock()
        self._came_bytes = 0

    def require(self, name: str, count: int) -> None:
        """Take note of ``count`` more bytes.

        Raises:
            SlowTransfer: they come too slowly.
        """
        self._came_bytes += count
        seconds = self._clock() - self._began
        least = (seconds - self._policy.stall_seconds) * self._policy.min_bytes_per_second
        if self._came_bytes < least:
            raise SlowTransfer(
                f"{name}: expected at least {self._policy.min_bytes_per_second:g} bytes/s, came "
                f"{self._came_bytes} bytes in {seconds:.0f} s"
            )
