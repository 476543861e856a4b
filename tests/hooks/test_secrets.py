import base64

import pytest

from hooks.errors import MissingSecret
from hooks.secrets import from_environment, variable


def test_a_secret_is_found_by_its_name() -> None:
    assert from_environment("my-hook", {"INLET_HOOK_SECRET_MY_HOOK": "word"}) == b"word"


def test_a_standard_webhooks_secret_is_read_as_base64() -> None:
    value = "whsec_" + base64.b64encode(b"\x00\xff").decode()

    assert from_environment("s", {variable("s"): value}) == b"\x00\xff"


@pytest.mark.parametrize("environment", [{}, {variable("s"): ""}, {variable("s"): "whsec_!"}])
def test_a_missing_secret_says_what_to_set(environment: dict[str, str]) -> None:
    with pytest.raises(MissingSecret, match="INLET_HOOK_SECRET_S"):
        from_environment("s", environment)
