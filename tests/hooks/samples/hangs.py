"""A workflow that never ends."""

import time
from pathlib import Path


def run(event_data_json: str, into: Path) -> Path:
    while True:
        time.sleep(1)
