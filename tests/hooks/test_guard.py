import pytest

from hooks.errors import BadTarget, ForbiddenAddress, WebhookFailed
from hooks.guard import destination

NOBODY: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.9.9",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
def test_an_address_that_is_not_public_is_refused(host: str) -> None:
    with pytest.raises(ForbiddenAddress, match="expected a public address"):
        destination(f"https://{host}/hook", NOBODY)


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f000001", "127.1"])
def test_a_name_that_leads_to_this_machine_is_refused_when_it_is_looked_up(host: str) -> None:
    with pytest.raises(ForbiddenAddress):
        destination(f"https://{host}/hook", NOBODY).pinned()


@pytest.mark.parametrize(
    "text",
    [
        "ftp://host/",
        "file:///etc/passwd",
        "host/hook",
        "https://",
        "",
        "http://host.example/",
        "https://user:word@host.example/",
        "https://host.example:99999/",
    ],
)
def test_what_no_webhook_may_have_is_refused(text: str) -> None:
    with pytest.raises(BadTarget, match="expected"):
        destination(text, NOBODY)


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.1:8000"])
def test_an_allowed_host_may_be_on_this_machine(allowed: str) -> None:
    url = destination("http://127.0.0.1:8000/hook", frozenset({allowed})).pinned()

    assert str(url) == "http://127.0.0.1:8000/hook"


def test_an_allowed_port_allows_no_other() -> None:
    with pytest.raises(BadTarget):
        destination("http://127.0.0.1:8001/", frozenset({"127.0.0.1:8000"}))


def test_the_name_is_replaced_by_its_address() -> None:
    url = destination("http://localhost:8000/a?b=c", frozenset({"localhost"})).pinned()

    assert url.host in {"127.0.0.1", "::1"}
    assert (url.port, url.raw_path) == (8000, b"/a?b=c")


def test_a_public_address_passes() -> None:
    assert destination("https://192.88.98.1/", NOBODY).pinned().host == "192.88.98.1"
    assert destination("https://[2a00:1450::1]/", NOBODY).pinned().host == "2a00:1450::1"


def test_a_name_that_nobody_knows_can_be_tried_again() -> None:
    with pytest.raises(WebhookFailed, match="expected an address"):
        destination("https://nowhere.invalid/", NOBODY).pinned()
