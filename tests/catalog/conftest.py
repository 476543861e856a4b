import json
from pathlib import Path
from typing import Any

import pytest

_SCHEMAS = Path(__file__).parents[3] / "shared" / "schemas"


@pytest.fixture(scope="session")
def stac_schemas_folder() -> Path:
    """The folder beside the project whose index names the schemas of STAC and its extensions."""
    if not (_SCHEMAS / "index.json").exists():
        pytest.skip(f"no STAC extension schemas at {_SCHEMAS}")
    return _SCHEMAS


@pytest.fixture(scope="session")
def stac_schemas(stac_schemas_folder: Path) -> dict[str, Any]:
    """The schemas of STAC and its extensions by their URL."""
    places = json.loads((stac_schemas_folder / "index.json").read_text())
    return {url: json.loads((_SCHEMAS / place).read_text()) for url, place in places.items()}
