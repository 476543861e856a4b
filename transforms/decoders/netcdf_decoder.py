"""NetCDF granules as hypercubes: each group of a file is one."""

from collections.abc import Sequence

from lake.nouns import LeftOut
from transforms.decoders import netcdf
from transforms.decoders.classic import require_whole
from transforms.decoders.netcdf_group import plan_group, refused
from transforms.granules import LocalGranule
from transforms.plans import Decoded, PlannedHypercube

CLASSIC_MAGIC = b"CDF"
HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
HDF5_BLOCKS = (0, 512, 1024, 2048, 4096)
"""Where an HDF5 file may begin after a block of the user's own."""


class NetcdfDecoder:
    """Decodes NetCDF 3, NetCDF 4 and HDF5 on ``threads`` threads."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    def claims(self, head: bytes) -> bool:
        """Return whether a file begins as NetCDF or HDF5 does."""
        is_hdf5 = any(head[at:].startswith(HDF5_MAGIC) for at in HDF5_BLOCKS)
        return head.startswith(CLASSIC_MAGIC) or is_hdf5

    def plan(self, granules: Sequence[LocalGranule]) -> Decoded:
        """Plan one hypercube for each group of each granule; see ``Decoder``."""
        hypercubes: list[PlannedHypercube] = []
        left_out: list[LeftOut] = []
        read = 0
        for granule in granules:
            require_whole(granule.path, granule.label)
            with netcdf.opened(granule.path, granule.label) as dataset:
                found = list(netcdf.groups(dataset))
            for group in found:
                read += len(group.variables)
                left_out += refused(granule, group)
                planned = plan_group(granule, group, self._threads)
                if planned.variables or planned.coordinates:
                    hypercubes.append(planned)
        return Decoded(tuple(hypercubes), read, tuple(left_out))
