"""Webhooks: an event by POST, signed as Standard Webhooks does, to public addresses only."""

import base64
import hashlib
import hmac
from collections.abc import Set
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from catalog.cloudevents import MEDIA_TYPE, CloudEvent
from hooks.errors import WebhookFailed
from hooks.guard import Destination, destination
from hooks.secrets import Secrets
from lake.clock import Clock
from lake.ledger.deliveries import Subscription

TIMEOUT_SECONDS = 10.0


def sign(secret: bytes, event_id: str, timestamp: str, body: bytes) -> str:
    """Return ``v1,…``: HMAC-SHA256 over ``id.timestamp.body`` (standardwebhooks.com)."""
    signed = b".".join((event_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


@dataclass(frozen=True, slots=True)
class Webhook:
    """One receiver. Anything but a 2xx answer means that the event did not arrive."""

    destination: Destination
    secret: bytes | None
    clock: Clock
    timeout_seconds: float = TIMEOUT_SECONDS

    def deliver(self, event: CloudEvent) -> str:
        """Post the event and return the status; the answer's body is not read.

        Raises:
            ForbiddenAddress: the host's name leads to an address that is not public.
            WebhookFailed: there was no answer in time, or another one than 2xx.
        """
        url = self.destination.url
        try:
            code = self._post(self.destination.pinned(), event)
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            raise WebhookFailed(f"{url.host}: expected an answer, came {said}") from error
        if code == HTTPStatus.GONE:
            raise WebhookFailed(f"{url.host}: came {code}: the receiver is gone, unsubscribe it")
        if not httpx.codes.is_success(code):
            raise WebhookFailed(f"{url.host}: expected 2xx, came {code}")
        return f"{code} from {url.host}"

    def _post(self, address: httpx.URL, event: CloudEvent) -> int:
        body = event.to_json().encode()
        headers = self._headers(event.signal.id, body)
        certified = {"sni_hostname": self.destination.url.host}  # for the name, not the address
        # a proxy would look the name up again, out of the guard's sight
        with (
            httpx.Client(timeout=self.timeout_seconds, trust_env=False) as client,
            client.stream(
                "POST", address, content=body, headers=headers, extensions=certified
            ) as response,
        ):
            return response.status_code

    def _headers(self, event_id: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self.clock().timestamp()))
        headers = {
            "host": self.destination.url.netloc.decode(),
            "content-type": f"{MEDIA_TYPE}; charset=utf-8",
            "user-agent": "inlet",
            "webhook-id": event_id,
            "webhook-timestamp": timestamp,
        }
        if self.secret is not None:
            headers["webhook-signature"] = sign(self.secret, event_id, timestamp, body)
        return headers


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Opens webhooks. ``allowed`` is each ``host`` or ``host:port`` that need not be public."""

    secrets: Secrets
    clock: Clock
    allowed: Set[str] = frozenset()
    timeout_seconds: float = TIMEOUT_SECONDS

    def __call__(self, wanted: Subscription) -> Webhook:
        """Return the receiver that a subscription names."""
        secret = self.secrets(wanted.secret_name) if wanted.secret_name else None
        return Webhook(
            destination(wanted.target, self.allowed), secret, self.clock, self.timeout_seconds
        )
