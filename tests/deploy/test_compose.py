"""docker-compose.yml is what the Compose Specification says, and what we promise of it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from inlet.settings import Settings
from inlet.stack.compose import write_keys
from inlet.stack.kept import SECRETS

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT.parent / "shared" / "schemas" / "compose-spec" / "compose-spec.json"
COMPOSE: Mapping[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: Mapping[str, Any] = COMPOSE["services"]
OURS = {n: s for n, s in SERVICES.items() if s["image"].startswith("${INLET_IMAGE")}
KEYS = ROOT / "var" / "compose"


@pytest.fixture(params=sorted(SERVICES))
def service(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    found: Mapping[str, Any] = SERVICES[request.param]
    return found


def test_it_is_valid_by_the_compose_specification() -> None:
    if not SCHEMA.exists():
        pytest.skip(f"no Compose schema at {SCHEMA}")

    jsonschema.validate(COMPOSE, json.loads(SCHEMA.read_text()))


def test_all_parts_of_the_stack_are_in_it() -> None:
    airflow = {"api-server", "scheduler", "dag-processor", "triggerer"}
    expected = {"postgres", "kafka", "s3", "portal", "bridge", "relay", "hooks"}
    expected |= {"prepare", "sandbox"}

    assert set(SERVICES) == expected | {f"airflow-{part}" for part in airflow}


def test_only_the_sandbox_has_to_be_asked_for() -> None:
    assert {name for name, s in SERVICES.items() if "profiles" in s} == {"sandbox"}


def test_nothing_runs_as_root(service: Mapping[str, Any]) -> None:
    user, group = service["user"].split(":")

    assert int(user) > 0
    assert int(group) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_service_has_its_limits(service: Mapping[str, Any]) -> None:
    limits = service["deploy"]["resources"]["limits"]

    assert float(limits["cpus"]) > 0
    assert re.fullmatch(r"\d+[mg]", limits["memory"])


def test_what_goes_on_running_says_whether_it_is_well() -> None:
    assert {name for name, s in SERVICES.items() if "healthcheck" not in s} == {"prepare"}


def test_tasks_start_only_when_airflows_server_answers() -> None:
    healthy = {"airflow-api-server": {"condition": "service_healthy"}}

    for part in ("scheduler", "dag-processor", "triggerer"):
        assert SERVICES[f"airflow-{part}"]["depends_on"] == healthy


def test_what_is_waited_for_exists(service: Mapping[str, Any]) -> None:
    assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_every_volume_is_named_and_declared(service: Mapping[str, Any]) -> None:
    named = [volume.partition(":")[0] for volume in service.get("volumes", [])]

    assert set(named) <= set(COMPOSE["volumes"])


def test_the_host_alone_reaches_the_published_ports(service: Mapping[str, Any]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_no_image_floats(service: Mapping[str, Any]) -> None:
    tag = service["image"].rstrip("}").rpartition(":")[2]

    assert re.search(r"\d", tag)
    assert "latest" not in tag


def test_no_secret_stands_in_the_file(service: Mapping[str, Any]) -> None:
    given = service.get("environment", {})
    secret = re.compile(r"PASSWORD$|SECRET|_KEY$|ACCESS_KEY|FERNET")

    assert not [name for name in given if secret.search(name)]
    assert not [value for value in given.values() if re.search(r"://[^/]*:[^/]*@", str(value))]


def test_the_keys_are_drawn_once_into_every_file_that_is_read(tmp_path: Path) -> None:
    read = {ROOT / file for s in SERVICES.values() for file in s.get("env_file", [])}
    first = {file: file.read_text() for file in write_keys(tmp_path)}
    second = {file: file.read_text() for file in write_keys(tmp_path)}
    text = "".join(first.values())

    assert {KEYS / file.name for file in first} == read
    assert first == second
    assert all(oct(file.stat().st_mode)[-3:] == "600" for file in first)
    assert all(len(line.partition("=")[2]) >= 20 for line in text.splitlines())
    assert len(set(text.split())) >= len(SECRETS)


def test_what_it_tells_inlet_is_what_inlet_knows() -> None:
    known = {f"INLET_{name.upper()}" for name in Settings.model_fields}
    told = {n for s in OURS.values() for n in s["environment"] if n.startswith("INLET_")}

    assert told
    assert told <= known
