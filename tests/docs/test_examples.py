"""The examples in docs are DAGs that load, and build on the Assets that our DAGs tell of."""

from pathlib import Path

from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

from dags import tasks
from docs.examples import after_sst
from tests.dags import conftest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def test_the_examples_load_and_wait_for_the_collections_own_asset() -> None:
    assert conftest.HOME.is_dir()
    bag = DagBag(str(EXAMPLES))

    assert bag.import_errors == {}
    assert sorted(bag.dags) == ["after_sst", "each_of_sst"]
    assert all(DagSerialization.to_dict(dag) for dag in bag.dags.values())
    assert tasks.asset("sst") == after_sst.SST
