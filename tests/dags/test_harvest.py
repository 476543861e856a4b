"""Every collection has a DAG; it composes, and nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

from dags.recovering import ByTheTable
from inlet.pools import pools
from inlet.portfolio import load
from inlet.settings import Settings
from tests.dags.conftest import DAGS

HEAVY = (
    "cfgrib",
    "eccodes",
    "eodag",
    "great_expectations",
    "matplotlib",
    "netCDF4",
    "xarray",
    "zarr",
)
COLLECTIONS = sorted(load(Settings().portfolio_root).collections)


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(DAGS))


def test_every_collection_has_a_dag_and_nothing_is_broken(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert _harvests(bag) == sorted(f"harvest_{name}" for name in COLLECTIONS)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_the_steps_stand_in_the_order_of_the_data(bag: DagBag, name: str) -> None:
    dag = bag.dags[f"harvest_{name}"]
    order = [task.task_id for task in dag.topological_sort()]

    assert order == [
        "discover",
        "bring.order",
        "bring.land",
        "assemble",
        "refine.convert",
        "refine.judge",
        "refine.publish",
        "announce",
        "conclude",
    ]
    assert dag.doc_md
    assert [task.task_id for task in dag.tasks if not task.doc_md] == []


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_dag_is_serialised_twice_the_same(bag: DagBag, name: str) -> None:
    dag = bag.dags[f"harvest_{name}"]

    assert DagSerialization.to_dict(dag) == DagSerialization.to_dict(dag)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_pool_of_a_dag_is_made_at_deploy(bag: DagBag, name: str) -> None:
    dag = bag.dags[f"harvest_{name}"]
    made = {pool.name for pool in pools(load(Settings().portfolio_root).providers.values())}
    named = {task.task_id: task.pool for task in dag.tasks if task.pool != "default_pool"}

    assert set(named.values()) <= made
    assert {"bring.order", "bring.land"} <= set(named)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_task_is_owned_and_is_tried_again_by_the_table(bag: DagBag, name: str) -> None:
    dag = bag.dags[f"harvest_{name}"]

    assert {task.owner for task in dag.tasks} == {"inlet"}
    assert all(isinstance(task.retry_policy, ByTheTable) for task in dag.tasks)
    assert {"harvest"} < set(dag.tags)


def test_parsing_a_dag_imports_nothing_heavy() -> None:
    code = f"import dags.harvest, sys; print('heavy:', *set(sys.modules) & set({HEAVY!r}))"

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "heavy:"


def test_a_broken_file_is_named_and_stops_no_other_collection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shutil.copytree(Settings().portfolio_root, tmp_path / "portfolio")
    (root / "collections" / "sst.yaml").write_text("id: sst\nshedule: daily\n")
    monkeypatch.setenv("INLET_PORTFOLIO", str(root))

    bag = DagBag(str(DAGS))

    assert _harvests(bag) == [f"harvest_{n}" for n in COLLECTIONS if n != "sst"]
    [(file, error)] = bag.import_errors.items()
    assert file.endswith("portfolio_check.py")
    assert "sst.yaml:2: unknown key 'shedule'" in error


def test_five_broken_files_among_two_hundred_lose_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shutil.copytree(Settings().portfolio_root, tmp_path / "portfolio")
    text = (root / "collections" / "sst.yaml").read_text()
    made = [f"sst-{number}" for number in range(200 - len(COLLECTIONS))]
    for name in made:
        said = text.replace("id: sst", f"id: {name}")
        (root / "collections" / f"{name}.yaml").write_text(said)
    broken = ("id: [", "id: other", "shedule: daily", "", "\xff")
    for number, said in enumerate(broken):
        (root / "collections" / f"broken-{number}.yaml").write_text(said)
    monkeypatch.setenv("INLET_PORTFOLIO", str(root))

    bag = DagBag(str(DAGS / "harvest.py"))

    assert bag.import_errors == {}
    assert _harvests(bag) == sorted(f"harvest_{name}" for name in (*made, *COLLECTIONS))
    named = {problem.file.stem for problem in load(root).problems}
    assert named == {f"broken-{number}" for number in range(len(broken))}


def _harvests(bag: DagBag) -> list[str]:
    return sorted(name for name in bag.dags if name.startswith("harvest_"))
