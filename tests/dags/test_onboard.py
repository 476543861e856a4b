"""A provider brought in by Airflow: proposed, tried out, approved by a person, live, harvested."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.models.taskinstance import TaskInstance
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from dags.pages import AirflowItself
from inlet.house import House, opened
from inlet.onboarding import decisions
from inlet.settings import Settings
from lake.clock import wall_clock
from lake.ledger import drafts
from lake.ledger.drafts import DraftId, DraftState, Kind
from portal.pages.airflow import Answer, NotAnswered
from sandbox.client import Sandbox
from tests.dags.conftest import DAGS
from tests.inlet.onboarding.makers import TICKS, a_token

_LOOK_EVERY_SECONDS = 0.2
A_DAY = {"start": "2024-02-01T00:00:00+00:00", "end": "2024-02-02T00:00:00+00:00"}


@pytest.fixture(scope="module")
def bag() -> DagBag:
    initdb()
    return DagBag(str(DAGS))


@pytest.fixture
def home(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "portfolio").mkdir()
    monkeypatch.setenv("INLET_HOME", str(tmp_path))
    monkeypatch.setenv("INLET_PORTFOLIO", str(tmp_path / "portfolio"))
    monkeypatch.setenv("INLET_PRIVATE_PROVIDERS", f'["{sandbox.url.removeprefix("http://")}"]')
    monkeypatch.setenv("PROVIDER_HDA_TOKEN", a_token(sandbox))
    return tmp_path


def run(bag: DagBag, conf: Mapping[str, object], name: str = "onboard") -> str:
    return str(bag.dags[name].test(logical_date=wall_clock(), run_conf=dict(conf)).state)


def waiting() -> str | None:
    """Return the run whose approval waits by now.

    An answer between the question and the wait is seen by Airflow's API, but not by ``dag.test``.
    """
    asked = select(TaskInstance.run_id).where(
        TaskInstance.dag_id == "onboard",
        TaskInstance.task_id == "approval",
        TaskInstance.state == "awaiting_input",
    )
    with create_session() as session:
        return session.scalars(asked).first()


def is_answered(chosen: str, reason: str) -> bool:
    """Answer the run that waits, if one does by now."""
    form = {"reason": reason, "paused": True}
    try:
        run = waiting()
        if run is None:
            return False
        AirflowItself().answer(Answer("onboard", run, "approval", chosen, form, "Ada"))
    except (NotAnswered, OperationalError):  # the run holds SQLite's only lock at times
        return False
    return True


@contextmanager
def answered(chosen: str, reason: str) -> Iterator[None]:
    """Answer the next run's question as soon as it is asked, in the name of Ada."""
    over = threading.Event()

    def answer() -> None:
        while not over.is_set() and not is_answered(chosen, reason):
            time.sleep(_LOOK_EVERY_SECONDS)

    one = threading.Thread(target=answer)
    one.start()
    try:
        yield
    finally:
        over.set()
        one.join()


@contextmanager
def decided_meanwhile(home: Path, decide: Callable[[House, DraftId], object]) -> Iterator[None]:
    """Decide about the next draft as soon as it passed its probe, before anybody is asked."""

    def look() -> None:
        with opened(Settings(home=home)) as house:
            while True:
                with house.ledger.begin() as tx:
                    passed = [d.id for d in drafts.listed(tx) if d.state is DraftState.PASSED]
                if passed or over.wait(0.01):
                    break
            for row in passed:
                decide(house, row)

    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            yield
        finally:
            over.set()
        looking.result()


def approved(house: House, row: DraftId) -> None:
    decisions.approve(house, row, "Grace", "seen on the page")
    decisions.go_live(house, row, "Grace", paused=True)


def wish(sandbox: Sandbox, **more: object) -> dict[str, object]:
    return {
        "origin": f"{sandbox.url}/hda/stac/v2",
        "name": "hda",
        "collections": [TICKS],
        "credential": "PROVIDER_HDA_TOKEN",
        **more,
    }


def test_what_a_person_approves_goes_live_and_its_dag_harvests(
    bag: DagBag, home: Path, sandbox: Sandbox
) -> None:
    with answered("Approve", "we need it"):
        assert run(bag, wish(sandbox)) == "success"

    files = {str(p.relative_to(home / "portfolio")) for p in home.glob("portfolio/*/*.yaml")}
    assert files == {"providers/hda.yaml", f"collections/{TICKS}.yaml"}
    fresh = DagBag(str(DAGS))
    assert fresh.dags[f"harvest_{TICKS}"].is_paused_upon_creation
    assert run(fresh, A_DAY, f"harvest_{TICKS}") == "success"

    with opened(Settings(home=home)) as house, house.ledger.begin() as tx:
        made = [(d.kind, d.by, d.reason) for d in drafts.decisions(tx, "hda")]
    assert made == [(Kind.APPROVE, "Ada", "we need it"), (Kind.GO_LIVE, "Ada", "")]
    assert len(list((home / "catalog" / TICKS).glob("*/*.json"))) == 4


def test_what_a_person_rejects_stays_out_and_says_why(
    bag: DagBag, home: Path, sandbox: Sandbox
) -> None:
    with answered("Reject", "the licence"):
        assert run(bag, wish(sandbox)) == "success"

    assert not list(home.glob("portfolio/*/*.yaml"))
    with opened(Settings(home=home)) as house, house.ledger.begin() as tx:
        (made,) = drafts.decisions(tx, "hda")
    assert (made.kind, made.by, made.reason) == (Kind.REJECT, "Ada", "the licence")


def test_nobody_is_asked_what_was_approved_on_inlets_page_meanwhile(
    bag: DagBag, home: Path, sandbox: Sandbox
) -> None:
    with decided_meanwhile(home, approved):
        assert run(bag, wish(sandbox)) == "success"

    with opened(Settings(home=home)) as house, house.ledger.begin() as tx:
        made = [(d.kind, d.by) for d in drafts.decisions(tx, "hda")]
    assert made == [(Kind.APPROVE, "Grace"), (Kind.GO_LIVE, "Grace")]


def test_what_was_rejected_on_inlets_page_meanwhile_stays_out(
    bag: DagBag, home: Path, sandbox: Sandbox
) -> None:
    with decided_meanwhile(home, lambda h, row: decisions.reject(h, row, "Grace", "too dear")):
        assert run(bag, wish(sandbox)) == "success"

    assert not list(home.glob("portfolio/*/*.yaml"))


def test_nobody_is_asked_to_approve_what_fails_its_probe(
    bag: DagBag, home: Path, sandbox: Sandbox
) -> None:
    assert run(bag, wish(sandbox, credential=None)) == "failed"

    with opened(Settings(home=home)) as house, house.ledger.begin() as tx:
        (draft,) = drafts.listed(tx)
    assert draft.state == "doubted"
    assert any("401" in step["came"] for step in draft.report["steps"])


def test_a_form_reads_no_secret_that_is_kept_for_something_else(
    bag: DagBag, home: Path, sandbox: Sandbox
) -> None:
    assert run(bag, wish(sandbox, credential="AWS_SECRET_ACCESS_KEY")) == "failed"
    with opened(Settings(home=home)) as house, house.ledger.begin() as tx:
        assert drafts.listed(tx) == []
