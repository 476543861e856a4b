"""What every target promises. Subclass it with a target that works and one that does not."""

import pytest

from catalog.cloudevents import CloudEvent
from hooks.errors import HookError
from hooks.targets import Target
from tests.hooks.makers import an_event


class TargetContract:
    @pytest.fixture
    def target(self) -> Target:
        raise NotImplementedError

    @pytest.fixture
    def broken(self) -> Target:
        """A target where delivering fails."""
        raise NotImplementedError

    @pytest.fixture
    def event(self) -> CloudEvent:
        return an_event()

    def test_a_delivery_says_in_one_line_what_came_of_it(
        self, target: Target, event: CloudEvent
    ) -> None:
        result = target.deliver(event)

        assert result
        assert "\n" not in result

    def test_the_same_event_may_come_twice(self, target: Target, event: CloudEvent) -> None:
        assert target.deliver(event) == target.deliver(event)

    def test_a_failure_is_a_hook_error_with_a_reason(
        self, broken: Target, event: CloudEvent
    ) -> None:
        with pytest.raises(HookError, match=r"\w+"):
            broken.deliver(event)

    def test_a_target_works_again_after_a_failure(
        self, broken: Target, target: Target, event: CloudEvent
    ) -> None:
        with pytest.raises(HookError):
            broken.deliver(event)

        assert target.deliver(event)
