"""Airflow reads its settings when it is first imported: they are set before that, here."""

import os
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="inlet-airflow-"))
DAGS = Path(__file__).parents[2] / "dags"

os.environ |= {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME / 'airflow.db'}",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
}
