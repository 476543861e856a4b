import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvesters.carriage.addresses import (
    CheckedResolver,
    is_allowed,
    require_literal_allowed,
)
from harvesters.errors import ForbiddenTarget, ProviderUnreachable

PUBLIC = ["8.8.8.8", "2001:4860:4860::8888"]
OURS = ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "::1", "fd12::1"]
NEVER = [
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "169.254.169.254",
    "224.0.0.1",
    "100.100.100.200",
    "::",
    "fe80::1",
    "ff02::1",
    "fd00:ec2::254",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
]


@pytest.mark.parametrize("text", PUBLIC)
@pytest.mark.parametrize("allow_private", [True, False])
def test_public_addresses_are_allowed(text: str, allow_private: bool) -> None:
    assert is_allowed(ip_address(text), allow_private)


@pytest.mark.parametrize("text", [*OURS, "::ffff:127.0.0.1", "64:ff9b::10.0.0.1"])
def test_our_own_network_is_allowed_only_where_it_is_said(text: str) -> None:
    assert not is_allowed(ip_address(text), allow_private=False)
    assert is_allowed(ip_address(text), allow_private=True)


@pytest.mark.parametrize("text", NEVER)
@pytest.mark.parametrize("allow_private", [True, False])
def test_some_addresses_are_never_allowed(text: str, allow_private: bool) -> None:
    assert not is_allowed(ip_address(text), allow_private)


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_an_address_is_judged_the_same_however_it_is_wrapped(
    number: int, allow_private: bool
) -> None:
    plain = IPv4Address(number)
    mapped = IPv6Address((0xFFFF << 32) | number)
    nat64 = IPv6Address((0x64FF9B << 96) | number)

    verdicts = {is_allowed(a, allow_private) for a in (plain, mapped, nat64)}
    assert len(verdicts) == 1


@given(st.ip_addresses())
def test_without_leave_only_global_addresses_are_reached(
    address: IPv4Address | IPv6Address,
) -> None:
    if is_allowed(address, allow_private=False):
        assert address.is_global
        assert not address.is_multicast


def test_a_literal_address_is_judged_and_a_name_is_left_to_the_resolver() -> None:
    require_literal_allowed("data.example", allow_private=False)
    with pytest.raises(ForbiddenTarget):
        require_literal_allowed("127.0.0.1", allow_private=False)


def test_the_resolver_gives_the_addresses_that_it_checked() -> None:
    found = asyncio.run(CheckedResolver(True, 5).resolve("localhost", 80))

    assert {entry["host"] for entry in found} <= {"127.0.0.1", "::1"}
    with pytest.raises(ForbiddenTarget, match="localhost, which leads to"):
        asyncio.run(CheckedResolver(False, 5).resolve("localhost", 80))


@pytest.mark.parametrize("text", ["127.1", "0x7f.1", "2130706433", "017700000001"])
def test_odd_spellings_of_loopback_are_seen_through(text: str) -> None:
    with pytest.raises((ForbiddenTarget, ProviderUnreachable)):
        asyncio.run(CheckedResolver(False, 5).resolve(text, 80))


def test_a_name_without_an_address_is_unreachable() -> None:
    with pytest.raises(ProviderUnreachable, match="expected an address"):
        asyncio.run(CheckedResolver(True, 5).resolve("nowhere.invalid", 80))
