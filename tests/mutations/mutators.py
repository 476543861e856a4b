"""How a sound file is damaged. Each takes the file, its like, and a source of randomness."""

import random
from collections.abc import Callable, Mapping

Mutator = Callable[[bytes, bytes, random.Random], bytes]

HEAD_BYTES = 600
"""Within these, most files say how long and how large everything is."""
ABSURD = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 2**64 - 1)
GRIB_END = b"7777"


def truncated(data: bytes, _: bytes, rng: random.Random) -> bytes:
    """The end is missing."""
    return data[: rng.randrange(len(data))]


def bit_flipped(data: bytes, _: bytes, rng: random.Random) -> bytes:
    """One to eight bits are another, anywhere."""
    return _flipped(data, rng, len(data))


def head_flipped(data: bytes, _: bytes, rng: random.Random) -> bytes:
    """One to eight bits are another, near the beginning."""
    return _flipped(data, rng, min(HEAD_BYTES, len(data)))


def length_lying(data: bytes, _: bytes, rng: random.Random) -> bytes:
    """A small number that could be a length is a little more or less."""
    numbers = [at for at in range(len(data) - 4) if data[at : at + 2] == b"\0\0" and data[at + 3]]
    at = rng.choice(numbers or [0]) + rng.randrange(2, 4)
    return data[:at] + bytes([(data[at] + rng.randint(-9, 9)) % 256]) + data[at + 1 :]


def size_absurd(data: bytes, _: bytes, rng: random.Random) -> bytes:
    """A word near the beginning is very large, very small or the like."""
    width = rng.choice((1, 2, 4, 8))
    at = rng.randrange(max(1, min(len(data), HEAD_BYTES * 4) - width))
    word = (rng.choice(ABSURD) % 256**width).to_bytes(width, rng.choice(("big", "little")))
    return data[:at] + word + data[at + width :]


def section_swapped(data: bytes, _: bytes, rng: random.Random) -> bytes:
    """Two neighbouring pieces have changed places."""
    first, middle, last = sorted(rng.sample(range(len(data)), 3))
    return data[:first] + data[middle:last] + data[first:middle] + data[last:]


def section_lost(data: bytes, _: bytes, rng: random.Random) -> bytes:
    """A piece in the middle is missing."""
    first, last = sorted(rng.sample(range(len(data)), 2))
    return data[:first] + data[last:]


def zeroed(data: bytes, _: bytes, rng: random.Random) -> bytes:
    """A piece is zeros, as in a sparse file whose download was interrupted."""
    at, size = rng.randrange(len(data)), rng.choice((1, 16, 512, 4096))
    return data[:at] + bytes(len(data[at : at + size])) + data[at + size :]


def foreign_head(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """It begins as another file does."""
    size = rng.choice((4, 8, 64, 512))
    return other[:size] + data[size:]


def with_garbage(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """Bytes that belong to nothing, or to another file, stand in between."""
    at = rng.choice((0, len(data), rng.randrange(len(data))))
    size = rng.choice((1, 7, 100))
    return data[:at] + rng.choice((rng.randbytes(size), other[:size], GRIB_END)) + data[at:]


MUTATORS: Mapping[str, Mutator] = {
    mutator.__name__.replace("_", " "): mutator
    for mutator in (
        truncated,
        bit_flipped,
        head_flipped,
        length_lying,
        size_absurd,
        section_swapped,
        section_lost,
        zeroed,
        foreign_head,
        with_garbage,
    )
}


def _flipped(data: bytes, rng: random.Random, size: int) -> bytes:
    found = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        found[rng.randrange(size)] ^= 1 << rng.randrange(8)
    return bytes(found)
