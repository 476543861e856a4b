"""Whatever GRIB and NetCDF lies below a directory, taken by suffix and not looked into."""

import hashlib
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sandbox.holdings.products import MEDIA_TYPES, Product

COLLECTION = "files"


def directory_products(directory: Path) -> tuple[Product, ...]:
    """One product a file, sorted by path. Files that lead out of the directory are left out."""
    root = directory.resolve()
    paths = sorted(p for p in root.rglob("*") if _belongs(p, root))
    names = Counter(_safe(path.name) for path in paths)
    return tuple(_product(path, root, names[_safe(path.name)] == 1) for path in paths)


def _belongs(path: Path, root: Path) -> bool:
    fits = path.suffix.lower() in MEDIA_TYPES and path.is_file()
    return fits and path.resolve().is_relative_to(root)


def _product(path: Path, root: Path, is_unique: bool) -> Product:
    title = path.relative_to(root).as_posix()
    name = _safe(path.name)
    if not is_unique:
        name += f"-{hashlib.sha256(title.encode()).hexdigest()[:8]}"
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Product(
        collection=COLLECTION,
        id=name,
        file_name=_safe(path.name),
        media_type=MEDIA_TYPES[path.suffix.lower()],
        start=changed,
        end=changed,
        published=changed,
        updated=changed,
        source=path,
        title=title,
    )


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-") or "file"
