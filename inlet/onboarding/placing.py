"""Files into a portfolio and out of it, each at once: a reader meets whole files, or none."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from inlet.errors import NameTaken
from inlet.onboarding.blueprint import PROVIDERS


def place(root: Path, files: Mapping[str, str]) -> list[str]:
    """Put files into the portfolio at ``root``, a provider before what is harvested from it.

    Files that are there already, word for word, are left: an earlier try may have been killed.
    Returns the paths of those that were not.

    Raises:
        NameTaken: another file of that name is there; nothing is placed.
    """
    taken = others(root, files)
    if taken:
        raise NameTaken(
            f"expected no such files in {root}, came {', '.join(taken)}; take them out "
            "(`inlet provider remove`), or onboard under another name"
        )
    new = [path for path in _providers_first(files) if not (root / path).exists()]
    for path in new:
        replace(root / path, files[path])
    return new


def others(root: Path, files: Mapping[str, str]) -> list[str]:
    """Return of these paths those where another file lies than is given."""
    return sorted(path for path, text in files.items() if not _is_free(root / path, text))


def replace(file: Path, text: str) -> None:
    """Write a file in the place of the one that is there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        "w", encoding="utf-8", dir=file.parent, prefix=f".{file.stem}-", delete=False
    ) as made:
        made.write(text)
        made.flush()
        os.fsync(made.fileno())
    draft = Path(made.name)
    draft.chmod(0o644)
    draft.replace(file)


def exchange(file: Path, before: str, after: str) -> bool:
    """Write a file anew if it still says ``before``; False where it does not, or is gone."""
    if not file.exists() or file.read_text(encoding="utf-8") != before:
        return False
    replace(file, after)
    return True


def take_out(root: Path, paths: Iterable[str]) -> None:
    """Remove files from the portfolio at ``root``, collections before their provider."""
    for path in reversed(_providers_first(paths)):
        (root / path).unlink(missing_ok=True)


def _providers_first(paths: Iterable[str]) -> list[str]:
    return sorted(paths, key=lambda path: (not path.startswith(PROVIDERS), path))


def _is_free(file: Path, text: str) -> bool:
    return not file.exists() or file.read_text(encoding="utf-8") == text
