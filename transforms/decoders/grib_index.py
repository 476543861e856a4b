"""One pass over GRIB files: every field, what it is, and where its bytes lie."""

import mmap
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lake.nouns import LeftOut
from transforms.decoders.framing import Frame, Junk, Span, frames, own_message
from transforms.decoders.grib import Message, opened
from transforms.errors import UnreadableGranule, UnsupportedGrid
from transforms.fields import ALONE, Field, Instant, Product
from transforms.granules import LocalGranule
from transforms.grids.arrangement import Arrangement
from transforms.grids.layout import lay_out
from transforms.plans import Grid

GRIB1_DATE = (slice(12, 17), slice(24, 25))
GRIB2_DATE = (slice(12, 19),)
"""Where the date lies in section 1: year to minute and century; year to second."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one field lies, how it is arranged on its grid, and how finely it is packed."""

    path: Path
    frame: Frame
    arrangement: Arrangement
    where: str
    step: float

    def read(self) -> bytes:
        """Return the field as a whole GRIB message."""
        return own_message(self.frame, self._spans(self.frame.spans))

    def read_sections(self, *numbers: int) -> list[bytes] | None:
        """Return some sections of a GRIB 2 field; None where it does not have them all."""
        if self.frame.edition == 1 or not self.frame.sections.keys() >= set(numbers):
            return None
        return self._spans(self.frame.sections[number] for number in numbers)

    def _spans(self, spans: Iterable[Span]) -> list[bytes]:
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            return [os.pread(descriptor, size, at) for at, size in spans]
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Index:
    """All fields of some files. ``places`` are numbered as ``Field.message`` is."""

    fields: tuple[Field, ...]
    places: tuple[Place, ...]
    grids: dict[str, Grid]
    left_out: tuple[LeftOut, ...]
    fields_read: int


class Indexer:
    """Reads files one after the other; what is alike is asked of ecCodes only once."""

    def __init__(self) -> None:
        self._fields: list[Field] = []
        self._places: list[Place] = []
        self._left_out: list[LeftOut] = []
        self._grids: dict[str, Grid] = {}
        self._layouts: dict[bytes, tuple[Grid, Arrangement]] = {}
        self._products: dict[tuple[bytes, ...], Product] = {}
        self._refused: list[UnsupportedGrid] = []

    def index(self, granules: Sequence[LocalGranule]) -> Index:
        """Index all fields of the granules, in their order.

        Raises:
            UnreadableGranule: a file is truncated, corrupt, or holds no field.
            UnsupportedGrid: there are fields, and none lies on a grid that a cube can keep.
        """
        for granule in granules:
            self._index_file(granule)
        if self._refused and not self._fields:
            raise self._refused[0]
        return Index(
            tuple(_without_lone_members(self._fields)),
            tuple(self._places),
            self._grids,
            tuple(self._left_out),
            len(self._fields) + len(self._refused),
        )

    def _index_file(self, granule: LocalGranule) -> None:
        with granule.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if not size:
                raise UnreadableGranule(
                    f"expected GRIB in {granule.label}, came an empty file; fetch it again"
                )
            with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as data:
                found = [self._take(data, frame, granule) for frame in frames(data)]
        if not any(found):
            raise UnreadableGranule(
                f"expected GRIB in {granule.label}, came {size} bytes without a message;"
                " fetch it again"
            )

    def _take(self, data: mmap.mmap, frame: Frame | Junk, granule: LocalGranule) -> bool:
        where = f"{granule.label}@{frame.offset}"
        if isinstance(frame, Junk):
            reason = f"{frame.length} bytes that belong to no GRIB message"
            self._left_out.append(LeftOut(where, reason))
            return False
        message = own_message(frame, [data[at : at + size] for at, size in frame.spans])
        with opened(message, where) as opened_message:
            try:
                self._index_field(data, frame, opened_message, granule, where)
            except UnsupportedGrid as error:
                self._refused.append(error)
                self._left_out.append(LeftOut(where, str(error)))
        return True

    def _index_field(
        self, data: mmap.mmap, frame: Frame, message: Message, granule: LocalGranule, where: str
    ) -> None:
        grid, arrangement = self._layout(data, frame, message)
        product = self._product(data, frame, message)
        reference, packing = message.reference(), message.packing()
        field = Field(
            product=product,
            instant=Instant(
                valid=reference + product.end_seconds,
                reference=reference,
                start=reference + product.start_seconds,
            ),
            grid=grid.identity,
            packing=packing,
            message=len(self._places),
            where=where,
        )
        self._fields.append(field)
        self._places.append(Place(granule.path, frame, arrangement, where, packing.step))

    def _layout(self, data: mmap.mmap, frame: Frame, message: Message) -> tuple[Grid, Arrangement]:
        section = frame.sections.get(2 if frame.edition == 1 else 3)
        # GRIB 1 without a grid section names its grid by a number in section 1
        key = _section(data, section) if section else _section(data, frame.sections[1])
        if key not in self._layouts:
            grid, arrangement = lay_out(message.geometry())
            grid = self._grids.setdefault(grid.identity, grid)
            self._layouts[key] = (grid, arrangement)
        return self._layouts[key]

    def _product(self, data: mmap.mmap, frame: Frame, message: Message) -> Product:
        dated, undated = _product_keys(data, frame)
        known = self._products.get(undated) or self._products.get(dated)
        if known is None:
            known = message.product()
            self._products[undated if message.has_fixed_steps() else dated] = known
        return known


def _section(data: mmap.mmap, span: tuple[int, int]) -> bytes:
    offset, length = span
    return data[offset : offset + length]


def _product_keys(data: mmap.mmap, frame: Frame) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the bytes that say what a field is, with the date and without it."""
    identification = _section(data, frame.sections[1])
    undated = bytearray(identification)
    for place in GRIB1_DATE if frame.edition == 1 else GRIB2_DATE:
        undated[place] = bytes(len(undated[place]))
    others = tuple(
        _section(data, frame.sections[number])
        for number in ((2, 4) if frame.edition != 1 else ())
        if number in frame.sections
    )
    discipline = bytes([frame.edition, frame.discipline])
    return (discipline, identification, *others), (discipline, bytes(undated), *others)


def _without_lone_members(fields: Sequence[Field]) -> Iterator[Field]:
    """Member 0 is no member where its like has no other: deterministic runs write 0 too."""
    ensembles = {
        field.product.facets
        for field in fields
        if field.product.member > 0 or ("type", "ensemble") in field.product.facets
    }
    for field in fields:
        if field.product.member == 0 and field.product.facets not in ensembles:
            yield replace(field, product=replace(field.product, member=ALONE))
        else:
            yield field
