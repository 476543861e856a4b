import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvesters.carriage.checksums import Digests, of_headers, parse

DATA = b"some bytes"
MULTIHASHES = {
    "sha1": "1114",
    "sha256": "1220",
    "sha512": "1340",
    "sha3_512": "1440",
    "sha3_256": "1620",
    "sha384": "2030",
    "md5": "d50110",
    "sha224": "93201c",
    "sha512_256": "952020",
}


@pytest.mark.parametrize("algorithm", sorted(MULTIHASHES))
def test_a_multihash_is_read_and_verified(algorithm: str) -> None:
    digest = hashlib.new(algorithm, DATA).hexdigest()
    checksum = parse(MULTIHASHES[algorithm] + digest)
    assert checksum is not None
    digests = Digests([checksum])
    digests.update(DATA)

    assert (checksum.algorithm, checksum.digest) == (algorithm, digest)
    assert digests.split() == ([checksum], [])


@pytest.mark.parametrize(
    ("prefix", "digest"),
    [
        ("c0e40240", hashlib.blake2b(DATA).hexdigest()),
        ("a0e40220", hashlib.blake2b(DATA, digest_size=32).hexdigest()),
        ("e0e40220", hashlib.blake2s(DATA).hexdigest()),
        ("1920", hashlib.shake_256(DATA).hexdigest(32)),
        ("1214", hashlib.sha256(DATA).hexdigest()[:40]),
    ],
)
def test_digests_of_a_chosen_length_are_verified(prefix: str, digest: str) -> None:
    checksum = parse(prefix + digest)
    assert checksum is not None
    right, wrong = Digests([checksum]), Digests([checksum])
    right.update(DATA)
    wrong.update(b"other")

    assert right.split() == ([checksum], [])
    assert wrong.split() == ([], [checksum])


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
def test_a_bare_digest_is_told_by_its_length_and_a_named_one_by_its_name(algorithm: str) -> None:
    digest = hashlib.new(algorithm, DATA).hexdigest()

    for text in (digest, digest.upper(), f"{algorithm}:{digest}"):
        checksum = parse(text)
        assert checksum is not None
        assert (checksum.algorithm, checksum.digest) == (algorithm, digest)


@pytest.mark.parametrize("text", ["", "nonsense", "abc", "1e20" + "00" * 32, "1202abcd", "md5:xy"])
def test_what_cannot_be_verified_is_no_checksum(text: str) -> None:
    assert parse(text) is None


@given(st.text(max_size=140) | st.binary(max_size=70).map(bytes.hex))
def test_any_text_is_a_checksum_or_none(text: str) -> None:
    checksum = parse(text)

    if checksum is not None:
        Digests([checksum]).split()


def test_a_servers_own_digests_are_taken() -> None:
    sha = base64.b64encode(hashlib.sha256(DATA).digest()).decode()
    md5 = base64.b64encode(hashlib.md5(DATA, usedforsecurity=False).digest()).decode()
    headers = {"Repr-Digest": f"sha-256=:{sha}:", "Digest": f"MD5={md5}", "Content-MD5": md5}
    found = of_headers(headers, is_part=False)

    assert [c.algorithm for c in found] == ["sha256", "md5", "md5"]
    assert {c.promised_by for c in found} == {"the server"}
    assert len(of_headers(headers, is_part=True)) == 2
    assert of_headers({"Content-MD5": "?", "Digest": "sha-256=="}, is_part=False) == ()
