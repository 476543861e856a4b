"""What every decoder promises. Subclass it, and give it a decoder and two sound granules."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from tests.transforms.makers import local
from transforms.decoders.protocol import Decoder
from transforms.errors import UnreadableGranule
from transforms.granules import LocalGranule
from transforms.plans import PlannedVariable, Region, Values


def whole(variable: PlannedVariable) -> Values:
    """Read a variable at once."""
    region: Region = tuple(slice(0, size) for size in variable.shape)
    values = np.full(variable.shape, variable.fill_value, variable.dtype)
    variable.reader.read(region, values)
    return values


def read_all(decoder: Decoder, granule: LocalGranule) -> None:
    for hypercube in decoder.plan([granule]).hypercubes:
        for variable in hypercube.variables:
            whole(variable)


class DecoderContract:
    """Fixtures to give: ``decoder``, ``granule``, and ``other`` with another variable."""

    @pytest.fixture
    def decoder(self) -> Decoder:
        raise NotImplementedError

    @pytest.fixture
    def granule(self, tmp_path: Path) -> LocalGranule:
        raise NotImplementedError

    @pytest.fixture
    def other(self, tmp_path: Path) -> LocalGranule:
        raise NotImplementedError

    def test_it_claims_its_own(self, decoder: Decoder, granule: LocalGranule) -> None:
        assert decoder.claims(granule.path.read_bytes()[:4096])

    @pytest.mark.parametrize("head", [b"", b"PK\x03\x04zip", b"<html>", b"hello, I am text"])
    def test_it_claims_nothing_else(self, decoder: Decoder, head: bytes) -> None:
        assert not decoder.claims(head)

    def test_axes_and_shapes_agree(self, decoder: Decoder, granule: LocalGranule) -> None:
        for hypercube in decoder.plan([granule]).hypercubes:
            sizes = {axis.name: axis.size for axis in hypercube.axes}
            for variable in hypercube.variables:
                assert variable.shape == tuple(sizes[d] for d in variable.dimensions)
            for coordinate in hypercube.coordinates:
                assert coordinate.values.shape == tuple(
                    sizes.get(d, coordinate.values.shape[i])
                    for i, d in enumerate(coordinate.dimensions)
                )

    def test_every_field_is_planned_or_left_out_aloud(
        self, decoder: Decoder, granule: LocalGranule, other: LocalGranule
    ) -> None:
        plan = decoder.plan([granule, other])

        planned = sum(
            hypercube.coordinate_fields + sum(v.fields for v in hypercube.variables)
            for hypercube in plan.hypercubes
        )
        assert plan.fields_read == planned + len(plan.left_out)

    def test_slabs_are_pieces_of_the_whole(self, decoder: Decoder, granule: LocalGranule) -> None:
        for hypercube in decoder.plan([granule]).hypercubes:
            for variable in hypercube.variables:
                values = whole(variable)
                region = (slice(0, 1), *(slice(0, size) for size in variable.shape[1:]))
                piece = np.full_like(values[:1], variable.fill_value)
                variable.reader.read(region, piece)
                np.testing.assert_array_equal(piece, values[:1])

    def test_readers_travel_to_other_processes(
        self, decoder: Decoder, granule: LocalGranule
    ) -> None:
        for hypercube in decoder.plan([granule]).hypercubes:
            for variable in hypercube.variables:
                there = pickle.loads(pickle.dumps(variable))  # noqa: S301 - our own bytes
                np.testing.assert_array_equal(whole(there), whole(variable))

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
    def test_a_cut_file_is_unreadable(
        self, decoder: Decoder, granule: LocalGranule, share: float
    ) -> None:
        data = granule.path.read_bytes()
        granule.path.write_bytes(data[: int(len(data) * share)])

        with pytest.raises(UnreadableGranule, match="fetch"):
            read_all(decoder, local(granule.path))
