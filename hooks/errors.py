"""What can go wrong between a signal and those who want to hear of it.

    HookError
    ├── BadFilter           a filter is no CQL2, or can never be true or false
    ├── BadTarget           a subscription's target cannot be delivered to as it is written
    ├── ForbiddenAddress    a webhook leads to this machine or a private network
    ├── MissingSecret       a subscription names a secret that nobody has set
    ├── WebhookFailed       the receiver did not take the event this time
    └── WorkflowFailed      the workflow ended in an error, or not within its deadline

All but the first two can mend themselves: the delivery is tried again, and kept when it is given
up, so that it can be redriven.
"""


class HookError(Exception):
    """A signal could not be handed on."""


class BadFilter(HookError):
    """A filter is no CQL2, or can never be true or false."""


class BadTarget(HookError):
    """A subscription's target cannot be delivered to as it is written."""


class ForbiddenAddress(HookError):
    """A webhook leads to this machine or a private network, and is not on the allow-list."""


class MissingSecret(HookError):
    """A subscription names a secret that nobody has set."""


class WebhookFailed(HookError):
    """The receiver did not take the event this time."""


class WorkflowFailed(HookError):
    """The workflow ended in an error, or not within its deadline."""
