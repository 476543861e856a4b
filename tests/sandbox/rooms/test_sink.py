import httpx

from sandbox.client import Sandbox


def test_a_sink_keeps_headers_and_raw_bodies_in_order(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    for number in range(3):
        http.post(
            sandbox.sink_url("hook"), content=b"\x00%d" % number, headers={"X-Signature": "s"}
        )
    received = sandbox.sink("hook")

    assert [entry.body for entry in received] == [b"\x000", b"\x001", b"\x002"]
    assert {entry.headers["x-signature"] for entry in received} == {"s"}
    assert http.delete("/sink/hook").json() == {"forgotten": 3}
    assert sandbox.sink("hook") == []


def test_a_sink_can_be_unavailable(http: httpx.Client, sandbox: Sandbox) -> None:
    with sandbox.fault("unavailable", provider="sink", times=1):
        answers = [http.post("/sink/busy", content=b"{}").status_code for _ in range(2)]

    assert answers == [503, 200]
    assert sandbox.sink("busy")[0].json() == {}
