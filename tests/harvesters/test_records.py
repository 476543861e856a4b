from datetime import UTC, datetime

from harvesters.records import Record, request_digest

BASE = "https://cds.example/api/processes/era5/execution"


def test_a_record_comes_back_as_it_was_written() -> None:
    record = Record("p", {"id": "a"}, "grib").with_order({"id": "b"}, datetime.now(UTC))

    assert Record.from_text(record.to_text()) == record


def test_an_order_keeps_the_time_at_which_it_was_placed() -> None:
    placed_at = datetime(2024, 2, 1, tzinfo=UTC)
    record = Record("p", {}).with_order({"id": "b"}, placed_at).with_order({"id": "c"})

    assert record.placed_at == placed_at


def test_the_same_request_has_one_digest_however_it_is_written() -> None:
    one = BASE + '?{"inputs": {"day": ["04", "01"], "year": ["2024"]}}'
    other = BASE + '?{{"inputs": {"year": ["2024"], "day": ["01", "04"]}}}'
    moved = one.replace("https://cds.example", "http://127.0.0.1:9")

    assert request_digest(one) == request_digest(other) == request_digest(moved)


def test_another_request_has_another_digest() -> None:
    one = BASE + '?{"inputs": {"day": ["01"]}}'

    assert request_digest(one) != request_digest(one.replace("01", "02"))
    assert request_digest(one) != request_digest(one.replace("era5", "cams"))
