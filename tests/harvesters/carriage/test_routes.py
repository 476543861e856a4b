import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from harvesters.carriage.routes import Hop, first_hop, next_hop, place_of, shown
from harvesters.errors import ForbiddenTarget
from harvesters.gateway import Policy, Remote

HOSTS = frozenset({"data.example:443", "cdn.example:443", "data.example:8443", "data.example:80"})
POLICY = Policy(HOSTS)
SECRET = {"PRIVATE-TOKEN": "secret"}
START = Hop(URL("https://data.example/a/b?x=1"), SECRET)

schemes = st.sampled_from(["http", "https", "HTTP", "ftp", "file", "gopher", "data", ""])
names = st.sampled_from(
    [
        "data.example",
        "DATA.example",
        "cdn.example",
        "evil.example",
        "data.example.evil",
        "data.example@evil.example",
        "127.0.0.1",
        "[::1]",
        "169.254.169.254",
        "",
        "data.example.",
    ]
)
ports = st.sampled_from(["", ":443", ":80", ":8443", ":22", ":0", ":x"])
paths = st.sampled_from(["", "/", "/x?y=1", "//evil.example/", "/\\evil", "#@evil.example/"])
locations = st.one_of(
    st.builds(lambda s, n, p, r: f"{s}://{n}{p}{r}", schemes, names, ports, paths),
    st.builds(lambda n, p, r: f"//{n}{p}{r}", names, ports, paths),
    paths,
    st.text(max_size=40),
)  # fmt: skip


@given(locations)
def test_a_redirect_leads_to_an_allowed_place_with_no_secret_of_another_or_nowhere(
    location: str,
) -> None:
    try:
        hop = next_hop(START, location, POLICY)
    except ForbiddenTarget:
        return
    assert place_of(hop.url) in HOSTS
    assert hop.url.scheme == "https"
    assert hop.headers in ({}, SECRET)
    if hop.headers:
        assert place_of(hop.url) == place_of(START.url)


@given(locations)
def test_a_first_hop_leads_to_an_allowed_place_or_nowhere(url: str) -> None:
    try:
        hop = first_hop(Remote(url, "a"), POLICY)
    except ForbiddenTarget:
        return
    assert place_of(hop.url) in HOSTS


@pytest.mark.parametrize(
    ("location", "goes_to", "headers"),
    [
        ("/c", "https://data.example/c", SECRET),
        ("c?y=%2B", "https://data.example/a/c?y=%2B", SECRET),
        ("https://data.example:443/c", "https://data.example/c", SECRET),
        ("https://data.example:8443/c", "https://data.example:8443/c", {}),
        ("https://u:p@cdn.example/c", "https://cdn.example/c", {}),
    ],
)
def test_credentials_stay_in_their_origin(
    location: str, goes_to: str, headers: dict[str, str]
) -> None:
    hop = next_hop(START, location, POLICY)

    assert str(hop.url) == goes_to
    assert hop.headers == headers


@pytest.mark.parametrize(
    "location",
    [
        None,
        "",
        "http://data.example/c",
        "https://evil.example/c",
        "file:///etc/passwd",
        "ftp://a/",
    ],
)
def test_a_redirect_to_nowhere_good_is_refused(location: str | None) -> None:
    with pytest.raises(ForbiddenTarget):
        next_hop(START, location, POLICY)


def test_a_signed_link_is_asked_for_as_it_is_written() -> None:
    text = "https://cdn.example/a%2Fb?X-Sig=a%2Bb%3D&e=%7e"

    assert str(first_hop(Remote(text, "a"), POLICY).url) == text


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://u:p@h/a?token=1#f", "https://h/a"),
        ("https://h:1/a", "https://h:1/a"),
        ("nonsense", "nonsense"),
    ],
)
def test_what_is_shown_of_a_link_holds_no_secret(url: str, said: str) -> None:
    assert shown(url) == said
