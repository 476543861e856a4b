"""The door for notices, knocked on over real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lake.ledger import notices
from lake.ledger.ledger import Ledger
from portal.notices import LARGEST_BODY_BYTES
from tests.harvesters.notices.messages import SAMPLES
from tests.portal.knocking import BASIC, a_portal, signed

HINT = (SAMPLES / "hint.json").read_bytes()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[httpx.Client]:
    with a_portal(home) as url, httpx.Client(base_url=url, trust_env=False) as opened:
        yield opened


def test_a_signed_hint_is_accepted_and_safe(client: httpx.Client, home: Path) -> None:
    answer = client.post("/notices/webhook", content=HINT, headers=signed(HINT, "msg-1"))

    assert (answer.status_code, answer.json()) == (202, {"id": "msg-1"})
    with Ledger.open(f"sqlite:///{home / 'ledger.db'}").begin() as tx:
        assert "msg-1" in {n.id for n in notices.recent(tx)}


def test_a_hint_sent_again_is_the_same_notice(client: httpx.Client) -> None:
    answers = [
        client.post("/notices/webhook", content=HINT, headers=signed(HINT, "msg-2"))
        for _ in range(2)
    ]

    assert [a.status_code for a in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(HINT, "m", secret="another"),
        signed(HINT, "m", age_seconds=3600),
        signed(HINT, "m", age_seconds=-3600),
        signed(HINT, "m") | {"webhook-id": "n"},
        signed(b"other", "m"),
        signed(HINT, "m") | {"webhook-timestamp": "now"},
        signed(HINT, "m") | {"webhook-signature": "v1,é".encode()},
        BASIC,
    ],
)
def test_who_did_not_sign_this_now_is_not_let_in(client: httpx.Client, headers) -> None:
    answer = client.post("/notices/webhook", content=HINT, headers=headers)

    assert answer.status_code == 401


def test_a_body_too_large_is_refused_whether_it_says_so_or_not(client: httpx.Client) -> None:
    large = b"x" * (LARGEST_BODY_BYTES + 1)

    said = client.post("/notices/webhook", content=large, headers=signed(large, "m"))
    unsaid = client.post("/notices/webhook", content=iter([large]), headers=signed(large, "m"))

    assert (said.status_code, unsaid.status_code) == (413, 413)


def test_a_source_that_nobody_reads_is_not_found(client: httpx.Client) -> None:
    assert client.post("/notices/kafka", content=HINT).status_code == 404


def test_what_is_signed_and_says_nothing_is_rejected_with_the_reason(client) -> None:
    answer = client.post("/notices/webhook", content=b"{}", headers=signed(b"{}", "m"))

    assert answer.status_code == 422
    assert "names its collection" in answer.json()["reason"]


@pytest.mark.parametrize(
    ("source", "sample", "status"),
    [
        ("cdse", "cdse_push", 202),
        ("wis2", "wis2_canonical", 202),
        ("aviso", "aviso_pyaviso_post", 200),  # pyaviso takes 202 for a failure
    ],
)
def test_providers_with_a_password_are_let_in(client, source, sample, status) -> None:
    body = (SAMPLES / f"{sample}.json").read_bytes()

    assert client.post(f"/notices/{source}", content=body, headers=BASIC).status_code == status
    wrong = BASIC | {"authorization": "Basic aW5sZXQ6bm8="}
    assert client.post(f"/notices/{source}", content=body, headers=wrong).status_code == 401
