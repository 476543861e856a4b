"""Where the stack's services are: on this machine, or where ``INLET_*`` says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import URL, make_url

from inlet.settings import Settings
from inlet.stack import kept, postgres

PORTS = ("postgres", "kafka", "s3", "portal", "airflow", "airflow-scheduler")
_BUCKET = "s3://inlet"


@dataclass(frozen=True)
class Ground:
    """The addresses and secrets that the services share, below ``home``."""

    home: Path
    settings: Settings
    ports: Mapping[str, int]
    secrets: Mapping[str, str]

    @classmethod
    def laid(cls, settings: Settings) -> "Ground":
        """Return the ground as it was laid before, or lay it: ports and secrets are chosen."""
        home = settings.stack.absolute()
        home.mkdir(parents=True, exist_ok=True)
        ports = kept.ports(home / "ports.json", PORTS, settings.stack_ports)
        return cls(home, settings, ports, kept.secret_values(home / "secrets.json"))

    @property
    def environment_file(self) -> Path:
        """Return the file that makes a shell use the stack; it holds secrets."""
        return self.home / "env"

    @cached_property
    def postgres(self) -> URL:
        """Return the database of pgstac and the ledger."""
        wanted = make_url(self.settings.ledger) if self.settings.ledger else None
        if wanted is not None and wanted.get_backend_name() == "postgresql":
            return wanted
        return postgres.url(self.home / "postgres", self.ports["postgres"], postgres.NAME)

    @cached_property
    def airflow_database(self) -> URL:
        """Return the database of Airflow, beside the other one."""
        return self.postgres.set(drivername="postgresql+psycopg", database=postgres.AIRFLOW)

    @property
    def kafka(self) -> str:
        """Return ``host:port`` of the brokers."""
        return self.settings.kafka or self._local("kafka")

    @property
    def lake(self) -> str:
        """Return the root of the lake in S3."""
        wanted = self.settings.lake
        return wanted if wanted.startswith("s3://") else f"{_BUCKET}/lake"

    @property
    def s3(self) -> str:
        """Return the endpoint of S3; empty where the environment says nothing but "Amazon's"."""
        if self.is_elsewhere("s3"):
            return os.environ.get("AWS_ENDPOINT_URL_S3", "")
        return self.url("s3")

    @property
    def stac(self) -> str:
        """Return the URL of the STAC API; the portal serves it."""
        return self.settings.stac or self.url("portal")

    @property
    def airflow(self) -> str:
        """Return the URL of Airflow."""
        return self.settings.airflow or self.url("airflow")

    def is_elsewhere(self, name: str) -> bool:
        """Return True where ``name`` is a service that ``INLET_*`` says somebody else runs."""
        if name == "postgres":
            mine = postgres.url(self.home / "postgres", self.ports["postgres"], postgres.NAME)
            return self.postgres != mine
        if name == "s3":
            is_ours = os.environ.get("AWS_ENDPOINT_URL_S3") == self.url("s3")
            return self.settings.lake.startswith("s3://") and not is_ours
        mine_by_name = {
            "kafka": (self.kafka, self._local("kafka")),
            "stac": (self.stac, self.url("portal")),
            "airflow": (self.airflow, self.url("airflow")),
        }
        wanted, own = mine_by_name[name]
        return wanted != own

    def url(self, name: str) -> str:
        """Return the URL of one of our own services."""
        return f"http://{self._local(name)}"

    def environment(self) -> dict[str, str]:
        """Return what makes a program use the stack. It holds secrets: not for showing."""
        keys = {
            "AWS_ACCESS_KEY_ID": self.secrets["s3_access_key"],
            "AWS_SECRET_ACCESS_KEY": self.secrets["s3_secret_key"],
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_S3": self.s3,
        }
        return {
            "INLET_STACK": str(self.home),
            "INLET_HOME": str(self.home / "inlet"),
            "INLET_PORTFOLIO": str(self.settings.portfolio_root.absolute()),
            "INLET_LEDGER": self.postgres.render_as_string(hide_password=False),
            "INLET_CATALOG": "pgstac",
            "INLET_LAKE": self.lake,
            "INLET_KAFKA": self.kafka,
            "INLET_STAC": self.stac,
            "INLET_AIRFLOW": self.airflow,
            **({} if self.is_elsewhere("s3") else keys),
            **({} if self.is_elsewhere("airflow") else self._airflow_entry()),
        }

    def _airflow_entry(self) -> dict[str, str]:
        return {"INLET_AIRFLOW_PASSWORD": self.secrets["airflow_admin_password"]}

    def keep_environment(self) -> None:
        """Write the file that makes a shell use the stack."""
        lines = [f"{name}='{value}'" for name, value in self.environment().items() if value]
        kept.write_private(self.environment_file, "\n".join(lines) + "\n")

    def _local(self, name: str) -> str:
        return f"127.0.0.1:{self.ports[name]}"
