"""What the scheduler's fork server imports, so that every task begins with all that it needs.

Airflow's settings name it: ``AIRFLOW__SCHEDULER__MP_START_METHOD=forkserver`` and
``AIRFLOW__CORE__MP_FORKSERVER_PRELOAD=dags.warm``. Workers are forked from that server, and tasks
from workers. Nothing is opened here: tasks inherit modules alone. Who installs another Inlet
starts the scheduler anew.
"""

import gc
from importlib import import_module

MODULES = (
    "airflow.executors.local_executor",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "dags.connections",
    "dags.tasks",
    "dags.waiting",
    "harvesters.eodag.beforehand",
    "catalog.pgstac.publisher",
    "lake.broker",
    "s3fs",
    "transforms.executors.choice",
    "transforms.isolation",
    "transforms.quality.datadocs",
    "transforms.quality.judge",
    "transforms.quality.report",
)

for _module in MODULES:
    import_module(_module)
gc.freeze()  # what no collection touches stays shared
