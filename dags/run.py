"""Runs harvest DAGs in this process by ``dag.test``: the same DAGs, no scheduler.

python -m dags.run --start 2024-01-01 --end 2024-01-03 era5 sst
"""

import argparse
import sys
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.utils.db import initdb

from lake.clock import wall_clock


def main(arguments: list[str]) -> int:
    """Run the DAG of each collection once; return 1 where a run did not succeed."""
    parser = argparse.ArgumentParser(description="Run harvest DAGs in this process.")
    run = ("COLLECTION", "START", "END")
    parser.add_argument("--run", nargs=3, metavar=run, action="append", required=True)
    wanted = parser.parse_args(arguments).run
    initdb()
    bag = DagBag(str(Path(__file__).parent))
    states = [_state(bag.dags[f"harvest_{name}"], start, end) for name, start, end in wanted]
    return 0 if all(state == "success" for state in states) else 1


def _state(dag: DAG, start: str, end: str) -> str:
    conf = {"start": start, "end": end}
    return str(dag.test(logical_date=wall_clock(), run_conf=conf).state)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
