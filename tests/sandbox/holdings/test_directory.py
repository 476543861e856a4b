from pathlib import Path

from sandbox.holdings.directory import directory_products


def test_files_are_taken_by_suffix_and_not_looked_into(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a b.GRIB").write_text("no grib at all")
    (tmp_path / "c.nc").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("-")
    found = directory_products(tmp_path)

    assert [(p.id, p.title, p.media_type) for p in found] == [
        ("c.nc", "c.nc", "application/x-netcdf"),
        ("a-b.GRIB", "sub/a b.GRIB", "application/x-grib"),
    ]


def test_equal_names_get_ids_of_their_own(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.nc").write_bytes(b"")
    ids = [product.id for product in directory_products(tmp_path)]

    assert len(set(ids)) == 2
    assert all(name.startswith("a.nc-") for name in ids)


def test_links_out_of_the_directory_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "secret.nc").write_bytes(b"")
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "a.nc").symlink_to(tmp_path / "secret.nc")

    assert directory_products(tmp_path / "open") == ()
