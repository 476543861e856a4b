"""Discovery of many items in bounded memory, beside pystac-client over the same server.

    python -m benchmarks.discovering [--many 100000]

The server is the sandbox's STAC API. Ours proves that it has everything and notes each item in a
ledger; pystac-client (where it is installed) turns the same pages and keeps the ids.
"""

import argparse
import importlib.util
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import func, select

from sandbox.client import Sandbox

MANY = 100_000
PAGE = 1000
MOST_MEGABYTES = 300
_START, _END = "2019-12-31T00:00:00Z", "2030-01-01T00:00:00Z"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Discovery beside pystac-client.")
    parser.add_argument("--many", type=int, default=MANY)
    many = parser.parse_args(arguments).many
    return 0 if compare(many) else 1


def compare(many: int = MANY) -> bool:
    """Print both; return True where all was found in bounded memory."""
    options = ("--many", str(many), "--page-cap", str(PAGE))
    with Sandbox.start(arguments=options) as sandbox:
        ours = _measured("ours", sandbox.url)
        print(_line("inlet discover", ours))
        if importlib.util.find_spec("pystac_client") is None:
            print("pystac-client     not installed here: pip install pystac-client")
        else:
            print(_line("pystac-client", _measured("theirs", sandbox.url)))
    return ours["items"] == many and ours["megabytes"] <= MOST_MEGABYTES


def ours(url: str) -> int:
    """Discover everything into a ledger; return how many offers it holds."""
    from harvesters.discovery import discover  # noqa: PLC0415 - the process measures itself
    from harvesters.eodag import EodagGateway  # noqa: PLC0415
    from harvesters.provider import Provider  # noqa: PLC0415
    from harvesters.source import Source  # noqa: PLC0415
    from lake.ledger.ledger import Ledger  # noqa: PLC0415
    from lake.ledger.schema import offer  # noqa: PLC0415
    from lake.nouns import Window  # noqa: PLC0415

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    provider = Provider(
        id="many", title="Many", eodag=_block(url), page_size=PAGE, stamp="updated"
    )
    source = Source(provider="many", collection="many")
    window = Window(datetime(2019, 12, 31, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as place:
        ledger = Ledger.open(f"sqlite:///{Path(place) / 'ledger.db'}")
        found = discover(ledger, EodagGateway({"many": provider}, {}), "many", source, window)
        if found.reason is not None:
            raise SystemExit(found.reason)
        with ledger.begin() as tx:
            return int(tx.connection.execute(select(func.count()).select_from(offer)).scalar_one())


def theirs(url: str) -> int:
    """Turn the same pages with pystac-client; return how many different ids came."""
    from pystac_client import Client  # noqa: PLC0415 - optional

    search = Client.open(f"{url}/stac").search(
        collections=["many"], limit=PAGE, datetime=f"{_START}/{_END}"
    )
    return len({item["id"] for item in search.items_as_dicts()})


def _measured(who: str, url: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, who, url], check=True, capture_output=True, text=True
    )
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


_CHILD = "import sys; from benchmarks import discovering; discovering.child(*sys.argv[1:])"


def child(who: str, url: str) -> None:
    """Run one of the two in this process, and print what it took."""
    began = time.perf_counter()
    items = {"ours": ours, "theirs": theirs}[who](url)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.perf_counter() - began
    print(json.dumps({"items": items, "seconds": seconds, "megabytes": peak}))


def _line(who: str, took: dict[str, float]) -> str:
    return (
        f"{who:<17} {took['items']:>8.0f} items in {took['seconds']:7.1f} s: "
        f"{took['items'] / took['seconds']:7.0f} items/s, peak {took['megabytes']:.0f} MB"
    )


def _block(url: str) -> dict[str, object]:
    return {
        "url": url,
        "search": {
            "type": "StacSearch",
            "api_endpoint": f"{url}/stac/search",
            "asset_key_from_href": False,
            "pagination": {"next_page_token_key": "token", "max_limit": PAGE},
            "sort": {"sort_param_mapping": {"start_datetime": "properties.datetime"}},
            "timeout": 60,
        },
        "products": {"many": {"_collection": "many"}},
        "download": {"type": "HTTPDownload"},
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
