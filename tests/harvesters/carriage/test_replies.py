from datetime import UTC, datetime

import pytest

from harvesters import errors
from harvesters.carriage.replies import read_reply, retry_after_seconds

NOW = datetime(2024, 1, 1, 12, tzinfo=UTC)
DATE = "Mon, 01 Jan 2024 12:00:00 GMT"


def read(status: int = 200, **headers: str) -> object:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_reply(status, named, "http://h/a?token=secret", NOW)


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"ETag": '"a"'}, '"a"'),
        ({"ETag": 'W/"a"'}, None),
        ({"ETag": "a"}, None),
        ({"Last_Modified": "Sun, 31 Dec 2023 00:00:00 GMT", "Date": DATE}, "Sun, 31 Dec 2023"),
        ({"Last_Modified": DATE, "Date": DATE}, None),
        ({"Last_Modified": "yesterday", "Date": DATE}, None),
        ({}, None),
    ],
)
def test_only_what_tells_two_contents_apart_is_a_validator(
    headers: dict[str, str], validator: str | None
) -> None:
    reply = read_reply(200, {k.replace("_", "-"): v for k, v in headers.items()}, "u", NOW)

    assert reply is not None
    assert (reply.validator or "").startswith(validator or "")
    assert (reply.validator is None) == (validator is None)


def test_a_part_says_where_it_begins_and_how_long_the_whole_is() -> None:
    reply = read_reply(206, {"Content-Range": "bytes 5-9/10", "Content-Length": "5"}, "u", NOW)

    assert reply is not None
    assert (reply.is_part, reply.start, reply.total) == (True, 5, 10)


def test_a_part_that_says_neither_is_none() -> None:
    assert read(206) is None
    assert read(206, Content_Range="bytes */10") is None
    assert read(416) is None


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, br"])
def test_compression_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(errors.EncodedBody):
        read(Content_Encoding=encoding)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7), ("Mon, 01 Jan 2024 12:01:00 GMT", 60), (DATE, 0), ("", None), ("soon", None)],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after_seconds(text, NOW) == seconds


def test_an_unavailable_provider_says_when_to_come_back() -> None:
    with pytest.raises(errors.ProviderUnreachable) as caught:
        read(503, Retry_After="9")

    assert caught.value.retry_after_seconds == 9
    assert "secret" not in str(caught.value)
