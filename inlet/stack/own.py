"""Kafka, S3, and Inlet's own processes."""

import sys
from pathlib import Path

import fsspec

from inlet.stack import asking, machine
from inlet.stack.ground import Ground
from inlet.stack.service import Service, nothing

_DEPLOY = Path(__file__).parents[2] / "deploy"
_PYTHON = (sys.executable, "-m")
_S3 = {"versitygw": ("s3.sh", "Go"), "ceph": ("rgw.sh", "Ceph")}
"""The script that runs each S3 server, and what it needs."""


def kafka(ground: Ground) -> Service:
    """Return the broker."""
    home = ground.home / "kafka"
    is_elsewhere = ground.is_elsewhere("kafka")
    return Service(
        name="kafka",
        address=ground.kafka,
        ask=lambda: asking.kafka(ground.kafka),
        command=() if is_elsewhere else (str(_DEPLOY / "kafka.sh"), "run", str(home)),
        environment={"KAFKA_PORT": str(ground.ports["kafka"])},
        needs=() if is_elsewhere else ("Java 17", "Maven"),
        patience_seconds=300,  # the first start fetches the jars
    )


def s3(ground: Ground) -> Service:
    """Return the object storage; it settles with the lake's bucket in it."""
    home = ground.home / "s3"
    is_elsewhere = ground.is_elsewhere("s3")
    script, need = _S3[ground.settings.stack_s3]
    key, secret = ground.secrets["s3_access_key"], ground.secrets["s3_secret_key"]
    mine = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
    keys = (None, None) if is_elsewhere else (key, secret)

    def make_bucket() -> None:
        bucket = ground.lake.removeprefix("s3://").partition("/")[0]
        options = {"key": keys[0], "secret": keys[1], "endpoint_url": ground.s3 or None}
        fsspec.filesystem("s3", **options).makedirs(bucket, exist_ok=True)

    return Service(
        name="s3",
        address=ground.s3,
        ask=lambda: asking.s3(ground.s3, *keys),
        command=() if is_elsewhere else (str(_DEPLOY / script), "run", str(home)),
        environment=mine | {"S3_PORT": str(ground.ports["s3"]), "PATH": machine.search_path()},
        needs=() if is_elsewhere else (need,),
        settle=make_bucket,
        patience_seconds=600,  # the first start builds it
    )


def stac(ground: Ground) -> Service:
    """Return the STAC API: the portal's, or somebody else's."""
    return Service(name="stac", address=ground.stac, ask=lambda: asking.web(ground.stac, "/"))


def portal(ground: Ground) -> Service:
    """Return the portal: STAC API, notices, health, metrics."""
    return Service(
        name="portal",
        address=ground.url("portal"),
        ask=lambda: asking.web(ground.url("portal"), "/health/ready"),
        command=(
            *(*_PYTHON, "uvicorn", "--factory", "portal.app:from_environment"),
            *_at(ground, "portal"),
        ),
        environment=ground.environment(),
    )


def bridge(ground: Ground) -> Service:
    """Return what takes requests from the broker, and looks after those that stand."""
    return Service(
        name="bridge",
        address="",
        ask=nothing,
        command=(*_PYTHON, "inlet", "bridge"),
        environment=ground.environment(),
    )


def relay(ground: Ground) -> Service:
    """Return what sends the outbox to the broker."""
    return Service(
        name="relay",
        address="",
        ask=nothing,
        command=(*_PYTHON, "inlet", "relay"),
        environment=ground.environment(),
    )


def hooks(ground: Ground) -> Service:
    """Return the loop that listens to the broker and runs deliveries."""
    return Service(
        name="hooks",
        address="",
        ask=nothing,
        command=(*_PYTHON, "inlet", "hooks", "run", "--every", "2"),
        environment=ground.environment(),
    )


def _at(ground: Ground, name: str) -> tuple[str, ...]:
    return ("--host", "127.0.0.1", "--port", str(ground.ports[name]))
