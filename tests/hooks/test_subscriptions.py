from pathlib import Path

import pytest

from hooks.errors import BadFilter, BadTarget, ForbiddenAddress, HookError, MissingSecret
from hooks.secrets import from_environment
from hooks.subscriptions import subscribe
from hooks.targets import TargetsByKind
from hooks.webhook import Webhooks
from hooks.worker import Worker
from hooks.workflow import WorkflowTargets
from lake.ledger import deliveries
from lake.ledger.ledger import Ledger
from tests.hooks.makers import a_subscription
from tests.makers import StillClock

TARGETS = TargetsByKind(
    {
        "webhook": Webhooks(from_environment, StillClock()),
        "workflow": WorkflowTargets(Path("results"), Worker()),
    }
)


@pytest.mark.parametrize(
    "changes",
    [
        {"target": "https://receiver.example/hook"},
        {"filter": "collection = 'era5'"},
        {"kind": "workflow", "target": "quicklook"},
    ],
)
def test_what_can_work_is_kept(ledger: Ledger, changes: dict[str, str]) -> None:
    wanted = a_subscription(**changes)
    with ledger.begin() as tx:
        subscribe(tx, wanted, TARGETS)

    with ledger.begin() as tx:
        assert deliveries.subscriptions(tx) == [wanted]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"filter": "collection ="}, BadFilter),
        ({"kind": "pigeon"}, BadTarget),
        ({"target": "http://receiver.example/"}, BadTarget),
        ({"target": "https://169.254.169.254/latest"}, ForbiddenAddress),
        ({"kind": "workflow", "target": "os.system"}, BadTarget),
        ({"secret_name": "nobody set this"}, MissingSecret),
    ],
)
def test_what_cannot_work_is_refused_at_once(
    ledger: Ledger, changes: dict[str, str], error: type[HookError]
) -> None:
    with ledger.begin() as tx, pytest.raises(error):
        subscribe(tx, a_subscription(**changes), TARGETS)

    with ledger.begin() as tx:
        assert deliveries.subscriptions(tx) == []
