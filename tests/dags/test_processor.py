"""What the files of DAGs are read with: Inlet is imported before, and once."""

import json
import subprocess
import sys

LOOK = """
import importlib, json, os, sys, threading
from pathlib import Path
from airflow.utils.file import list_py_file_paths
from dags import processor
for name in processor.MODULES:
    importlib.import_module(name)
read = sorted(Path(file).stem for file in list_py_file_paths(Path(processor.__file__).parent))
before = set(sys.modules)
for name in read:
    importlib.import_module(f"dags.{name}")
links = [os.path.realpath(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if int(n) > 2]
print(json.dumps({
    "read": read,
    "threads": threading.active_count(),
    "sockets": sum("socket:" in link for link in links),
    "imported later": sorted(set(sys.modules) - before),
}))
"""
FILES = ["census", "go_on", "harvest", "housekeeping", "onboard", "portfolio_check", "wake"]


def test_reading_all_dags_imports_little_after_it() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], stdout=subprocess.PIPE, check=True)
    found = json.loads(done.stdout.splitlines()[-1])

    assert found["read"] == FILES
    assert found["threads"] == 1
    assert found["sockets"] == 0
    assert len(found["imported later"]) < 80, found["imported later"]
