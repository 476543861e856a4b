from pathlib import Path

import pytest

from inlet.errors import UnknownCollection
from inlet.house import opened
from inlet.settings import Settings
from inlet.watched import Watched
from tests.inlet.gated import PORTFOLIO


def test_what_goes_live_later_is_known_without_a_new_start(tmp_path: Path) -> None:
    kept = tmp_path / "portfolio"
    for name in ("providers/sandbox_stac.yaml", "collections/sst.yaml"):
        (kept / name).parent.mkdir(parents=True, exist_ok=True)
    with opened(Settings(home=tmp_path, portfolio=kept)) as house:
        watched = Watched(house)
        with pytest.raises(UnknownCollection):
            watched().portfolio.collection("sst")
        for name in ("providers/sandbox_stac.yaml", "collections/sst.yaml"):
            (kept / name).write_text((PORTFOLIO / name).read_text())

        assert watched().portfolio.collection("sst").id == "sst"
        assert watched() is watched()
