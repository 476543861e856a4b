"""Airflow's DAG processor, begun with all imported that the DAGs' files need.

python -m dags.processor

It forks a process for each file that it reads, and reads each anew every 30 seconds: without this,
each of these processes would import Inlet again. Who installs another Inlet starts it anew.
"""

import sys
from importlib import import_module
from runpy import run_module

MODULES = ("airflow.dag_processing.processor", "dags.tasks", "dags.waiting")

if __name__ == "__main__":
    for _module in MODULES:
        import_module(_module)
    sys.argv[:] = ["airflow", "dag-processor", *sys.argv[1:]]
    run_module("airflow", run_name="__main__")
