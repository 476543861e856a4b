import base64
import hashlib
import hmac
from dataclasses import replace

import pytest

from catalog.cloudevents import CloudEvent
from hooks.errors import ForbiddenAddress, MissingSecret, WebhookFailed
from hooks.secrets import from_environment
from hooks.targets import Target
from hooks.webhook import Webhook, Webhooks
from tests.contracts.target import TargetContract
from tests.hooks.makers import Receiver, a_subscription, an_event
from tests.makers import StillClock

SECRET = b"a secret"


def a_webhook(receiver: Receiver, **changes: None) -> Webhook:
    wanted = a_subscription(**{"target": receiver.url(), "secret_name": "s", **changes})
    targets = Webhooks(lambda _: SECRET, StillClock(), frozenset({receiver.address}), 5.0)
    return targets(wanted)


class TestWebhook(TargetContract):
    @pytest.fixture
    def target(self, receiver: Receiver) -> Target:
        return a_webhook(receiver)

    @pytest.fixture
    def broken(self, receiver: Receiver) -> Target:
        receiver.codes = [503]
        return a_webhook(receiver)

    def test_the_event_arrives_in_its_envelope(
        self, target: Target, receiver: Receiver, event: CloudEvent
    ) -> None:
        target.deliver(event)
        (request,) = receiver.requests

        assert request.path == "/hook"
        assert request.headers["content-type"].startswith("application/cloudevents+json")
        assert request.body.decode() == event.to_json()
        assert request.headers["host"] == receiver.address

    def test_the_signature_is_that_of_standard_webhooks(
        self, target: Target, receiver: Receiver, event: CloudEvent
    ) -> None:
        target.deliver(event)
        (request,) = receiver.requests
        stamp = request.headers["webhook-timestamp"]
        signed = f"{event.signal.id}.{stamp}.".encode() + request.body
        expected = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest())

        assert request.headers["webhook-id"] == event.signal.id
        assert request.headers["webhook-signature"] == f"v1,{expected.decode()}"
        assert stamp == str(int(StillClock().now.timestamp()))


@pytest.mark.parametrize("code", [302, 307, 400, 404, 410, 429, 500, 599])
def test_any_answer_but_success_is_a_failure(receiver: Receiver, code: int) -> None:
    receiver.codes = [code]
    with pytest.raises(WebhookFailed, match=str(code)):
        a_webhook(receiver).deliver(an_event())

    assert [request.path for request in receiver.requests] == ["/hook"]


def test_without_a_secret_nothing_is_signed(receiver: Receiver) -> None:
    a_webhook(receiver, secret_name=None).deliver(an_event())

    assert "webhook-signature" not in receiver.requests[0].headers


def test_a_receiver_that_is_not_there_is_a_failure(receiver: Receiver) -> None:
    webhook = a_webhook(receiver)
    gone = webhook.destination.url.copy_with(port=1)
    with pytest.raises(WebhookFailed, match=r"127\.0\.0\.1"):
        replace(webhook, destination=replace(webhook.destination, url=gone)).deliver(an_event())


def test_a_name_that_leads_to_this_machine_is_never_called(receiver: Receiver) -> None:
    port = receiver.address.rpartition(":")[2]
    wanted = a_subscription(target=f"https://localhost:{port}/")
    with pytest.raises(ForbiddenAddress):
        Webhooks(from_environment, StillClock())(wanted).deliver(an_event())

    assert receiver.requests == []


def test_a_secret_that_is_not_set_is_found_out_before_anything_is_sent(
    receiver: Receiver,
) -> None:
    targets = Webhooks(from_environment, StillClock(), frozenset({receiver.address}))
    with pytest.raises(MissingSecret):
        targets(a_subscription(target=receiver.url(), secret_name="nobody set this"))
