from hooks.errors import MissingSecret
from portal.doorkeeper import CHECKS, may_enter
from tests.harvesters.notices.messages import a_message


def nobody_set_one(name: str) -> bytes:
    raise MissingSecret(f"expected {name}")


def test_without_a_secret_nobody_enters() -> None:
    assert not any(may_enter(a_message("{}", source), nobody_set_one) for source in CHECKS)


def test_each_source_has_a_secret_of_its_own() -> None:
    asked: list[str] = []

    def secrets(name: str) -> bytes:
        asked.append(name)
        return b"x"

    for source in CHECKS:
        assert not may_enter(a_message("{}", source), secrets)
    assert asked == [f"notices-{source}" for source in CHECKS]
