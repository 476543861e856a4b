"""Where the command's log goes: JSON lines in the home, so that the terminal stays calm.

Under Airflow nothing is configured here: Airflow carries structlog's lines into its task logs.
"""

import logging
from pathlib import Path
from typing import TextIO

import structlog


def to_file(home: Path, level: int = logging.INFO) -> None:
    """Send our lines to ``inlet.log`` in ``home``, those of libraries to ``libraries.log``."""
    home.mkdir(parents=True, exist_ok=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.WriteLogger(_opened(home)),
        cache_logger_on_first_use=True,
    )

    # EODAG and others speak through the standard library, with tracebacks: not on the terminal
    handler = logging.FileHandler(home / "libraries.log", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _opened(home: Path) -> TextIO:
    return (home / "inlet.log").open("a", encoding="utf-8", buffering=1)
