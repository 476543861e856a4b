from datetime import UTC, datetime

import pystac

from sandbox import stac_documents
from sandbox.fields import Fields
from sandbox.holdings.sst import sst_products
from sandbox.showing import Shown, Stated

HERE = "http://localhost/stac"


def test_pystac_reads_an_item() -> None:
    stated = Stated(7, "ab" * 32, "cd" * 16, None)
    product = sst_products(Fields(1))[0]
    shown = Shown(product, stated, product.title, is_offline=False, has_namesake=False)
    document = stac_documents.item(HERE, f"{HERE}/data", shown)
    item = pystac.Item.from_dict(document)

    assert item.datetime == datetime(2024, 1, 1, tzinfo=UTC)
    assert item.assets["data"].extra_fields["file:checksum"] == "1220" + "ab" * 32


def test_pystac_reads_the_catalogue_and_its_collections() -> None:
    names = tuple(stac_documents.TITLES)
    assert pystac.Catalog.from_dict(stac_documents.landing(HERE, names)).id == "sandbox"
    for name in stac_documents.TITLES:
        assert pystac.Collection.from_dict(stac_documents.collection(HERE, name)).id == name
