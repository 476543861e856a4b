"""What was told of items and harvests: sent, waiting, refused."""

from starlette.testclient import TestClient

from inlet.house import House
from lake.ledger import outbox
from lake.nouns import Signal
from tests.makers import NEW_YEAR


def test_every_event_tells_whether_it_was_sent(house: House, pages: TestClient) -> None:
    with house.ledger.begin() as tx:
        outbox.append(tx, Signal("refused-1", "inlet.test", "sst/<b>", NEW_YEAR, "{}"))
        outbox.refuse(tx, "refused-1", "too <large>")
    page = pages.get("/events").text

    assert "org.ogc.api.collection.item.create" in page
    assert ">refused</span><small>too &lt;large&gt;</small>" in page
    assert "sst/&lt;b&gt;" in page
