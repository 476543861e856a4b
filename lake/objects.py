"""What object storage needs beyond fsspec's own ways: plain lists of objects, and clean ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError
from fsspec.exceptions import FSTimeoutError

LONGEST_UPLOAD = timedelta(days=2)
_PART_BYTES = 32 * 2**20
_PARTS_AT_ONCE = 4  # what an upload holds in memory is as many parts


@contextmanager
def reached(root: str) -> Iterator[None]:
    """Pass where the storage answers.

    Raises:
        OSError: it does not; botocore's errors of the way are none by themselves.
    """
    try:
        yield
    except (BotoCoreError, FSTimeoutError) as error:
        raise OSError(
            f"expected the object storage of {root} to answer, came {type(error).__name__}: "
            f"{error}; it is tried again"
        ) from error


def upload(filesystem: Any, path: Path, to: str) -> None:  # noqa: ANN401 - fsspec has no types
    """Upload a file, or every file of a tree; empty directories are nothing there."""
    files = [f for f in path.rglob("*") if f.is_file()] if path.is_dir() else [path]
    keys = [f"{to}/{f.relative_to(path)}" if f != path else to for f in files]
    filesystem.put([str(file) for file in files], keys, **_parts(filesystem))


def move(filesystem: Any, key: str, to: str) -> bool:  # noqa: ANN401 - fsspec has no types
    """Copy an object, or all below a prefix, one by one, then remove them; False: none is there.

    fsspec's own ``mv`` also asks S3 for the folders between, which are no objects.
    """
    found = filesystem.find(key)
    if found:
        new = [to + name.removeprefix(key) for name in found]
        filesystem.copy(found, new, on_error="raise")
        filesystem.rm(found)
    return bool(found)


def abort_uploads(filesystem: Any, root: str, before: datetime) -> int:  # noqa: ANN401 - as above
    """Abort the uploads in parts below ``root`` that began before a time; return how many.

    A writer that died leaves its parts: no reader sees them, and they are paid for.
    """
    if not _is_s3(filesystem):
        return 0
    bucket, _, prefix = root.partition("/")
    asked = {"Bucket": bucket, "Prefix": f"{prefix}/" if prefix else ""}
    uploads = filesystem.call_s3("list_multipart_uploads", **asked).get("Uploads", [])
    old = [upload for upload in uploads if upload["Initiated"] < before]
    for each in old:
        name = {"Bucket": bucket, "Key": each["Key"], "UploadId": each["UploadId"]}
        filesystem.call_s3("abort_multipart_upload", **name)
    return len(old)


def _parts(filesystem: Any) -> dict[str, int]:  # noqa: ANN401 - fsspec has no types
    if not _is_s3(filesystem):
        return {}
    return {"chunksize": _PART_BYTES, "max_concurrency": _PARTS_AT_ONCE}


def _is_s3(filesystem: Any) -> bool:  # noqa: ANN401 - fsspec has no types
    return "s3" in filesystem.protocol
