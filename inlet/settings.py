"""Where this Inlet keeps its things: ``INLET_*`` in the environment, else beside the caller."""

import os
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_CHECKOUT = Path(__file__).parents[1] / "portfolio"


class Settings(BaseSettings):
    """Everything that may differ between two installations; all else is code or portfolio."""

    model_config = SettingsConfigDict(env_prefix="INLET_", frozen=True, extra="ignore")

    home: Path = Path("var/inlet")
    """The directory below which everything lies that is not told to lie elsewhere."""
    ledger: str = ""
    """SQLAlchemy URL of the ledger; default: a SQLite file in the home."""
    lake: str = ""
    """Root of granules and cubes: a directory or ``s3://bucket/prefix``; default: in the home."""
    catalog: Literal["embedded", "pgstac"] = "embedded"
    """Where items are published: in the ledger alone, or in the pgstac of its database too."""
    portfolio: Path | None = None
    """Directory of provider and collection YAML; default: the checkout's, else the wheel's."""
    sandbox_url: str = "http://127.0.0.1:8710"
    """Where the sandbox's providers answer; only the sandbox's YAML speaks of it."""
    sandbox_user: str = "sandbox"
    sandbox_key: str = "sandbox-key"
    """What the sandbox's providers ask for; no secret, it guards nothing."""
    secrets: str = ""
    """Who is asked for credentials that the environment has not, as ``module:function``."""
    private_providers: frozenset[str] = frozenset()
    """``host:port`` of providers to onboard that may be on a private network (JSON list)."""
    hook_hosts: frozenset[str] = frozenset()
    """``host:port`` of webhooks that may be on this machine or a private network (JSON list)."""
    kafka: str = ""
    """``host:port`` of Kafka's brokers, with commas."""
    kafka_items: str = "inlet.items"
    """The topic of what is told of items."""
    kafka_harvests: str = "inlet.harvests"
    """The topic of what is told of harvests."""
    kafka_requests: str = "inlet.requests"
    """The topic in which harvests are asked for."""
    kafka_replies: str = "inlet.replies"
    """The topic in which those who asked are answered."""
    kafka_dead: str = "inlet.requests.dead"
    """The topic of messages that were no requests."""
    stac: str = ""
    """URL of the STAC API."""
    airflow: str = ""
    """URL of Airflow."""
    airflow_user: str = "admin"
    airflow_password: SecretStr = SecretStr("")
    """By which harvests that are asked for become Airflow's runs; empty where it asks for none."""
    requesters: dict[str, frozenset[str]] = {}
    """Who may ask for harvests by the portal, and of which collections, ``*`` for all (JSON).

    A requester's password is the secret ``requester-<name>``.
    """
    stac_writers: dict[str, frozenset[str]] = {}
    """Who may hand in items by the STAC API, and of which collections, ``*`` for all (JSON).

    A writer's password is the secret ``writer-<name>``.
    """
    stac_schemas: Path | None = None
    """A folder of schemas against which every item is held before it is published: its
    ``index.json`` names the file of each extension's URL. Without it the core alone is checked."""
    lineage: str = ""
    """Who is told by OpenLineage what each step made of what: a URL, or a file to append to."""
    stack: Path = Path("var/stack")
    """The directory of the services that ``inlet stack up`` starts on this machine."""
    stack_ports: dict[str, int] = {}
    """Ports of the stack's services by name (JSON); the others take free ones."""
    stack_s3: Literal["versitygw", "ceph"] = "versitygw"
    """Which S3 server the stack starts; Ceph's is the one that ISLET runs, and weighs more."""
    executor: Literal["threads", "processes", "dask"] = "threads"
    """Who converts: threads, processes, or the workers of a Dask cluster."""
    workers: int = Field(default=0, ge=0)
    """How many of them; 0: as many as fit this machine, and one where a queue is asked."""
    dask: str = "local"
    """``local``, a scheduler's address, ``gateway+https://…``, ``slurm`` or ``htcondor``."""
    batch_size: int = Field(default=20, gt=0)
    """How many granules one Airflow task takes; more of them where a run has many."""
    most_batches: int = Field(default=8, gt=0)
    """How many batches an Airflow run has at most: each begins five tasks and three processes."""

    def environment(self) -> dict[str, str]:
        """Return what ``${NAME}`` in a provider's YAML and credential names refer to."""
        return {
            **os.environ,
            "INLET_SANDBOX_URL": self.sandbox_url,
            "INLET_SANDBOX_USER": self.sandbox_user,
            "INLET_SANDBOX_KEY": self.sandbox_key,
        }

    @cached_property
    def ledger_url(self) -> str:
        """Return the SQLAlchemy URL of the ledger."""
        return self.ledger or f"sqlite:///{self.home.absolute() / 'ledger.db'}"

    @cached_property
    def lake_url(self) -> str:
        """Return the root of the lake."""
        return self.lake or str(self.home.absolute() / "lake")

    @cached_property
    def catalog_root(self) -> Path:
        """Return the directory of the static STAC catalogue."""
        return self.home.absolute() / "catalog"

    @cached_property
    def results_root(self) -> Path:
        """Return the directory in which workflows leave their results."""
        return self.home.absolute() / "results"

    @cached_property
    def portfolio_root(self) -> Path:
        """Return the directory that holds ``providers/`` and ``collections/``."""
        if self.portfolio is not None:
            return self.portfolio
        if _CHECKOUT.is_dir():
            return _CHECKOUT
        return Path(str(files("inlet"))) / "portfolio_data"
