"""One pass over GRIB files: every field, what it is, and where its bytes lie."""

import mmap
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lake.nouns import LeftOut
from transforms.decoders.framing import Frame, Junk, Span, frames, own_message
from transforms.decoders.grib import Message, opened
from transforms.decoders.packed import reference_seconds, representation
from transforms.errors import UnreadableGranule, UnsupportedGrid
from transforms.fields import ALONE, Field, Instant, Packing, Product
from transforms.granules import LocalGranule
from transforms.grids.arrangement import Arrangement
from transforms.grids.layout import lay_out
from transforms.plans import Grid

GRIB1_DATE = (slice(12, 17), slice(24, 25))
GRIB2_DATE = (slice(12, 19),)
"""Where the date lies in section 1: year to minute and century; year to second."""
FRAMES_MAPPED = 16
"""After how many fields the pages read of a file no longer count as this process's memory."""
PLAIN_SECTIONS = frozenset({1, 3, 4, 5, 6, 7})
"""What a field of GRIB 2 has; one of GRIB 1 ends with section 4."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one field lies, how it is arranged on its grid, and how finely it is packed."""

    path: Path
    frame: Frame
    arrangement: Arrangement
    where: str
    step: float = 0.0

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
                found = []
                for frame in frames(data):
                    found.append(self._take(data, frame, granule))
                    if not len(found) % FRAMES_MAPPED:
                        data.madvise(mmap.MADV_DONTNEED)
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
        if self._take_alike(data, frame, granule, where):
            return True
        message = own_message(frame, [data[at : at + size] for at, size in frame.spans])
        with opened(message, where) as opened_message:
            try:
                grid, arrangement = self._layout(data, frame, opened_message)
            except UnsupportedGrid as error:
                self._refused.append(error)
                self._left_out.append(LeftOut(where, str(error)))
                return True
            product = self._product(data, frame, opened_message)
            reference, packing = opened_message.reference(), opened_message.packing()
        self._add(
            product, reference, packing, grid, Place(granule.path, frame, arrangement, where)
        )
        return True

    def _take_alike(
        self, data: mmap.mmap, frame: Frame, granule: LocalGranule, where: str
    ) -> bool:
        """Take a plain field whose grid and product are known already, without ecCodes."""
        layout = self._layouts.get(_grid_key(data, frame))
        product = self._known_product(data, frame)
        if layout is None or product is None or not frame.sections.keys() >= PLAIN_SECTIONS:
            return False
        plain = representation(_section(data, frame.sections[5]))
        reference = reference_seconds(_section(data, frame.sections[1]))
        if plain is None or reference is None:
            return False
        grid, arrangement = layout
        place = Place(granule.path, frame, arrangement, where)
        self._add(product, reference, plain.packing(), grid, place)
        return True

    def _add(
        self, product: Product, reference: int, packing: Packing, grid: Grid, place: Place
    ) -> None:
        instant = Instant(
            valid=reference + product.end_seconds,
            reference=reference,
            start=reference + product.start_seconds,
        )
        number = len(self._places)
        self._fields.append(Field(product, instant, grid.identity, packing, number, place.where))
        self._places.append(replace(place, step=packing.step))

    def _layout(self, data: mmap.mmap, frame: Frame, message: Message) -> tuple[Grid, Arrangement]:
        key = _grid_key(data, frame)
        if key not in self._layouts:
            grid, arrangement = lay_out(message.geometry())
            grid = self._grids.setdefault(grid.identity, grid)
            self._layouts[key] = (grid, arrangement)
        return self._layouts[key]

    def _product(self, data: mmap.mmap, frame: Frame, message: Message) -> Product:
        dated, undated = _product_keys(data, frame)
        known = self._known_product(data, frame)
        if known is None:
            known = message.product()
            self._products[undated if message.has_fixed_steps() else dated] = known
        return known

    def _known_product(self, data: mmap.mmap, frame: Frame) -> Product | None:
        dated, undated = _product_keys(data, frame)
        return self._products.get(undated) or self._products.get(dated)


def _grid_key(data: mmap.mmap, frame: Frame) -> bytes:
    section = frame.sections.get(2 if frame.edition == 1 else 3)
    # GRIB 1 without a grid section names its grid by a number in section 1
    return _section(data, section or frame.sections[1])


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
