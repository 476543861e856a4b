"""A batch queue that runs each job at once: the commands of SLURM and HTCondor, and nothing else.

``python queues.py COMMAND ARGUMENTS`` is what those commands do.
"""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

COMMANDS = ("sbatch", "scancel", "condor_submit", "condor_rm")
ARGUMENTS = re.compile(r"^Arguments = \"-c '(.*)'\"$", re.MULTILINE)


def install(folder: Path) -> None:
    """Put the commands into a folder, for PATH."""
    folder.mkdir()
    for command in COMMANDS:
        file = folder / command
        file.write_text(f'#!/bin/sh\nexec {sys.executable} {__file__} {command} "$@"\n')
        file.chmod(0o755)


def end_jobs(folder: Path) -> None:
    """End all jobs that were submitted by the commands in a folder."""
    for job in folder.glob("job-*"):
        _end(int(job.name.removeprefix("job-")))


def _submit(command: str, script: Path) -> str:
    text = script.read_text()
    if command == "sbatch":
        said, what = "Submitted batch job {}", text
    else:
        found = ARGUMENTS.search(text)
        if found is None:
            raise SystemExit(f"expected Arguments in {text}")
        said, what = "1 job(s) submitted to cluster {}.", found[1].replace("''", "'")
    with Path(os.devnull).open("w") as nowhere:
        job = subprocess.Popen(
            ["/bin/sh", "-c", what], stdout=nowhere, stderr=nowhere, start_new_session=True
        )
    (Path(os.environ["QUEUE_JOBS"]) / f"job-{job.pid}").touch()
    return said.format(job.pid)


def _end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGTERM)


def main() -> None:
    command, last = sys.argv[1], sys.argv[-1]
    if command in {"scancel", "condor_rm"}:
        _end(int(last.partition(".")[0]))
    else:
        sys.stdout.write(_submit(command, Path(last)))


if __name__ == "__main__":
    main()
