"""What is sealed is opened as it was, and whatever is cut, moved, swapped or changed is noticed."""

from __future__ import annotations

import random

import pytest
from Cryptodome.Cipher import AES
from Cryptodome.Hash import SHA256
from Cryptodome.Protocol.KDF import HKDF
from hypothesis import given
from hypothesis import strategies as st

from luciole.hub.samples.sealing import CHUNK, HEADER, TAG, Seal, sealed_size, unseal
from luciole.kernel.errors import ParseError

KEY = bytes(range(32))
FULL = CHUNK + TAG


def sealed(clear: bytes, key: bytes = KEY, context: bytes = b"x", step: int = 50_000) -> bytes:
    seal = Seal(key, context)
    parts = [seal.add(clear[at : at + step]) for at in range(0, len(clear), step)]
    return b"".join([*parts, seal.end()])


def opened(data: bytes, key: bytes = KEY, context: bytes = b"x", step: int = 70_001) -> bytes:
    return b"".join(unseal(key, context, (data[at : at + step] for at in range(0, len(data), step))))


def some(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 - bytes of a test


def refused(data: bytes, **how: bytes) -> bytes:
    """What came out before the refusal."""
    seen = []
    with pytest.raises(ParseError):
        seen.extend(unseal(how.get("key", KEY), how.get("context", b"x"), [data]))
    return b"".join(seen)


SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_of_any_size_comes_back_and_has_the_size_that_was_said(size: int) -> None:
    data = sealed(some(size))
    assert opened(data) == some(size)
    assert len(data) == sealed_size(size)


@given(st.binary(max_size=300_000), st.integers(1, 200_000), st.integers(1, 200_000))
def test_how_it_is_cut_for_writing_and_reading_does_not_matter(clear: bytes, write: int, read: int) -> None:
    assert opened(sealed(clear, step=write), step=read) == clear


def test_another_library_opens_it_by_the_description_of_the_format() -> None:
    clear = some(2 * CHUNK + 77)
    data = sealed(clear, context=b"file")
    header = data[:32]
    assert header[:8] == b"LUCV\x01\x10\x00\x00"
    key = HKDF(KEY, 32, header[8:], SHA256, context=b"luciole vault file")
    found = b""
    for number, begin in enumerate(range(32, len(data), FULL)):
        chunk = data[begin : begin + FULL]
        is_last = begin + FULL >= len(data)
        cipher = AES.new(key, AES.MODE_GCM, nonce=number.to_bytes(11, "big") + bytes([is_last]))
        cipher.update(header)
        found += cipher.decrypt_and_verify(chunk[:-16], chunk[-16:])
    assert found == clear


def test_the_same_file_sealed_twice_with_one_key_has_no_bytes_in_common() -> None:
    one, other = sealed(some(1000)), sealed(some(1000))
    assert one[8:HEADER] != other[8:HEADER]
    assert one[HEADER:] != other[HEADER:]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_cut_at_any_chunk_or_inside_one_is_refused(size: int) -> None:
    data = sealed(some(size))
    cuts = {0, 1, HEADER - 1, HEADER, len(data) - 1, *range(HEADER + FULL, len(data), FULL), HEADER + size // 2}
    for cut in cuts:
        if cut < len(data):
            assert some(size).startswith(refused(data[:cut]))


def test_chunks_in_another_order_are_refused() -> None:
    data = sealed(some(3 * CHUNK))
    head, one, two, three = data[:HEADER], *(data[HEADER + FULL * at : HEADER + FULL * (at + 1)] for at in range(3))
    for changed in (head + two + one + three, head + one + three, head + one + one + three, head + three):
        assert some(3 * CHUNK).startswith(refused(changed))


def test_bytes_after_the_end_are_refused() -> None:
    for size in SIZES:
        data = sealed(some(size))
        for more in (b"\0", bytes(TAG), data[-TAG:], data[HEADER:]):
            refused(data + more)


def test_a_chunk_or_header_of_another_file_of_the_same_key_is_refused() -> None:
    one, other = sealed(some(2 * CHUNK)), sealed(b"y" * (2 * CHUNK))
    assert refused(one[: HEADER + FULL] + other[HEADER + FULL :]) == some(2 * CHUNK)[:CHUNK]
    assert refused(other[:HEADER] + one[HEADER:]) == b""


def test_another_key_or_another_context_opens_nothing() -> None:
    data = sealed(some(CHUNK + 1))
    assert refused(data, key=bytes(32)) == b""
    assert refused(data, context=b"y") == b""


def test_any_changed_bit_is_noticed_before_its_chunk_is_given_out() -> None:
    clear = some(2 * CHUNK + 100)
    data = sealed(clear)
    chance = random.Random(1)  # noqa: S311 - places of a test
    places = [*range(HEADER * 8), *(chance.randrange(len(data) * 8) for _ in range(200))]
    for place in places:
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        given_out = refused(bytes(changed))
        assert clear.startswith(given_out)
        assert len(given_out) <= max(0, (place // 8 - HEADER)) // FULL * CHUNK


@given(st.binary(max_size=400))
def test_whatever_is_no_sealed_file_is_refused(data: bytes) -> None:
    for one in (data, sealed(b"")[:HEADER] + data):
        with pytest.raises(ParseError):
            list(unseal(KEY, b"x", [one]))


def test_memory_while_opening_is_that_of_a_chunk_and_a_part() -> None:
    data = sealed(some(20 * CHUNK))
    source = iter([data[at : at + 1000] for at in range(0, len(data), 1000)])
    stream = unseal(KEY, b"x", source)
    next(stream)
    assert sum(len(one) for one in source) > 18 * CHUNK
