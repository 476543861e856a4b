"""A workflow that leaves a copy of the item."""

import os
from pathlib import Path


def run(event_data_json: str, into: Path) -> Path:
    (into / "pid").write_text(str(os.getpid()))
    path = into / "item.json"
    path.write_text(event_data_json)
    return path
