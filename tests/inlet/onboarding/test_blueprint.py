"""A draft's files lie in a portfolio and nowhere else, and none takes another's place."""

import pytest

from inlet.errors import UnfitDraft
from inlet.onboarding.blueprint import of_documents


@pytest.mark.parametrize("name", ["../../live", "/etc/x", "a/b", "..", "", "a\n", None])
def test_an_id_that_leads_elsewhere_is_refused(name: str | None) -> None:
    with pytest.raises(UnfitDraft, match="expected an id"):
        of_documents({"id": "acme"}, [{"id": name}], "a form")
    with pytest.raises(UnfitDraft, match="expected an id"):
        of_documents({"id": name}, [{"id": "sst"}], "a form")


def test_two_documents_of_one_id_are_refused_by_name() -> None:
    with pytest.raises(UnfitDraft, match="came 'sst' twice"):
        of_documents({"id": "acme"}, [{"id": "sst"}, {"id": "ice"}, {"id": "sst"}], "a form")
