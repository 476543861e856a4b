import httpx
import pytest

from sandbox.elsewhere import Elsewhere
from sandbox.shelf import in_hand


def test_it_hands_out_what_it_was_given_and_records_who_asked() -> None:
    elsewhere = Elsewhere()
    url = elsewhere.deposit(in_hand(b"abc"), "text/plain")
    with httpx.Client(trust_env=False) as client:
        there = client.get(url, headers={"X-Key": "secret"})
        head = client.head(url)
        nothing = client.get(f"{elsewhere.url}/none")
    elsewhere.close()

    assert (there.content, there.headers["content-type"]) == (b"abc", "text/plain")
    assert (head.headers["content-length"], nothing.status_code) == ("3", 404)
    assert [asked.method for asked in elsewhere.asked] == ["GET", "HEAD", "GET"]
    assert elsewhere.asked[0].headers["x-key"] == "secret"


def test_it_begins_only_when_it_is_needed() -> None:
    elsewhere = Elsewhere()
    elsewhere.close()
    url = elsewhere.url
    elsewhere.close()

    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)
