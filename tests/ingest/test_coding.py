import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ingest import coding

RAW = zlib.compressobj(wbits=-15)
BARE_DEFLATE = RAW.compress(b"word " * 100) + RAW.flush()
CODERS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard.compress}


@given(st.binary(max_size=2_000), st.lists(st.sampled_from(sorted(CODERS)), max_size=3))
def test_what_was_coded_comes_back(body: bytes, names: list[str]) -> None:
    coded = body
    for name in names:
        coded = CODERS[name](coded)
    assert coding.decoded(coded, ", ".join(names), cap=10_000) == body


@pytest.mark.parametrize("name", sorted(CODERS))
def test_a_bomb_stops_at_the_cap(name: str) -> None:
    bomb = CODERS[name](b"\0" * 2**22)
    assert len(bomb) < 2**14
    with pytest.raises(coding.TooLargeError):
        coding.decoded(bomb, name, cap=2**20)
    assert len(coding.decoded(bomb, name, cap=2**22)) == 2**22


def test_a_bomb_within_a_bomb_stops_at_the_first_step() -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 2**24))
    with pytest.raises(coding.TooLargeError):
        coding.decoded(bomb, "gzip, gzip", cap=2**20)
    with pytest.raises(coding.TooLargeError):
        coding.decoded(b"x", ", ".join(["gzip"] * 9), cap=2**20)


@pytest.mark.parametrize("name", [*sorted(CODERS), "x-unknown", "identity", ""])
def test_bytes_that_are_not_coded_are_left_as_they_are(name: str) -> None:
    assert coding.decoded(b"<html>plain</html>", name, cap=1_000) == b"<html>plain</html>"


def test_deflate_without_its_wrapping_and_several_members_are_read() -> None:
    assert coding.decoded(BARE_DEFLATE, "deflate", cap=1_000) == b"word " * 100
    assert coding.decoded(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", cap=1_000) == b"one two"


def test_a_stream_that_ends_early_gives_what_it_holds() -> None:
    coded = gzip.compress(bytes(range(256)) * 100)
    found = coding.decoded(coded[:-20], "GZIP", cap=100_000)
    assert found
    assert (bytes(range(256)) * 100).startswith(found)
