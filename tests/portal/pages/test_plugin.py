"""Every process of Airflow loads the plugin: it must cost nothing where nobody looks at a page."""

import subprocess
import sys
from importlib.metadata import entry_points

HEAVY = {"portal", "inlet", "lake", "catalog", "harvesters", "transforms", "jinja2", "sqlalchemy"}
SCRIPT = """
import sys
from airflow.plugins_manager import AirflowPlugin
before = set(sys.modules)
import dags.plugin
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""


def test_loading_the_plugin_imports_nothing_of_the_house() -> None:
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True
    )

    loaded = set(told.stdout.splitlines()[-1].split())
    assert "dags" in loaded
    assert not loaded & HEAVY


def test_every_airflow_that_has_inlet_installed_finds_it() -> None:
    [found] = entry_points(group="airflow.plugins", name="inlet")

    assert found.value == "dags.plugin:InletPlugin"
