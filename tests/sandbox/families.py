"""One visitor a family: who searches, reads and orders as that protocol wants it.

All speak to plain HTTP and take whatever comes, so that every fault can be shown to every family.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from sandbox.client import Sandbox
from tests.sandbox.listings import SEARCHES, Found

INPUTS: dict[str, Any] = {
    "variable": ["2m_temperature", "mean_sea_level_pressure"],
    "year": ["2024"],
    "month": ["01"],
    "day": ["01"],
    "time": ["00:00"],
    "grid": "10/10",
}
TWIN: dict[str, Any] = {
    "class": "d1",
    "dataset": "climate-dt",
    "activity": "ScenarioMIP",
    "experiment": "SSP3-7.0",
    "model": "IFS-NEMO",
    "generation": "1",
    "realization": "1",
    "resolution": "standard",
    "stream": "clte",
    "type": "fc",
    "expver": "0001",
    "levtype": "sfc",
    "param": "167/151",
    "date": "20240101",
    "time": "0000",
}
TWIN_IN_HDA = "EO.ECMWF.DAT.D1.DT_CLIMATE.G1.SCENARIOMIP_SSP3-7.0_IFS-NEMO.R1"


class Visitor:
    """Goes about one family's room, with its credential."""

    def __init__(self, sandbox: Sandbox, family: str) -> None:
        self.family = family
        self.http = httpx.Client(
            base_url=f"{sandbox.url}/{family}", timeout=10, trust_env=False, follow_redirects=False
        )
        if family == "cds":
            self.http.headers["PRIVATE-TOKEN"] = sandbox.key
        if family in {"odata", "polytope", "hda"}:
            self.http.headers["Authorization"] = f"Bearer {self.token(sandbox)}"

    def token(self, sandbox: Sandbox) -> str:
        form = {"username": "somebody", "password": sandbox.key}
        answer = httpx.post(f"{sandbox.url}/auth/token", data=form, trust_env=False)
        return str(answer.json()["access_token"])

    def search(self, most: int = 12, rows: int = 3) -> Found:
        """Turn pages of ``rows`` till there are no more, or ``most`` products have come."""
        return SEARCHES[self.family](self.http, most, rows)

    def read(self, href: str, **headers: str) -> httpx.Response:
        return self.http.get(href, headers=headers)

    def order(self) -> str:
        """Place an order of two fields, and return where to ask after it."""
        return _ORDERS[self.family](self)

    def result(self, place: str) -> httpx.Response:
        """Wait for the answer that says where the bytes are, or that there are none."""
        return _RESULTS[self.family](self, place)

    def href(self) -> str:
        """Where bytes are that this family hands out."""
        if self.family in SEARCHES:
            return self.search(1, 1).products[0].href
        return str(self.location(self.result(self.order())))

    def location(self, answer: httpx.Response) -> str:
        body = answer.raise_for_status().json() if answer.status_code != 303 else answer.json()
        if self.family == "cds":
            return str(body["asset"]["value"]["href"])
        if self.family == "polytope":
            return str(body["location"])
        return str(body["assets"]["downloadLink"]["href"])


def _order_cds(visitor: Visitor) -> str:
    url = "/api/retrieve/v1/processes/reanalysis-era5-single-levels/execution"
    answer = visitor.http.post(url, json={"inputs": INPUTS}).raise_for_status()
    return f"/api/retrieve/v1/jobs/{answer.json()['jobID']}"


def _order_polytope(visitor: Visitor) -> str:
    body = {"verb": "retrieve", "request": TWIN}
    answer = visitor.http.post("/api/v1/requests/destination-earth", json=body)
    return str(answer.raise_for_status().headers["location"])


def _order_hda(visitor: Visitor) -> str:
    url = f"/stac/v2/collections/{TWIN_IN_HDA}/order"
    item = visitor.http.post(url, json=TWIN).raise_for_status().json()
    return str(next(li["href"] for li in item["links"] if li["rel"] == "self"))


def _patiently(ask: Callable[[], tuple[httpx.Response, bool]]) -> httpx.Response:
    for _ in range(60):
        answer, is_waiting = ask()
        if not is_waiting:
            return answer
        time.sleep(0.01)
    return answer


def _result_cds(visitor: Visitor, place: str) -> httpx.Response:
    def ask() -> tuple[httpx.Response, bool]:
        job = visitor.http.get(place)
        return job, job.is_success and job.json()["status"] in {"accepted", "running"}

    job = _patiently(ask)
    is_there = job.is_success and job.json()["status"] == "successful"
    return visitor.http.get(f"{place}/results") if is_there else job


def _result_polytope(visitor: Visitor, place: str) -> httpx.Response:
    def ask() -> tuple[httpx.Response, bool]:
        answer = visitor.http.get(place)
        return answer, answer.status_code == 202

    return _patiently(ask)


def _result_hda(visitor: Visitor, place: str) -> httpx.Response:
    def ask() -> tuple[httpx.Response, bool]:
        answer = visitor.http.get(place)
        ordered = answer.is_success and answer.json()["properties"]["order:status"] == "ordered"
        return answer, ordered

    return _patiently(ask)


_ORDERS: Mapping[str, Callable[[Visitor], str]] = {
    "cds": _order_cds,
    "polytope": _order_polytope,
    "hda": _order_hda,
}
_RESULTS: Mapping[str, Callable[[Visitor, str], httpx.Response]] = {
    "cds": _result_cds,
    "polytope": _result_polytope,
    "hda": _result_hda,
}
