import pytest

from sandbox.app import create_app
from sandbox.kinds import FAMILIES, KINDS, ROOMS, Stage
from sandbox.settings import Settings


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_names_rooms_that_are_there_and_says_what_it_does(name: str) -> None:
    kind = KINDS[name]

    assert kind.families
    assert kind.families <= ROOMS
    assert kind.what
    assert not kind.what.endswith(".")


def test_every_family_is_a_room_and_every_stage_has_kinds() -> None:
    app = create_app(Settings())
    paths = {str(getattr(route, "path", "")).split("/")[1] for route in app.routes}

    assert paths >= ROOMS > FAMILIES
    assert {kind.stage for kind in KINDS.values()} == set(Stage)
