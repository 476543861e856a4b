from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sandbox.amendments import Amendments, NotAmendable
from sandbox.fields import Fields
from sandbox.holdings.ticks import COLLECTION, tick_products

NOW = datetime(2025, 1, 1, tzinfo=UTC)
TICKS = tick_products(Fields(1))[:3]


def test_a_revision_takes_the_place_of_the_product() -> None:
    amendments = Amendments()
    revised = amendments.revise(TICKS[0], NOW, is_told=True)

    assert amendments.applied(TICKS, COLLECTION) == (revised, *TICKS[1:])
    assert (revised.updated, revised.published) == (NOW, TICKS[0].published)
    assert revised.source != TICKS[0].source


def test_a_late_arrival_comes_last_and_may_be_revised_and_retracted() -> None:
    amendments = Amendments()
    late = amendments.publish_late(TICKS, NOW, None)
    revised = amendments.revise(late, NOW, is_told=True)
    listed = amendments.applied(TICKS, COLLECTION)
    amendments.retract(revised)

    assert listed == (*TICKS, revised)
    assert amendments.applied(TICKS, COLLECTION) == TICKS


def test_what_cannot_be_remade_is_not_revised() -> None:
    with pytest.raises(NotAmendable, match="made here"):
        Amendments().revise(replace(TICKS[0], remake=None), NOW, is_told=True)
