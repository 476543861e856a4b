from datetime import UTC, datetime, timedelta

import pytest

from harvesters.errors import BadNotice
from harvesters.notices.aviso import parse
from lake.nouns import Window
from tests.harvesters.notices.messages import a_message, a_sample

BASE = datetime(2025, 11, 4, tzinfo=UTC)


def test_the_extremes_twin_is_told_of_from_its_base_to_its_step() -> None:
    told = parse(a_sample("aviso_extremes_dt", "aviso"))

    assert told.window == Window(BASE, BASE + timedelta(hours=6))
    assert told.keys["class"] == "d1"
    assert told.keys["event"] == "data"


def test_what_pyaviso_posts_says_the_same_under_an_id_of_its_own() -> None:
    bare, posted = (
        parse(a_sample(f"aviso_{n}", "aviso")) for n in ("extremes_dt", "pyaviso_post")
    )

    assert posted.window == bare.window
    assert posted.keys == bare.keys
    assert posted.id != bare.id


def test_the_server_of_2026_says_what_it_is_about_in_its_identifier() -> None:
    told = parse(a_sample("aviso_server", "aviso"))

    assert told.id == "https://aviso.example mars@42"
    assert (told.keys["event"], told.keys["stream"]) == ("mars", "enfo")
    noon = BASE + timedelta(hours=12)
    assert told.window == Window(noon, noon + timedelta(hours=24))  # steps 0-24


def test_a_request_without_a_date_names_no_time() -> None:
    assert parse(a_message('{"event": "e", "request": {"class": "d1"}}', "aviso")).window is None


@pytest.mark.parametrize(
    "body",
    [
        '{"event": "data"}',
        '{"event": "data", "request": {"date": "2025-11"}}',
        '{"event": "data", "request": {"date": "20251104", "time": "2570"}}',
        '{"event": "data", "request": {"date": "00010101"}}',
        '{"event": "data", "request": {"date": "23991231", "step": "99999"}}',
        '{"type": "int.ecmwf.aviso.x", "id": "1", "source": "s", "data": "text"}',
    ],
)
def test_what_is_no_notification_is_refused(body: str) -> None:
    with pytest.raises(BadNotice):
        parse(a_message(body, "aviso"))
