"""Each thing that can go wrong at a provider has something to do about it."""

from harvesters.errors import HarvestError
from harvesters.recovery import RECOVERIES
from inlet.onboarding import remedies


def test_every_error_has_a_remedy() -> None:
    assert set(remedies.REMEDIES) == set(RECOVERIES)
    assert all(remedies.REMEDIES.values())


def test_the_reason_that_the_ledger_keeps_leads_to_the_same_remedy() -> None:
    for kind, remedy in remedies.REMEDIES.items():
        assert remedies.of_reason(f"{kind.__name__}: expected this, came that") == remedy
    assert remedies.of(HarvestError("?")) == remedies.REMEDIES[HarvestError]
    assert remedies.of_reason("nothing was said") == ""
