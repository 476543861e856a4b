"""A workflow that never ends."""

import os
import time
from pathlib import Path


def run(event_data_json: str, into: Path) -> Path:
    (into / "pid").write_text(str(os.getpid()))
    while True:
        time.sleep(1)
