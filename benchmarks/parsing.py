"""What 200 collections cost Airflow's DAG processor, beside a factory with none; 5 are broken.

python -m benchmarks.parsing [--collections 200]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BROKEN = 5
_CODE = """
import time
from airflow.dag_processing.dagbag import DagBag
began, worked = time.perf_counter(), time.process_time()
bag = DagBag("{file}")
took, work = time.perf_counter() - began, time.process_time() - worked
print(f"{{took:.2f}} {{work:.2f}} {{len(bag.dags)}}")
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--collections", type=int, default=200)
    count = parser.parse_args().collections
    with tempfile.TemporaryDirectory(prefix="inlet-parsing-") as directory:
        home = Path(directory)
        empty = _parsed(home, _portfolio(home / "empty", 0))
        full = _parsed(home, _portfolio(home / "full", count))
    for name, (took, work, dags) in (("none", empty), (str(count), full)):
        print(f"{name:>4} collections: {took:6.2f} s, {work:6.2f} s of a processor, {dags} DAGs")
    beside = f"{full[0] - empty[0]:.2f} s, {full[1] - empty[1]:.2f} s of a processor"
    print(f"beside an empty factory, {BROKEN} broken files among them: {beside}")
    return 0 if full[2] == count else 1


def _portfolio(root: Path, count: int) -> Path:
    shutil.copytree(ROOT / "portfolio" / "providers", root / "providers")
    (root / "collections").mkdir()
    text = (ROOT / "portfolio" / "collections" / "sst.yaml").read_text()
    for number in range(count):
        name = f"sst-{number}"
        (root / "collections" / f"{name}.yaml").write_text(text.replace("id: sst", f"id: {name}"))
    for number in range(BROKEN if count else 0):
        (root / "collections" / f"broken-{number}.yaml").write_text("id: x\nshedule: daily\n")
    return root


def _parsed(home: Path, portfolio: Path) -> tuple[float, float, int]:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "120",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "INLET_PORTFOLIO": str(portfolio),
        "INLET_HOME": str(home / "inlet"),
    }
    code = _CODE.format(file=ROOT / "dags" / "harvest.py")
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    took, work, dags = done.stdout.split()[-3:]
    return float(took), float(work), int(dags)


if __name__ == "__main__":
    sys.exit(main())
