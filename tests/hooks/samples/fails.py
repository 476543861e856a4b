"""A workflow that ends in an error."""

from pathlib import Path


def run(event_data_json: str, into: Path) -> Path:
    raise ValueError("no variable to draw")
