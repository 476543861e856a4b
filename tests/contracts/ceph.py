"""All that is promised of the lake on S3, kept by Ceph's gateway too, which ISLET runs.

``make contract-rgw`` runs it: Ceph weighs too much for every day.
"""

from collections.abc import Iterator

import pytest

from tests.contracts.test_store import TestS3Store
from tests.s3 import S3, an_s3
from tests.story.test_lake_on_s3 import (
    test_a_harvest_into_s3_publishes_cubes_that_open_by_their_links,
)
from tests.transforms.writers.test_icechunk import (
    main,
    test_a_reader_sees_commits_only,
    test_a_writer_who_was_overtaken_commits_nothing,
    test_one_that_lost_its_branch_is_left_alone,
    test_one_whose_making_was_interrupted_is_made_anew,
    test_opening_again_opens_the_same,
    test_the_ancestry_names_what_came_and_is_read_as_far_as_it_is_known,
)
from transforms.writers.target import Target

__all__ = [
    "TestS3Store",
    "main",
    "test_a_harvest_into_s3_publishes_cubes_that_open_by_their_links",
    "test_a_reader_sees_commits_only",
    "test_a_writer_who_was_overtaken_commits_nothing",
    "test_one_that_lost_its_branch_is_left_alone",
    "test_one_whose_making_was_interrupted_is_made_anew",
    "test_opening_again_opens_the_same",
    "test_the_ancestry_names_what_came_and_is_read_as_far_as_it_is_known",
]


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """Ceph's gateway, in the place of the usual server."""
    with an_s3("ceph") as server:
        yield server


@pytest.fixture
def target(s3: S3) -> Target:
    return Target(f"{s3.bucket()}/inlet/growing")
