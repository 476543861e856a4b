"""What Airflow costs: many small granules by one of its runs, beside the same by the command.

python -m benchmarks.overhead [--granules 2000]

Both ways harvest the same products of the sandbox, each into a collection of its own, over the
same PostgreSQL and S3. Told are the seconds from the trigger to the run's end, and in how many of
them no task ran, which may be a tenth at most; and the processor time of all that ran, with that
of Airflow's own four processes in it.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.with_airflow import AIRFLOW, airflow, await_open, stack, window
from inlet.demand.executor import dag_of
from tests.stack_fixture import Services

BY_COMMAND, BY_AIRFLOW = "by-command", "by-airflow"
SCHEDULER = "airflow-scheduler"
ALLOWED = 0.1
_LOOK_EVERY_SECONDS = 1.0
_INLET = (sys.executable, "-m", "inlet")
_SESSION, _UTIME = 2, 10
"""Where ``/proc/PID/stat`` has them, counted from behind the state; see proc(5)."""
_TASKS = text("SELECT start_date, end_date FROM task_instance WHERE dag_id = :dag ORDER BY 1")
_RUN = text("SELECT queued_at, end_date FROM dag_run WHERE dag_id = :dag")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Work:
    """Seconds of a processor: of all that Airflow runs, and of its own processes in that."""

    all: float
    own: float = 0.0

    def __sub__(self, before: "Work") -> "Work":
        return Work(self.all - before.all, self.own - before.own)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--granules", type=int, default=2000)
    count = parser.parse_args().granules
    with stack((BY_COMMAND, BY_AIRFLOW), count) as services:
        measured = {BY_COMMAND: _by_command(services, count), BY_AIRFLOW: _by_run(services, count)}
        out = {name: _published(services, name) for name in measured}
        whole, idle = _idle(services, dag_of(BY_AIRFLOW))
    for name, (took, work) in measured.items():
        print(f"{name}: {out[name]} items, {took:.0f} s, {work.all:.0f} s of a processor")
    (alone_took, alone), (took, by_airflow) = measured[BY_COMMAND], measured[BY_AIRFLOW]
    print(
        f"{by_airflow.all / alone.all:.2f} times the work, {took / alone_took:.2f} times as long"
    )
    share = by_airflow.own / (by_airflow.all - by_airflow.own)
    print(f"Airflow's own processes took {by_airflow.own:.0f} s, {share:.1%} of what tasks took")
    print(f"in {idle:.1f} of {whole:.0f} s no task ran, {idle / whole:.1%}")
    return 0 if set(out.values()) == {count} and idle <= ALLOWED * whole else 1


def _by_command(services: Services, count: int) -> tuple[float, Work]:
    """Harvest by ``inlet harvest``; return its seconds, and its seconds of a processor."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    asked = [f"--{name}={moment}" for name, moment in window(0, count).items()]
    command = [*_INLET, "harvest", BY_COMMAND, *asked]
    subprocess.run(command, env=os.environ | services.environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - began, Work(work)


def _by_run(services: Services, count: int) -> tuple[float, Work]:
    """Harvest by a run of Airflow; return the same of it."""
    dag, run = dag_of(BY_AIRFLOW), "benchmark"
    await_open(services, dag)
    with airflow(services) as by:
        began, before = time.monotonic(), _work(services)
        by.start(dag, run, window(0, count))
        while (ended := by.ended(dag, run)) is None:
            time.sleep(_LOOK_EVERY_SECONDS)
    if ended != "success":
        raise SystemExit(f"expected a run that succeeds, it ended as {ended}")
    return time.monotonic() - began, _work(services) - before


def _work(services: Services) -> Work:
    """Return the processor time of Airflow's processes up to now, and of those they waited for.

    All that the scheduler started is tasks', their starting too; what the others did is their own.
    """
    known = {service.name: service for service in services.stack.services}
    leaders = {services.stack.process(known[name]).pid for name in AIRFLOW}
    scheduler = services.stack.process(known[SCHEDULER]).pid
    everything = own = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            said = [*map(int, stat.read_text().rpartition(")")[2].split()[1:])]
            mine, waited_for = sum(said[_UTIME : _UTIME + 2]), sum(said[_UTIME + 2 : _UTIME + 4])
            if said[_SESSION] in leaders:
                everything += mine + waited_for
            if said[_SESSION] in leaders - {scheduler}:
                own += mine + waited_for
            elif int(stat.parent.name) == scheduler:
                own += mine
    return Work(everything / _TICKS_A_SECOND, own / _TICKS_A_SECOND)


def _idle(services: Services, dag: str) -> tuple[float, float]:
    """Return how many seconds a run took since it was asked for, and in how many no task ran."""
    engine = create_engine(services.ground.airflow_database)
    with engine.connect() as connection:
        asked, ended = connection.execute(_RUN, {"dag": dag}).one()
        tasks = [*connection.execute(_TASKS, {"dag": dag}), (ended, ended)]
    busy_until, idle = asked, timedelta()
    for start, end in tasks:
        idle += max(start - busy_until, timedelta())
        busy_until = max(busy_until, end)
    return (ended - asked).total_seconds(), idle.total_seconds()


def _published(services: Services, collection: str) -> int:
    command = [*_INLET, "status", collection, "--json"]
    environment = os.environ | services.environment
    said = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout
    return int(json.loads(said)["progress"][0]["published"])


if __name__ == "__main__":
    sys.exit(main())
