from datetime import timedelta
from itertools import pairwise

from sandbox.fields import Fields
from sandbox.holdings.sst import sst_products


def test_every_day_of_the_year_has_one_product_published_later() -> None:
    products = sst_products(Fields(1))

    assert len({product.start for product in products}) == len(products) == 366
    assert {p.updated - p.start for p in products} == {timedelta(hours=30)}
    assert all(a.end < b.start for a, b in pairwise(products))
