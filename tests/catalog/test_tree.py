import json
from pathlib import Path
from threading import Thread

import pytest

from catalog.tree import Tree, file_name


def test_a_file_that_did_not_change_is_not_written(tmp_path: Path) -> None:
    for _ in range(2):
        tree = Tree(tmp_path)
        with tree.alone():
            tree.put(tmp_path / "a" / "a.json", "{}")

    assert tree.written == 0


def test_what_was_not_put_goes_with_its_empty_folder(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    with tree.alone():
        tree.put(tmp_path / "a" / "a.json", "{}")
        tree.put(tmp_path / "b" / "b.json", "{}")
    (tmp_path / "b" / "picture.png").touch()

    assert Tree(tmp_path).remove_others(sorted(tmp_path.glob("*/*.json"))) == 2
    assert not (tmp_path / "a").exists()
    assert (tmp_path / "b" / "picture.png").exists()


def test_a_reader_never_meets_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    texts = [json.dumps([number] * 200_000) for number in range(4)]

    def write() -> None:
        tree = Tree(tmp_path)
        with tree.alone():
            for text in texts * 5:
                tree.put(path, text)

    writer = Thread(target=write)
    writer.start()
    seen = 0
    while writer.is_alive():
        if path.exists():
            assert path.read_text() in texts
            seen += 1
    writer.join()

    assert seen


@pytest.mark.parametrize("name", ["era5-20240101", "t2m_2024.01", "A"])
def test_a_plain_name_names_its_file(name: str) -> None:
    assert file_name(name) == name


def test_other_names_make_different_safe_files() -> None:
    names = ["../../etc/passwd", "a/b", "a_b/", "2024-01-01T00:00", "ä", "", ".", "x" * 300]
    files = [file_name(name) for name in names]

    assert len(set(files)) == len(names)
    assert all("/" not in file and not file.startswith(".") for file in files)
    assert max(map(len, files)) < 120
