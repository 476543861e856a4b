import pytest

from sandbox.fields import Fields
from sandbox.holdings.cdse import cdse_products
from sandbox.odata_query import BadFilter, parse_filter, sort_key

FIRST, SECOND, *_ = cdse_products(Fields(1))


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("", True, True),
        ("Collection/Name eq 'SENTINEL-3'", True, False),
        ("(Collection/Name eq 'SENTINEL-3' and contains(Name,'WST'))", True, False),
        ("contains(Name,'S5P and more')", False, False),
        (f"Id eq '{SECOND.id}'", False, True),
        ("ContentDate/Start ge 2024-01-01T12:00:00Z", False, True),
        ("ContentDate/Start gt 2024-01-01T12:00:00Z", False, False),
        ("PublicationDate le 2024-01-02T05:00:00.000Z", True, False),
    ],
)
def test_a_filter_lets_through_what_it_says(text: str, first: bool, second: bool) -> None:
    matches = parse_filter(text)

    assert (matches(FIRST), matches(SECOND)) == (first, second)


@pytest.mark.parametrize("text", ["startswith(Name,'S3')", "ContentDate/Middle gt 2024-01-01"])
def test_other_filters_are_refused(text: str) -> None:
    with pytest.raises(BadFilter, match="filter"):
        parse_filter(text)


def test_other_orders_are_refused() -> None:
    with pytest.raises(BadFilter, match="orderby"):
        sort_key("Colour asc")
