"""A workflow that takes its process with it."""

import os
import signal
from pathlib import Path


def run(event_data_json: str, into: Path) -> Path:
    os.kill(os.getpid(), signal.SIGKILL)
    return into
