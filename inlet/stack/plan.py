"""Which services make the stack, in the order in which they start: one line adds one."""

from inlet.settings import Settings
from inlet.stack import airflow, own, postgres
from inlet.stack.ground import Ground
from inlet.stack.service import Service
from inlet.stack.stack import Stack

GROUND = ("postgres", "kafka", "s3")
"""What all else stands on, and what most tests need."""


def stack(settings: Settings, only: tuple[str, ...] = ()) -> Stack:
    """Return the stack that these settings describe, or of it only some services."""
    ground = Ground.laid(settings)
    ground.keep_environment()
    services = [s for s in _services(ground) if not only or s.name in only]
    return Stack(ground.home, tuple(services))


def _services(ground: Ground) -> tuple[Service, ...]:
    return (
        _postgres(ground),
        own.kafka(ground),
        own.s3(ground),
        *airflow.services(ground),
        own.portal(ground),
        own.stac(ground),
        own.bridge(ground),
        own.relay(ground),
        own.hooks(ground),
    )


def _postgres(ground: Ground) -> Service:
    if ground.is_elsewhere("postgres"):
        return postgres.elsewhere(ground.postgres)
    password = ground.secrets["postgres_password"]
    return postgres.service(ground.home / "postgres", ground.ports["postgres"], password)
