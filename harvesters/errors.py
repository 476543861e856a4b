"""What can go wrong between a provider and the lake, grouped by what to do about it.

HarvestError
├── NotNow                  it did not work this time; another try may
│   ├── ProviderUnreachable the provider did not answer, or only with a failure of its own
│   ├── ProviderRefused     the provider did not accept our credentials, or not any more
│   ├── RateLimited         the provider asked us to slow down
│   ├── Vanished            a link that the provider gave leads nowhere (any more)
│   ├── BrokenPaging        the provider's pages lead in a circle
│   ├── TornTransfer        fewer or more bytes came than were promised
│   ├── WrongChecksum       all bytes came, and are not those that were promised
│   └── SlowTransfer        the bytes did not come within their deadline
├── ActFirst                no try will help until somebody changes something
│   ├── Misconfigured       a provider's or a source's settings do not fit what is there
│   │   └── MissingVariable an environment variable that a provider names is not set
│   ├── RequestRefused      the provider understood the request and will not serve it
│   ├── OrderFailed         the provider took the order and could not fulfil it
│   ├── OrderOverdue        the provider has been working on the order for too long
│   ├── ForbiddenTarget     a link leads where this provider's settings do not allow us to go
│   └── TooLarge            a product is larger than the settings allow
└── BadBytes                what came is wrong and will be wrong again
    ├── NotAProduct         something else came than data: an error page, a status, plain text
    └── UnsafeArchive       an archive that climbs out of its folder, links, or bursts its limits
"""


class HarvestError(Exception):
    """Something between a provider and the lake did not work."""


class NotNow(HarvestError):
    """It did not work this time; another try may."""


class ProviderUnreachable(NotNow):
    """The provider did not answer, or only with a failure of its own."""


class ProviderRefused(NotNow):
    """The provider did not accept our credentials, or not any more."""


class RateLimited(NotNow):
    """The provider asked us to slow down; ``retry_after_seconds`` is None where it did not say."""

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Vanished(NotNow):
    """A link that the provider gave leads nowhere (any more)."""


class BrokenPaging(NotNow):
    """The provider's pages lead in a circle."""


class TornTransfer(NotNow):
    """Fewer or more bytes came than were promised."""


class WrongChecksum(NotNow):
    """All bytes came, and are not those that were promised."""


class SlowTransfer(NotNow):
    """The bytes did not come within their deadline."""


class ActFirst(HarvestError):
    """No try will help until somebody changes something."""


class Misconfigured(ActFirst):
    """A provider's or a source's settings do not fit what is there."""


class MissingVariable(Misconfigured):
    """An environment variable that a provider names is not set."""


class RequestRefused(ActFirst):
    """The provider understood the request and will not serve it."""


class OrderFailed(ActFirst):
    """The provider took the order and could not fulfil it."""


class OrderOverdue(ActFirst):
    """The provider has been working on the order for too long."""


class ForbiddenTarget(ActFirst):
    """A link leads where this provider's settings do not allow us to go."""


class TooLarge(ActFirst):
    """A product is larger than the settings allow."""


class BadBytes(HarvestError):
    """What came is wrong and will be wrong again."""


class NotAProduct(BadBytes):
    """Something else came than data: an error page, a status, plain text."""


class UnsafeArchive(BadBytes):
    """An archive that climbs out of its folder, links, or bursts its limits."""
