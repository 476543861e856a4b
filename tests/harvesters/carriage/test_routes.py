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


NOTHING_ELSE = "begins with https:// or http://, came {}; nothing else is ever fetched"
BROKEN = "the provider's link is broken"
REFUSED = [
    ("file:///etc/passwd", NOTHING_ELSE.format("file:///etc/passwd")),
    ("ftp://data.example/x", NOTHING_ELSE.format("ftp://data.example/x")),
    ("s3://bucket/key", NOTHING_ELSE.format("s3://bucket/key")),
    ("data:text/plain;base64," + 500 * "QUJD", "base64," + 44 * "QUJD" + "Q…; nothing else"),
    ("https:///x", BROKEN),
    ("https://data.example:0/x", BROKEN),
    ("http://[x", BROKEN),
    ("https://data.example:99999/x", BROKEN),
    ("https://data.example:22/x", "add data.example:22 to the provider's `hosts` if it is"),
    ("https://u:p@evil.example/x", "came https://evil.example/x; add evil.example:443 to"),
    ("http://[::1]:80/x", "came ::1; set `allow_private: true` if"),
    ("http://127.0.0.1/x", "came 127.0.0.1; set `allow_private: true` if"),
    ("http://2130706433/x", "2130706433, which leads to 127.0.0.1; set `allow_private"),
    ("http://0x7f.1/x", "0x7f.1, which leads to 127.0.0.1; set `allow_private"),
    ("http://0251.0376.0251.0376/x", "which leads to 169.254.169.254; no setting allows it"),
    ("http://169.254.169.254/latest", "came 169.254.169.254; no setting allows it"),
    ("http://[fe80::1%25eth0]/x", "leads to fe80::1; no setting allows it"),
    ("http://[::ffff:169.254.169.254]/x", "no setting allows it"),
]


@pytest.mark.parametrize(
    ("url", "said"), [("", NOTHING_ELSE.format("none")), ("http://", BROKEN), *REFUSED]
)
def test_each_refusal_says_what_helps(url: str, said: str) -> None:
    with pytest.raises(ForbiddenTarget) as caught:
        first_hop(Remote(url, "a"), POLICY)

    assert said in str(caught.value)
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize(("url", "said"), REFUSED)
def test_a_refused_redirect_says_the_same_and_who_redirects(url: str, said: str) -> None:
    start = Hop(URL("http://data.example/a"), {})
    with pytest.raises(ForbiddenTarget) as caught:
        next_hop(start, url, POLICY)

    assert str(caught.value).startswith("http://data.example/a redirects: expected ")
    assert said in str(caught.value)


def test_a_redirect_that_leaves_encryption_is_told_apart_from_an_unknown_host() -> None:
    with pytest.raises(ForbiddenTarget, match=r"stays encrypted, came http://evil\.example/c"):
        next_hop(START, "http://evil.example/c", POLICY)


def test_a_user_in_a_link_gives_way_to_our_own_credentials() -> None:
    url = "https://u:p@data.example/a"

    assert str(first_hop(Remote(url, "a"), POLICY).url) == url
    ours = first_hop(Remote(url, "a", {"Authorization": "Bearer x"}), POLICY)
    assert str(ours.url) == "https://data.example/a"
