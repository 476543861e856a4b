import hashlib
import io
import zipfile

import httpx
import pytest

from sandbox.client import Sandbox

PRODUCTS = "/odata/v1/Products"
SLSTR = "Collection/Name eq 'SENTINEL-3'"


def query(http: httpx.Client, **options: object) -> dict:
    params = {f"${name}": value for name, value in options.items()}
    return http.get(PRODUCTS, params=params).raise_for_status().json()


def test_pages_are_counted_and_linked_to_the_end(http: httpx.Client) -> None:
    page = query(http, filter=SLSTR, top=25, count="True")
    names = [product["Name"] for product in page["value"]]
    total = page["@odata.count"]
    while link := page.get("@odata.nextLink"):
        assert "%24skip=" in link
        page = http.get(link).json()
        names += [product["Name"] for product in page["value"]]

    assert len(names) == len(set(names)) == total == 60


def test_filters_are_strict_and_all_hold(http: httpx.Client) -> None:
    kind = (
        "Attributes/OData.CSC.StringAttribute/any(att:att/Name eq 'productType' and "
        "att/OData.CSC.StringAttribute/Value eq 'SL_2_WST___')"
    )
    area = "OData.CSC.Intersects(area=geography'SRID=4326;POLYGON ((0 0, 1 0, 1 1, 0 0))')"
    first = query(http, filter=SLSTR, top=1)["value"][0]
    after = f"ModificationDate gt {first['ModificationDate']}"
    before = (
        "PublicationDate lt 2024-01-05T00:00:00Z and ContentDate/Start ge 2024-01-01T00:00:00Z"
    )
    found = query(http, filter=f"{SLSTR} and {kind} and {area} and {after} and {before}")

    assert [p["Name"][16:24] for p in found["value"]] == ["20240102", "20240103"]


def test_order_is_as_asked(http: httpx.Client) -> None:
    found = query(http, filter=SLSTR, top=1, orderby="PublicationDate desc")

    assert found["value"][0]["Name"][16:24] == "20240229"


@pytest.mark.parametrize("wrong", ["Colour eq 'red'", "ModificationDate gt never"])
def test_a_filter_that_is_not_served_is_refused(http: httpx.Client, wrong: str) -> None:
    assert http.get(PRODUCTS, params={"$filter": wrong}).status_code == 400


def test_the_bytes_need_a_token_and_are_as_stated(http: httpx.Client, sandbox: Sandbox) -> None:
    product = query(http, filter=SLSTR, top=1)["value"][0]
    url = f"{PRODUCTS}({product['Id']})/$value"
    form = {"username": "somebody", "password": sandbox.key}
    token = http.post("/odata/auth/token", data=form).json()["access_token"]
    content = http.get(url, headers={"Authorization": f"Bearer {token}"}).content
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()

    assert http.get(url).status_code == 401
    assert product["ContentLength"] == len(content)
    assert product["Checksum"][0] | {"Value": digest} == product["Checksum"][0]
    assert len(zipfile.ZipFile(io.BytesIO(content)).namelist()) == 2


def test_unknown_products_are_not_found(http: httpx.Client, sandbox: Sandbox) -> None:
    form = {"username": "somebody", "password": sandbox.key}
    token = http.post("/auth/token", data=form).json()["access_token"]

    assert http.get(f"{PRODUCTS}(0)/$value?token={token}").status_code == 404
