import pytest

from hooks.errors import BadTarget
from hooks.targets import TargetsByKind
from tests.hooks.makers import Listener, a_subscription


def test_each_kind_goes_to_its_own() -> None:
    listener = Listener()

    assert TargetsByKind({"webhook": listener})(a_subscription()) is listener


def test_an_unknown_kind_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BadTarget, match=r"webhook.*pigeon"):
        TargetsByKind({"webhook": Listener()})(a_subscription(kind="pigeon"))
