from dataclasses import replace

from lake.ledger import assembly, expected
from tests.makers import a_granule, a_ledger, an_offer, landed


def test_an_items_fields_are_those_of_the_orders_of_its_parts(url: str) -> None:
    surface = replace(an_offer("a", part="surface"), fields_planned=48)
    upper = replace(an_offer("b", part="upper"), fields_planned=96)
    with a_ledger(url).begin() as tx:
        rows = [
            landed(tx, surface, [a_granule("s", "surface")]),
            landed(tx, upper, [a_granule("u", "upper")]),
        ]
        (item,) = assembly.assemble(tx, rows, ("surface", "upper"))

        assert expected.fields_planned(tx, item) == 48 + 96


def test_where_one_order_does_not_tell_nothing_is_expected(url: str) -> None:
    with a_ledger(url).begin() as tx:
        row = landed(tx, an_offer(), [a_granule()])
        (item,) = assembly.assemble(tx, [row], ("main",))

        assert expected.fields_planned(tx, item) is None
