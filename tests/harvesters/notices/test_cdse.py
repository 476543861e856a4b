import pytest

from harvesters.errors import BadNotice
from harvesters.notices.cdse import parse
from tests.harvesters.notices.messages import a_message, a_sample


def test_a_push_tells_of_a_product_and_its_time() -> None:
    told = parse(a_sample("cdse_push", "cdse"))

    assert told.window is not None
    assert f"{told.window.end:%Y-%m-%dT%H:%M}" == "2024-02-01T01:40"
    assert told.native_ids[0].startswith("S3A_SL_2_WST")
    assert told.keys["event"] == "created"


def test_another_modification_of_a_product_is_other_news() -> None:
    first = a_sample("cdse_push", "cdse")
    again = a_message(first.body.replace(b"12:30:41", b"18:00:00"), "cdse")

    assert parse(first).id == parse(first).id
    assert parse(first).id != parse(again).id


def test_a_body_that_lost_its_product_still_wakes() -> None:
    told = parse(a_sample("cdse_push_aged", "cdse"))

    assert told.window is None
    assert told.native_ids == ("5e1b2e3c-6c1f-4f6e-8f0a-2f9f3c1d7a11",)


def test_what_names_no_product_is_refused() -> None:
    with pytest.raises(BadNotice, match="ProductId"):
        parse(a_message('{"SubscriptionId": "s"}', "cdse"))
