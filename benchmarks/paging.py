"""Page through a whole collection as a user does, with pystac-client: nothing lost, nothing twice.

python -m benchmarks.paging http://127.0.0.1:8712 --items 100000
fills the collection ``paged`` of the database that INLET_LEDGER names, then pages through it.
"""

import argparse
import os
import time

from pystac_client import Client
from sqlalchemy import make_url

from tests.portal.catalogues import fill, items_of

COLLECTION = "paged"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="where the portal is")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--page", type=int, default=1_000)
    wanted = parser.parse_args()

    began = time.monotonic()
    fill(make_url(os.environ["INLET_LEDGER"]), items_of(COLLECTION, wanted.items))
    print(f"filled      {wanted.items} items in {time.monotonic() - began:.0f} s")

    began = time.monotonic()
    search = Client.open(wanted.url).search(collections=[COLLECTION], limit=wanted.page)
    seen = [item["id"] for item in search.items_as_dicts()]
    took = time.monotonic() - began
    lost = {item["id"] for item in items_of(COLLECTION, wanted.items)} - set(seen)
    print(f"paged       {len(seen)} items in {took:.0f} s, {len(seen) / took:.0f}/s")
    print(f"lost        {len(lost)}\ntwice       {len(seen) - len(set(seen))}")
    raise SystemExit(bool(lost) or len(seen) != len(set(seen)))


if __name__ == "__main__":
    main()
