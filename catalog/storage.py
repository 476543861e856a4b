"""Where assets lie, by the storage extension: the service behind an ``s3://`` address."""

from collections.abc import Mapping
from typing import Any

SCHEMA = "https://stac-extensions.github.io/storage/v2.0.0/schema.json"
LAKE = "lake"
_AMAZON = ("aws-s3", "https://{bucket}.s3.{region}.amazonaws.com")
_PROTOCOL = "s3://"


def describe_storage(
    assets: Mapping[str, Mapping[str, Any]], endpoint: str, region: str = ""
) -> dict[str, Any]:
    """Return the schemes that ``assets`` refer to; nothing where none lies in an object store.

    ``endpoint`` is the URL of the S3 service; empty: Amazon's own.
    """
    buckets = {_bucket(asset["href"]) for asset in assets.values() if _is_object(asset)}
    if not buckets:
        return {}
    bucket = min(buckets)  # a lake is one bucket
    kind, platform = ("custom-s3", f"{endpoint.rstrip('/')}/{{bucket}}") if endpoint else _AMAZON
    told = {"type": kind, "platform": platform, "bucket": bucket, "requester_pays": False}
    return {"storage:schemes": {LAKE: told | ({"region": region} if region else {})}}


def referred(assets: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the assets, those in the object store with a reference to its scheme."""
    refs = {"storage:refs": [LAKE]}
    return {key: {**asset, **(refs if _is_object(asset) else {})} for key, asset in assets.items()}


def _is_object(asset: Mapping[str, Any]) -> bool:
    return str(asset["href"]).startswith(_PROTOCOL)


def _bucket(href: str) -> str:
    return href.removeprefix(_PROTOCOL).partition("/")[0]
