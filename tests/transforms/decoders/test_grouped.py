"""Complex packing: groups that section 7 has, and groups that it has not."""

from pathlib import Path

import eccodes
import numpy as np
import pytest

from tests.transforms.decoders.test_packed import a_place, holes, weather
from transforms.decoders.grib_index import Place
from transforms.decoders.grib_slabs import GribSlabs, decoded
from transforms.decoders.grouped import Groups
from transforms.decoders.packed import HEAD_BYTES
from transforms.errors import UnreadableGranule

KINDS = ("grid_complex", "grid_complex_spatial_differencing")


def groups_and_payload(place: Place) -> tuple[Groups, bytes]:
    sections = place.read_sections(5, 7)
    assert sections is not None
    groups = Groups.of(sections[0])
    assert groups is not None
    return groups, sections[1][HEAD_BYTES:]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("values", [weather(), holes(weather()), np.full(weather().size, 3.5)])
def test_what_an_encoder_wrote_is_exactly_as_long_as_its_groups_need(
    kind: str, values: np.ndarray, tmp_path: Path
) -> None:
    groups, payload = groups_and_payload(a_place(tmp_path, values, packingType=kind))

    assert groups.bytes_needed(payload) == len(payload)


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_is_decoded_of_which_bytes_are_missing(kind: str, tmp_path: Path) -> None:
    place = a_place(tmp_path, weather(), packingType=kind)
    groups, payload = groups_and_payload(place)

    assert all(groups.bytes_needed(payload[:n]) > n for n in range(len(payload)))


def test_values_from_beyond_the_message_are_not_values(tmp_path: Path) -> None:
    """One bit of a constant field says that its groups have references, which are not there."""
    place = a_place(tmp_path, np.full(weather().size, 276.25), packingType="grid_complex")
    message = bytearray(place.path.read_bytes())
    at, _ = place.frame.sections[5]
    message[at + 19] ^= 1
    place.path.write_bytes(message)
    handle = eccodes.codes_new_from_message(bytes(message))
    assert eccodes.codes_get_values(handle).size == weather().size, "ecCodes takes any bytes"
    eccodes.codes_release(handle)

    with pytest.raises(UnreadableGranule, match="expected 1 bytes of packed values"):
        decoded(place)
    with pytest.raises(UnreadableGranule, match="fetch the granule again"):
        GribSlabs({(0,): place}).read_field((0,), np.empty((61, 97)), is_rounded=False)


def test_absurd_groups_are_only_too_long() -> None:
    most = 2**32 - 1
    groups = Groups(0, 0, most, 255, 0, most, 255, most, 0)

    assert groups.bytes_needed(b"") > 2**60
    assert Groups(0, 255, most, 255, 255, most, 255, most, 255).bytes_needed(b"") > 2**30
