"""One DAG that brings a new provider in: drafted, checked, tried out live, approved, live.

Nothing of it is in the portfolio before somebody approves what the report shows. The run waits
for that without a worker; the answer is given here (*Required actions*) or on Inlet's own pages.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags.recovering import ByTheTable
from inlet.errors import UnfitDraft
from inlet.house import opened
from lake.ledger import drafts
from lake.ledger.drafts import DraftId, DraftState

PROPOSE, APPROVAL, _ANSWER = "propose", "approval", "answer"
_UNASKED = {"by": "airflow", "chosen_options": [], "params_input": {"paused": None}}
_PROBED = frozenset(DraftState) - {DraftState.DRAFTED, DraftState.DOUBTED}


class Approval(ApprovalOperator):
    """Waits for a person, and keeps the answer even where it skips what follows.

    Where somebody decided on Inlet's page already, nobody is asked.
    """

    def execute(self, context: Any) -> Any:  # noqa: ANN401 - Airflow's context
        """Ask, where there is something to decide."""
        row = DraftId(context["ti"].xcom_pull(task_ids=PROPOSE))
        with opened() as house, house.ledger.begin() as tx:
            draft = drafts.known(tx, row)
        if draft is None or draft.state is not DraftState.PASSED:
            return None
        return super().execute(context=context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:  # noqa: ANN401
        """Take the answer."""
        kept = {name: event.get(name) for name in ("chosen_options", "params_input")}
        who = (event.get("responded_by_user") or {}).get("name")
        context["ti"].xcom_push(key=_ANSWER, value={**kept, "by": who or "airflow"})
        return super().execute_complete(context=context, event=event)


@task
def propose() -> int:
    """Draft the provider and its collections, or take the draft that was named.

    Where it was killed before, the draft that it made then is taken.
    """
    from inlet.onboarding import proposal  # noqa: PLC0415 - parsing stays light
    from inlet.onboarding.wish import Wish, credentials_of  # noqa: PLC0415 - as above

    params, run = _context()["params"], _context()["dag_run"]
    if params["draft"] is None and not params["origin"]:
        raise AirflowFailException("expected an origin or a draft in the form, came neither")
    with opened() as house:
        with house.ledger.begin() as tx:
            before = drafts.of_run(tx, run.run_id)
        if before is not None:
            return before
        if params["draft"] is not None:
            draft = proposal.of_id(house, DraftId(params["draft"]))
        else:
            wish = Wish(
                origin=params["origin"].strip(),
                name=params["name"],
                collections=tuple(params["collections"] or ()),
                credentials=credentials_of([params["credential"] or ""]),
            )
            draft = proposal.propose(house, wish, run.triggering_user_name or "airflow")
        with house.ledger.begin() as tx:
            drafts.taken_by(tx, draft.id, run.run_id)
    return draft.id


@task
def lint(draft: int) -> int:
    """Hold the draft's files against the rules of the portfolio."""
    from inlet.onboarding import lint as rules  # noqa: PLC0415 - as above
    from inlet.onboarding import proposal  # noqa: PLC0415 - as above
    from inlet.onboarding.blueprint import Blueprint  # noqa: PLC0415 - as above

    with opened() as house:
        known = proposal.of_id(house, DraftId(draft))
        blueprint = Blueprint(known.provider, known.files)
        wrong = rules.problems(blueprint, house.settings.portfolio_root)
    if wrong:
        raise UnfitDraft("\n".join(str(problem) for problem in wrong))
    return draft


@task
def probe(draft: int) -> int:
    """Try the draft out live: one sample of each collection, in a house of its own."""
    from inlet.onboarding.probe import Trial  # noqa: PLC0415 - as above
    from inlet.onboarding.trying import try_out  # noqa: PLC0415 - as above

    around = _context()["params"]["around"]
    day = datetime.fromisoformat(around) if around else None
    aware = day.replace(tzinfo=UTC) if day and day.tzinfo is None else day
    with opened() as house:
        try_out(house, DraftId(draft), Trial(around=aware))
    return draft


@task
def report(draft: int) -> str:
    """Write the report; where something is in the way, nobody is asked to approve it."""
    from inlet.onboarding import decisions, proposal  # noqa: PLC0415 - as above
    from inlet.onboarding import report as reports  # noqa: PLC0415 - as above

    with opened() as house:
        known = proposal.of_id(house, DraftId(draft))
    found = decisions.report_of(known)
    if found is None or known.state not in _PROBED:
        raise AirflowFailException(reports.sentence(found) if found else "it was not probed")
    return reports.markdown(found)


@task
def go_live(draft: int) -> list[str]:
    """Record who approved the draft, and put its files into the portfolio."""
    from inlet.onboarding import decisions, proposal  # noqa: PLC0415 - as above

    said = _answer()
    form, by = said["params_input"], said["by"]
    with opened() as house:
        found = proposal.of_id(house, DraftId(draft))
        if found.state is DraftState.REJECTED:
            raise AirflowSkipException("it was rejected on Inlet's page")
        if found.state is DraftState.PASSED and said is _UNASKED:
            raise UnfitDraft(
                "expected an answer to the question, came none; decide on Inlet's page"
            )
        if found.state is DraftState.PASSED:
            found = decisions.approve(house, found.id, by, form["reason"])
        if found.state is not DraftState.LIVE:
            found = decisions.go_live(house, found.id, by, paused=form["paused"])
        return list(proposal.collections_of(found))


@task(trigger_rule="none_failed")
def conclude(draft: int) -> str:
    """Say what came of it; a rejection is recorded with who made it, and why."""
    from inlet.onboarding import decisions, proposal  # noqa: PLC0415 - as above

    said = _answer()
    with opened() as house:
        found = proposal.of_id(house, DraftId(draft))
        is_rejected = Approval.REJECT in said["chosen_options"]
        if is_rejected and found.state is not DraftState.REJECTED:
            found = decisions.reject(house, found.id, said["by"], said["params_input"]["reason"])
        return str(found.state)


def _context() -> Any:  # noqa: ANN401 - Airflow's context is a dict
    return get_current_context()


def _answer() -> Any:  # noqa: ANN401 - as the operator left it
    return _context()["ti"].xcom_pull(task_ids=APPROVAL, key=_ANSWER) or _UNASKED


def _optional(description: str, **schema: Any) -> Param:  # noqa: ANN401 - JSON Schema
    return Param(None, type=["null", "string"], description=description, **schema)


with DAG(
    dag_id="onboard",
    schedule=None,
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    is_paused_upon_creation=False,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "retry_policy": ByTheTable(),
        "owner": "inlet",
    },
    params={
        "origin": _optional(
            "The URL of a STAC API or catalogue, eodag:NAME, or the YAML of a provider and its "
            "collections with --- between them.",
            format="multiline",
        ),
        "collections": Param(
            [], type="array", description="What the provider calls them, one a line; none is all."
        ),
        "name": _optional("What to call the provider here; default: as it calls itself."),
        "credential": _optional(
            "The NAME (PROVIDER_…) under which its key or token is kept, never the key itself: a "
            "variable of the workers, or the connection inlet_<name>. Others than an API key: "
            "what EODAG calls it=NAME."
        ),
        "around": _optional("A day of which there are data; default: the newest.", format="date"),
        "draft": Param(
            None, type=["null", "integer"], description="The id of a draft, instead of an origin."
        ),
    },
    tags=["onboarding"],
    description="A new provider: drafted, tried out, approved, live",
    doc_md=__doc__,
):
    drafted: Any = propose()
    right: Any = lint(drafted)
    probed: Any = probe(right)
    shown: Any = report(probed)
    asked = Approval(
        task_id=APPROVAL,
        subject="Put this provider into the portfolio?",
        body="{{ ti.xcom_pull(task_ids='report') }}",
        params={
            "reason": Param("as the report shows", type="string", description="Why; it is kept."),
            "paused": Param(
                None,
                type=["null", "boolean"],
                description="Whether its DAGs are paused at first; empty: Airflow's default.",
            ),
        },
        doc_md="Wait for a person; no worker is held.",
    )
    shown >> asked >> go_live(drafted) >> conclude(drafted)
