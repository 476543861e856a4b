from datetime import UTC, datetime
from pathlib import Path

import pystac

from sandbox import stac_documents
from sandbox.fields import Fields
from sandbox.holdings.sst import sst_products
from sandbox.shelf import AtRest

HERE = "http://localhost/stac"


def test_pystac_reads_an_item() -> None:
    rest = AtRest(Path("x"), 7, "ab" * 32, "cd" * 16)
    document = stac_documents.item(HERE, sst_products(Fields(1))[0], rest, rest.sha256)
    item = pystac.Item.from_dict(document)

    assert item.datetime == datetime(2024, 1, 1, tzinfo=UTC)
    assert item.assets["data"].extra_fields["file:checksum"] == "1220" + "ab" * 32


def test_pystac_reads_the_catalogue_and_its_collections() -> None:
    assert pystac.Catalog.from_dict(stac_documents.landing(HERE)).id == "sandbox"
    for name in stac_documents.TITLES:
        assert pystac.Collection.from_dict(stac_documents.collection(HERE, name)).id == name
