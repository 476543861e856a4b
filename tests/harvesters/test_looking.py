"""A look at a document goes only where it may, and takes no more than a document."""

from dataclasses import replace

import pytest

from harvesters import looking
from harvesters.errors import ForbiddenTarget, PageInstead, ProviderUnreachable, TooLarge
from harvesters.looking import policy_for
from sandbox.client import Sandbox


def test_a_document_is_read_with_the_headers_of_its_answer(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/stac"
    policy = policy_for(url, allow_private=True)

    assert looking.document(url, policy)["stac_version"] == "1.0.0"
    assert "Date" in looking.look(url, policy).headers
    assert looking.look(f"{url}/none", policy).status == 404


def test_private_addresses_and_other_hosts_are_not_looked_at(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/stac"
    for target, allow in [
        (url, False),
        ("http://169.254.169.254/latest/meta-data/", True),
        ("file:///etc/passwd", True),
        ("http://[::1]:1/", False),
    ]:
        with pytest.raises(ForbiddenTarget):
            looking.look(target, policy_for(target, allow))
    with pytest.raises(ForbiddenTarget):
        looking.look("http://other.example.org/", policy_for(url, allow_private=True))


def test_a_redirect_is_followed_only_where_we_may_go(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/stac"
    with (
        sandbox.fault("redirect_loop", "stac"),
        pytest.raises(ForbiddenTarget, match="redirects"),
    ):
        looking.look(url, policy_for(url, allow_private=True))


def test_what_is_no_small_document_is_refused(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/stac"
    policy = policy_for(url, allow_private=True)

    with pytest.raises(PageInstead, match="expected a JSON object"):
        looking.document(f"{sandbox.url}/faults/kinds", policy)
    with pytest.raises(TooLarge, match="came more"):
        looking.look(url, replace(policy, max_bytes=10))
    with pytest.raises(ProviderUnreachable):
        looking.look("http://127.0.0.1:9/", policy_for("http://127.0.0.1:9/", allow_private=True))


def test_names_that_lead_into_a_private_network_are_found(sandbox: Sandbox) -> None:
    policy = policy_for(sandbox.url)

    looking.require_public(frozenset({"nowhere.invalid:443"}), policy)
    with pytest.raises(ForbiddenTarget, match="localhost"):
        looking.require_public(frozenset({"localhost:80"}), policy)
