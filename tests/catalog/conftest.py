import json
from pathlib import Path
from typing import Any

import pytest

_SCHEMAS = Path(__file__).parents[3] / "shared" / "schemas"


@pytest.fixture(scope="session")
def stac_schemas() -> dict[str, Any]:
    """The schemas of STAC and its extensions by their URL, from the index beside the project."""
    index = _SCHEMAS / "index.json"
    if not index.exists():
        pytest.skip(f"no STAC extension schemas at {_SCHEMAS}")
    places = json.loads(index.read_text())
    return {url: json.loads((_SCHEMAS / place).read_text()) for url, place in places.items()}
