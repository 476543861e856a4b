"""Where GRIB fields begin and end."""

import struct
from pathlib import Path

import eccodes
import numpy as np
import pytest

from tests.transforms.makers import POINTS, a_file, a_message
from transforms.decoders.framing import Frame, Junk, frames, own_message
from transforms.decoders.grib_decoder import GribDecoder
from transforms.errors import UnreadableGranule


def test_messages_are_found_one_after_the_other() -> None:
    one, two = a_message(), a_message(sample="GRIB1", grid={}, values=np.zeros(65160))
    found = list(frames(one + two))

    assert [(f.offset, f.edition) for f in found if isinstance(f, Frame)] == [
        (0, 2),
        (len(one), 1),
    ]


def test_a_bulletin_heading_is_passed_over_aloud() -> None:
    heading = b"\x01\r\r\n123\r\r\nHTXX99 KWBC 151200\r\r\n"
    found = list(frames(heading + a_message() + b"\r\r\n\x03\0\0"))

    assert isinstance(found[0], Junk)
    assert found[1].offset == len(heading)


@pytest.mark.parametrize("lost", [1, 4, 30])
def test_a_truncated_last_message_is_named_by_its_offset(lost: int) -> None:
    message = a_message()

    with pytest.raises(UnreadableGranule, match=f"at offset {len(message)}.*truncated"):
        list(frames((message * 2)[:-lost]))


def test_rubbish_after_the_last_message_is_named_by_its_offset() -> None:
    message = a_message()

    with pytest.raises(UnreadableGranule, match=f"offset {len(message)}"):
        list(frames(message + b"rubbish"))


def test_a_message_whose_magic_is_damaged_is_not_passed_over() -> None:
    message = a_message()

    with pytest.raises(UnreadableGranule, match="damaged"):
        list(frames(message + b"GRUB" + message[4:] + message))


@pytest.mark.parametrize("length", [17, 100, 1 << 20, 1 << 60])
def test_a_length_that_lies_is_found_out(length: int) -> None:
    message = a_message()

    with pytest.raises(UnreadableGranule):
        list(frames(message[:8] + struct.pack(">Q", length) + message[16:]))


def test_a_section_that_lies_is_found_out() -> None:
    message = a_message()
    lying = message[:16] + struct.pack(">I", 1 << 30) + message[20:]

    with pytest.raises(UnreadableGranule, match="section at offset 16"):
        list(frames(lying))


def test_a_section_that_calls_itself_another_is_missed() -> None:
    message = bytearray(a_message())
    message[20] = 2  # the number of section 1

    with pytest.raises(UnreadableGranule, match="came none of number 1;"):
        list(frames(bytes(message)))


def test_every_field_of_a_shared_message_is_a_message_of_its_own(tmp_path: Path) -> None:
    shared = a_shared_message(tmp_path)
    found = [frame for frame in frames(shared) if isinstance(frame, Frame)]

    assert len(found) == 2
    values = [decoded(own_message(f, [shared[at : at + n] for at, n in f.spans])) for f in found]
    assert [v[0] for v in values] == [1.0, 101.0]


def test_both_fields_of_a_shared_message_reach_the_cube(tmp_path: Path) -> None:
    plan = GribDecoder().plan([a_file(tmp_path / "multi.grib", a_shared_message(tmp_path))])

    assert plan.fields_read == 2
    assert {v.name for cube in plan.hypercubes for v in cube.variables} == {"u", "v"}


def a_shared_message(tmp_path: Path) -> bytes:
    """Let ecCodes put two fields into one message, from section 4 on."""
    multi = eccodes.codes_grib_multi_new()
    for number, first in ((2, 1.0), (3, 101.0)):
        handle = eccodes.codes_new_from_message(
            a_message(np.arange(POINTS) + first, parameterCategory=2, parameterNumber=number)
        )
        eccodes.codes_grib_multi_append(handle, 4, multi)
    path = tmp_path / "shared.grib"
    with path.open("wb") as file:
        eccodes.codes_grib_multi_write(multi, file)
    return path.read_bytes()


def decoded(message: bytes) -> np.ndarray:
    values: np.ndarray = eccodes.codes_get_values(eccodes.codes_new_from_message(message))
    return values
