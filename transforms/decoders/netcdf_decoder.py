"""NetCDF granules as hypercubes: one for each group, joined over granules that differ in time."""

from collections.abc import Sequence
from dataclasses import dataclass

from lake.nouns import LeftOut
from transforms.decoders import netcdf
from transforms.decoders.classic import require_whole
from transforms.decoders.netcdf import StoredGroup
from transforms.decoders.netcdf_group import plan_group, refused
from transforms.decoders.netcdf_joining import joined
from transforms.granules import LocalGranule
from transforms.plans import Decoded, PlannedHypercube

CLASSIC_MAGIC = b"CDF"
HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
HDF5_BLOCKS = (0, 512, 1024, 2048, 4096)
"""Where an HDF5 file may begin after a block of the user's own."""


@dataclass(frozen=True, slots=True)
class Part:
    """One group of one granule."""

    granule: LocalGranule
    group: StoredGroup


class NetcdfDecoder:
    """Decodes NetCDF 3, NetCDF 4 and HDF5 on ``threads`` threads."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    def claims(self, head: bytes) -> bool:
        """Return whether a file begins as NetCDF or HDF5 does."""
        is_hdf5 = any(head[at:].startswith(HDF5_MAGIC) for at in HDF5_BLOCKS)
        return head.startswith(CLASSIC_MAGIC) or is_hdf5

    def plan(self, granules: Sequence[LocalGranule]) -> Decoded:
        """Plan one hypercube for each group, joined over the granules; see ``Decoder``."""
        found: dict[str, list[Part]] = {}
        left_out: list[LeftOut] = []
        for granule in granules:
            for group in _groups(granule):
                left_out += refused(granule, group)
                found.setdefault(group.path, []).append(Part(granule, group))
        hypercubes: list[PlannedHypercube] = []
        remarks: list[LeftOut] = []
        for parts in found.values():
            whole, said = joined(self._planned(parts))
            hypercubes += whole
            remarks += said
        read = sum(len(part.group.variables) for parts in found.values() for part in parts)
        return Decoded(tuple(hypercubes), read, tuple(left_out), tuple(remarks))

    def _planned(self, parts: Sequence[Part]) -> list[PlannedHypercube]:
        """Plan each part; what is packed in several ways is unpacked, so that it can be joined."""
        several = _packed_in_several_ways(parts)
        planned = (
            plan_group(part.granule, part.group.unpacked(several), self._threads) for part in parts
        )
        return [each for each in planned if each.variables or each.coordinates]


def _groups(granule: LocalGranule) -> list[StoredGroup]:
    require_whole(granule.path, granule.label)
    with netcdf.opened(granule.path, granule.label) as dataset:
        return list(netcdf.groups(dataset))


def _packed_in_several_ways(parts: Sequence[Part]) -> frozenset[str]:
    packings: dict[str, set[object]] = {}
    for part in parts:
        for variable in part.group.variables:
            if (how := variable.encoding) is not None and how.is_kept:
                found = (how.seen, how.fill, how.scale, how.offset)
                packings.setdefault(variable.name, set()).add(found)
    return frozenset(name for name, found in packings.items() if len(found) > 1)
