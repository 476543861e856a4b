"""``inlet harvest`` as far as the lake: what comes after landing is left out."""

import argparse
import sys

from harvesters.errors import HarvestError
from inlet import logs, steps
from inlet.cli.boundary import Exit
from inlet.cli.show import window
from inlet.harvest import bring
from inlet.house import House, opened
from lake.ledger import progress


def main() -> Exit:
    """Bring a collection's window into the lake."""
    parser = argparse.ArgumentParser("bringing")
    parser.add_argument("collection")
    parser.add_argument("--start", required=True)
    parser.add_argument("--end", required=True)
    options = parser.parse_args()
    with opened() as house:
        logs.to_file(house.settings.home)
        return _brought(house, options)


def _brought(house: House, options: argparse.Namespace) -> Exit:
    steps.revive(house, options.collection)
    try:
        bring(house, options.collection, window(options.start, options.end))
    except HarvestError:
        return Exit.IMPOSSIBLE
    with house.ledger.begin() as tx:
        came = progress.progress(tx, options.collection)
    return Exit.LEFT_OUT if came.failed or came.invalid else Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
