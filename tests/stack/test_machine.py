"""What a machine must have: installed where that may be done, else named with the command."""

import os
from pathlib import Path

import pytest

from inlet.errors import MachineLacks
from inlet.stack import machine
from inlet.stack.postgres import service


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has neither a server nor a program."""
    monkeypatch.setattr(machine, "_POSTGRES", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("bare")
def test_a_user_without_rights_is_told_the_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(MachineLacks, match=r"apt-get install .* postgresql-15 .* maven`"):
        machine.provide(["PostgreSQL", "PostGIS", "Java 17", "Maven"])


@pytest.mark.usefixtures("bare")
def test_only_what_is_wanted_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    machine.provide(["nothing of the kind"])
    with pytest.raises(MachineLacks, match="expected Java 17, Maven on this machine"):
        machine.provide(["Java 17", "Maven"])


@pytest.mark.usefixtures("bare")
def test_a_machine_without_apt_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    with pytest.raises(MachineLacks, match="as root"):
        machine.provide(["Maven"])


def test_nothing_is_done_where_all_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    met = tuple(machine.Need(n.what, n.packages, is_met=True) for n in machine.needs())
    monkeypatch.setattr(machine, "needs", lambda: met)

    machine.provide()


@pytest.mark.usefixtures("bare")
def test_a_server_that_is_yet_to_be_installed_is_planned_where_it_will_be(tmp_path: Path) -> None:
    postgres = service(tmp_path / "home", 5432, "secret")

    assert postgres.command[0] == str(tmp_path / "15" / "bin" / "postgres")
