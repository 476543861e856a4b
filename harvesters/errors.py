"""What can go wrong between a provider and the lake, grouped by what to do about it.

HarvestError
├── NotNow                  it did not work this time; another try may
│   ├── ProviderUnreachable the provider did not answer, or only with a failure of its own
│   ├── ProviderRefused     the provider did not accept our credentials, or not any more
│   ├── RateLimited         the provider asked us to slow down
│   ├── CircuitOpen         the host has not answered for a while; only a probe may ask it
│   ├── OrderUnanswered     an order left, and nobody knows whether the provider took it
│   ├── Vanished            a link that the provider gave leads nowhere (any more)
│   ├── BrokenPaging        the provider's pages lead in a circle
│   ├── TornTransfer        fewer or more bytes came than were promised
│   ├── WrongChecksum       all bytes came, and are not those that were promised
│   ├── ConflictingPromises what a provider promises of a product contradicts itself
│   ├── DoubtfulBytes       what came is no product, and nothing proves that it is the provider's
│   ├── PageInstead         a page, a status or nothing came in the place of data
│   ├── EncodedBody         the bytes came compressed for the way, though we asked for none of it
│   ├── NoRoom              our own disk or lake would not take the bytes
│   └── SlowTransfer        the bytes did not come within their deadline
├── ActFirst                no try will help until somebody changes something
│   ├── Misconfigured       a provider's or a source's settings do not fit what is there
│   │   └── MissingVariable an environment variable that a provider names is not set
│   ├── QuotaSpent          the month's bytes are used up
│   ├── RequestRefused      the provider understood the request and will not serve it
│   ├── NotHonoured         a harvest was asked for that cannot be run as it was asked for
│   ├── OrderLost           two orders left without an answer, and nothing can be known of them
│   ├── OrderFailed         the provider took the order and could not fulfil it
│   ├── OrderOverdue        the provider has been working on the order for too long
│   ├── ForbiddenTarget     a link leads where this provider's settings do not allow us to go
│   └── TooLarge            a product is larger than the settings allow
└── BadBytes                what came is wrong, is surely the provider's, and will be wrong again
    ├── BadNotice           a provider's message that says nothing that can be acted on
    ├── NotAProduct         something else came than data, and not only instead of it
    └── UnsafeArchive       an archive that climbs out of its folder, links, or bursts its limits
"""


class HarvestError(Exception):
    """Something between a provider and the lake did not work."""


class NotNow(HarvestError):
    """It did not work this time; another try may.

    ``retry_after_seconds`` is None where nobody said when.
    """

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ProviderUnreachable(NotNow):
    """The provider did not answer, or only with a failure of its own."""


class ProviderRefused(NotNow):
    """The provider did not accept our credentials, or not any more."""


class RateLimited(NotNow):
    """The provider asked us to slow down."""


class CircuitOpen(NotNow):
    """The host has not answered for a while; only a probe may ask it."""


class OrderUnanswered(NotNow):
    """An order left, and nobody knows whether the provider took it: ask for its jobs."""


class Vanished(NotNow):
    """A link that the provider gave leads nowhere (any more)."""


class BrokenPaging(NotNow):
    """The provider's pages lead in a circle."""


class TornTransfer(NotNow):
    """Fewer or more bytes came than were promised."""


class WrongChecksum(NotNow):
    """All bytes came, and are not those that were promised."""


class ConflictingPromises(NotNow):
    """What a provider promises of a product contradicts itself: discover it again."""


class DoubtfulBytes(NotNow):
    """What came is no product, and nothing proves that these are the provider's bytes.

    ``digest`` names them; ``verdict`` is what holds once they are proven.
    """

    def __init__(self, digest: str, verdict: "BadBytes") -> None:
        super().__init__(
            f"no checksum proves the bytes {digest}, which come again before this is final: "
            f"{type(verdict).__name__}: {verdict}"
        )
        self.digest = digest
        self.verdict = verdict


class PageInstead(NotNow):
    """A page, a status or nothing came in the place of data, as when a service is down."""


class EncodedBody(NotNow):
    """The bytes came compressed for the way, though we asked for none of it."""


class NoRoom(NotNow):
    """Our own disk or lake would not take the bytes."""


class SlowTransfer(NotNow):
    """The bytes did not come within their deadline."""


class ActFirst(HarvestError):
    """No try will help until somebody changes something."""


class Misconfigured(ActFirst):
    """A provider's or a source's settings do not fit what is there."""


class MissingVariable(Misconfigured):
    """An environment variable that a provider names is not set."""


class QuotaSpent(ActFirst):
    """The month's bytes are used up."""


class RequestRefused(ActFirst):
    """The provider understood the request and will not serve it."""


class NotHonoured(ActFirst):
    """A harvest was asked for that cannot be run as it was asked for.

    ``code`` is the reason for machines: one of ``harvesters.request.CODES``.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class OrderLost(ActFirst):
    """Two orders left without an answer, and nothing can be known of them: no third for now."""


class OrderFailed(ActFirst):
    """The provider took the order and could not fulfil it."""


class OrderOverdue(ActFirst):
    """The provider has been working on the order for too long."""


class ForbiddenTarget(ActFirst):
    """A link leads where this provider's settings do not allow us to go."""


class TooLarge(ActFirst):
    """A product is larger than the settings allow."""


class BadBytes(HarvestError):
    """What came is wrong, is surely what the provider has, and will be wrong again."""


class BadNotice(BadBytes):
    """A provider's message that says nothing that can be acted on."""


class NotAProduct(BadBytes):
    """Something else came than data, and not only instead of it: an unknown format, no data."""


class UnsafeArchive(BadBytes):
    """An archive that climbs out of its folder, links, or bursts its limits."""
