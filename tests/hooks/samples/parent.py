"""A process that waits for a workflow that never ends."""

import sys
from pathlib import Path

from hooks.worker import Job, Worker

if __name__ == "__main__":
    with Worker() as worker:
        worker.run(Job("tests.hooks.samples.hangs", "{}", Path(sys.argv[1])), 600.0)
