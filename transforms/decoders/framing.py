"""Where the GRIB fields of a file begin and end, found without decoding any.

A GRIB 2 message may hold several fields that share its first sections (WMO Manual on Codes I.2,
FM 92); each is given as the list of sections that make a message of its own.
"""

import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from transforms.errors import UnreadableGranule

MAGIC = b"GRIB"
TRAILER = b"7777"
PADDING = bytes([0, 1, 3, 9, 10, 13, 32])
"""What transmission leaves around a message: NUL, SOH, ETX, tabs, line ends, blanks."""
MOST_JUNK_BYTES = 1 << 16
GRIB1_LARGE = 0x800000
GRIB1_LARGE_UNIT = 120
SECTION_0_BYTES = 16
SECTION_HEAD_BYTES = 5
BITMAP_AS_BEFORE = 254
BITMAP_SECTION, LAST_SECTION = 6, 7
NEEDED_SECTIONS = frozenset({1, 3, 4, 5, 6, 7})
"""Section 2 is for local use, and may be missing."""

Span = tuple[int, int]
Buffer = bytes | mmap.mmap


@dataclass(frozen=True, slots=True)
class Frame:
    """One field in a file. ``sections`` maps a section's number to its (offset, length).

    ``spans`` are the bytes to read; with ``is_shared`` they are sections of a message that holds
    several fields, and want a head and a trailer of their own.
    """

    offset: int
    edition: int
    sections: dict[int, Span]
    spans: tuple[Span, ...]
    discipline: int = 0
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Junk:
    """Bytes between messages that belong to none, such as a bulletin's heading."""

    offset: int
    length: int


def frames(data: Buffer) -> Iterator[Frame | Junk]:
    """Yield every field of a file in its order, and the bytes that belong to none.

    Raises:
        UnreadableGranule: a message is truncated, does not end where it says it ends, or the
            bytes between messages look like a damaged one.
    """
    end = 0
    while (start := data.find(MAGIC, end)) >= 0:
        yield from _gap(data, end, start)
        end = start + _message_length(data, start)
        yield from _fields(data, start, end)
    if data[end:].strip(PADDING):
        raise UnreadableGranule(
            f"expected the end of the file or a GRIB message at offset {end},"
            f" came {len(data) - end} bytes that are neither; fetch the granule again"
        )


def own_message(frame: Frame, parts: list[bytes]) -> bytes:
    """Return a whole GRIB message from the bytes of a frame's spans."""
    if not frame.is_shared:
        return parts[0]
    body = b"".join(parts)
    total = SECTION_0_BYTES + len(body) + len(TRAILER)
    head = MAGIC + struct.pack(">HBBQ", 0xFFFF, frame.discipline, frame.edition, total)
    return head + body + TRAILER


def _gap(data: Buffer, start: int, end: int) -> Iterator[Junk]:
    gap = data[start:end]
    junk = gap.strip(PADDING)
    if len(junk) > MOST_JUNK_BYTES or junk.endswith(TRAILER):
        raise UnreadableGranule(
            f"expected a GRIB message at offset {start}, came {len(gap)} bytes that look like a"
            " damaged one; fetch the granule again"
        )
    if junk:
        yield Junk(start, len(gap))


def _message_length(data: Buffer, start: int) -> int:
    head = data[start : start + SECTION_0_BYTES]
    edition = head[7] if len(head) == SECTION_0_BYTES else 0
    if edition == 1:
        length = _grib1_length(data, start)
    elif edition == 2:  # noqa: PLR2004 - the editions of GRIB are called by their numbers
        length = int.from_bytes(head[8:16], "big")
    else:
        raise UnreadableGranule(
            f"expected GRIB edition 1 or 2 at offset {start}, came {edition}, or too few bytes;"
            " fetch the granule again"
        )
    end = start + length
    if end > len(data):
        raise UnreadableGranule(
            f"expected a GRIB message of {length} bytes at offset {start},"
            f" came {len(data) - start}: the file is truncated; fetch the granule again"
        )
    if length < SECTION_0_BYTES or data[end - 4 : end] != TRAILER:
        raise UnreadableGranule(
            f"expected the GRIB message at offset {start} to end in 7777 after {length} bytes,"
            f" came {bytes(data[end - 4 : end])!r}: its length or its bytes are wrong;"
            " fetch the granule again"
        )
    return length


def _grib1_length(data: Buffer, start: int) -> int:
    stated = _int24(data, start + 4)
    if not stated & GRIB1_LARGE:
        return stated
    # Messages over 8 MB count in units of 120 bytes, less what section 4 states (ECMWF's way)
    sections = _grib1_sections(data, start)
    _, length = sections[4]
    if length >= GRIB1_LARGE_UNIT:
        return stated
    return (stated & (GRIB1_LARGE - 1)) * GRIB1_LARGE_UNIT - length + 4


def _grib1_sections(data: Buffer, start: int) -> dict[int, Span]:
    cursor = start + 8
    flags = data[cursor + 7] if cursor + 7 < len(data) else 0
    sections: dict[int, Span] = {}
    for number, is_there in ((1, True), (2, flags & 0x80), (3, flags & 0x40), (4, True)):
        if is_there:
            sections[number] = (cursor, _int24(data, cursor))
            cursor += sections[number][1]
    return sections


def _fields(data: Buffer, start: int, end: int) -> Iterator[Frame]:
    edition = data[start + 7]
    if edition == 1:
        yield Frame(start, 1, _grib1_sections(data, start), ((start, end - start),))
        return
    found = list(_grib2_fields(data, start, end))
    if not found:
        raise UnreadableGranule(
            f"expected values in the GRIB message at offset {start}, came no section 7;"
            " fetch the granule again"
        )
    is_shared = len(found) > 1
    for sections in found:
        spans = (
            tuple(sections[n] for n in sorted(sections)) if is_shared else ((start, end - start),)
        )
        yield Frame(start, 2, sections, spans, data[start + 6], is_shared)


def _grib2_fields(data: Buffer, start: int, end: int) -> Iterator[dict[int, Span]]:
    """Walk the sections of a message; each section 7 completes a field."""
    sections: dict[int, Span] = {}
    bitmap: Span | None = None
    cursor = start + SECTION_0_BYTES
    while cursor < end - len(TRAILER):
        length, number = struct.unpack(">IB", data[cursor : cursor + SECTION_HEAD_BYTES])
        is_inside = SECTION_HEAD_BYTES <= length <= end - len(TRAILER) - cursor
        if not is_inside or not 1 <= number <= LAST_SECTION:
            raise UnreadableGranule(
                f"expected a section at offset {cursor} inside the GRIB message at {start},"
                f" came number {number} of {length} bytes; fetch the granule again"
            )
        sections[number] = (cursor, length)
        if number == BITMAP_SECTION:
            bitmap = _bitmap(data, cursor, length, bitmap)
            sections[number] = bitmap
        if number == LAST_SECTION:
            _require_all(sections, start)
            yield dict(sections)
        cursor += length


def _require_all(sections: Mapping[int, Span], start: int) -> None:
    if missing := NEEDED_SECTIONS - sections.keys():
        raise UnreadableGranule(
            f"expected sections 1 and 3 to 7 in the GRIB message at {start}, came none of number"
            f" {', '.join(map(str, sorted(missing)))}; fetch the granule again"
        )


def _bitmap(data: Buffer, cursor: int, length: int, before: Span | None) -> Span:
    """Return the section that holds the bitmap; 254 means that of the field before."""
    if data[cursor + 5] == BITMAP_AS_BEFORE and before is not None:
        return before
    return cursor, length


def _int24(data: Buffer, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 3], "big")
