"""Where signals go: one delivery is one call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from catalog.cloudevents import CloudEvent
from hooks.errors import BadTarget
from lake.ledger.deliveries import Subscription


class Target(Protocol):
    """Takes an event and says what came of it; the same event may come twice."""

    def deliver(self, event: CloudEvent) -> str:
        """Hand the event on; return one line for the ledger.

        Raises:
            HookError: it did not arrive this time.
        """
        ...


class Targets(Protocol):
    """Opens the target that a subscription names."""

    def __call__(self, wanted: Subscription) -> Target:
        """Return the target.

        Raises:
            HookError: it cannot be delivered to as it is written.
        """
        ...


@dataclass(frozen=True, slots=True)
class TargetsByKind:
    """Leaves each kind of subscription (``webhook``, ``workflow``) to its own."""

    kinds: Mapping[str, Targets]

    def __call__(self, wanted: Subscription) -> Target:
        """Return the target of ``wanted`` by its kind."""
        if wanted.kind not in self.kinds:
            raise BadTarget(
                f"subscription {wanted.name}: expected one of {sorted(self.kinds)}, came kind "
                f"{wanted.kind!r}; subscribe again with one of those"
            )
        return self.kinds[wanted.kind](wanted)
