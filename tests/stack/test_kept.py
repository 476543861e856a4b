"""Ports and secrets: chosen at the first start, and kept."""

import stat
from pathlib import Path

from inlet.stack import kept

NAMES = ("postgres", "kafka", "s3")


def test_ports_are_kept(tmp_path: Path) -> None:
    first = kept.ports(tmp_path / "ports.json", NAMES, {})

    assert kept.ports(tmp_path / "ports.json", NAMES, {}) == first
    assert len(set(first.values())) == len(NAMES)


def test_a_port_that_is_wanted_is_taken_and_kept(tmp_path: Path) -> None:
    kept.ports(tmp_path / "ports.json", NAMES, {})

    assert kept.ports(tmp_path / "ports.json", NAMES, {"s3": 7070})["s3"] == 7070
    assert kept.ports(tmp_path / "ports.json", NAMES, {})["s3"] == 7070


def test_nobody_else_is_given_the_port_of_kafkas_controller(tmp_path: Path) -> None:
    chosen = kept.ports(tmp_path / "ports.json", NAMES, {})

    assert chosen["kafka"] + 1 not in chosen.values()


def test_secrets_are_drawn_once_for_the_owner_alone(tmp_path: Path) -> None:
    first = kept.secret_values(tmp_path / "secrets.json")
    other = kept.secret_values(tmp_path / "others.json")

    assert kept.secret_values(tmp_path / "secrets.json") == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert not set(first.values()) & set(other.values())


def test_a_secret_that_came_later_is_added_to_those_that_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    kept.write_private(file, '{"postgres_password": "as it was"}')

    drawn = kept.secret_values(file)

    assert drawn["postgres_password"] == "as it was"
    assert set(drawn) == set(kept.SECRETS)
