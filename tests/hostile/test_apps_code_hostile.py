"""Whatever the bytes of code and libraries are, only a ParseError comes out, within bounds of time and memory."""

import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_target import target
from luciole.apps.apk.addresses import MOST_ADDRESSES, find_addresses
from luciole.apps.apk.constants import Constants
from luciole.apps.apk.dex import ROWS_AT_ONCE, read_dex
from luciole.simulate.apps.dex import MethodName, seal_dex, write_dex
from luciole.simulate.apps.elf import write_elf

MIB = 1 << 20
EDGES = (0, 1, 4, 7, 0x70, 0xFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, 0xFFFFFFFF)
DEX = write_dex(
    ["org.example.inert.Main", "org.example.inert.Watch", "org.example.inert.a"],
    [MethodName("android.telephony.SmsManager", "sendTextMessage"), MethodName("java.lang.Runtime", "exec")],
    [
        "https://collect.example.invalid/v1",
        "com.whatsapp",
        "panel.example.invalid",
        "x" * 200,
        "é😀",
        "spy on your phone",
    ],
)
ELF = write_elf("arm64-v8a", ["Java_org_example_record", "JNI_OnLoad"])


@pytest.mark.parametrize("name", ["dex", "code", "native"])
@given(data=st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    target(name)(data)
    target(name)(DEX[:8] + data)
    target(name)(ELF[:20] + data)


@pytest.mark.parametrize("name", ["dex", "code"])
@given(changes=st.lists(st.tuples(st.integers(0, len(DEX) - 4), st.sampled_from(EDGES)), min_size=1, max_size=6))
def test_a_dex_with_changed_numbers_is_read_or_refused(name: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(DEX)
    for place, value in changes:
        struct.pack_into("<I", data, place, value)
    target(name)(bytes(data))
    target(name)(seal_dex(bytes(data)))


@given(changes=st.lists(st.tuples(st.integers(8, 0x70 // 4 - 1), st.integers(0, 0xFFFFFFFF)), min_size=1, max_size=4))
def test_a_dex_with_any_header_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(DEX)
    for word, value in changes:
        struct.pack_into("<I", data, 4 * word, value)
    target("code")(bytes(data))


@given(end=st.integers(0, len(DEX)))
def test_a_dex_cut_anywhere_is_read_or_refused(end: int) -> None:
    target("code")(DEX[:end])


@given(changes=st.lists(st.tuples(st.integers(4, len(ELF) - 8), st.sampled_from(EDGES)), min_size=1, max_size=6))
def test_a_library_with_changed_numbers_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(ELF)
    for place, value in changes:
        struct.pack_into("<I", data, place, value)
    target("native")(bytes(data))


@given(end=st.integers(0, len(ELF)))
def test_a_library_cut_anywhere_is_read_or_refused(end: int) -> None:
    target("native")(ELF[:end])


@given(
    texts=st.sets(st.text(min_size=1, max_size=40), max_size=12),
    wanted=st.sets(st.text("abLcom/;.", min_size=1, max_size=20), min_size=1, max_size=8),
)
def test_constants_are_found_exactly_when_they_are_there(texts: set[str], wanted: set[str]) -> None:
    (dex,) = read_dex(write_dex(strings=[*texts, *list(wanted)[::2]]), "", [])
    constants = Constants([text.encode() for text in sorted(wanted)])
    found = np.full(len(wanted), -1, np.int64)
    for rows in dex.rows():
        constants.find(dex, rows, found)
    there = {dex.raw(index) for index in range(len(dex.strings))}
    assert {text for text, row in zip(constants.texts, found, strict=True) if row >= 0} == there & set(constants.texts)
    assert all(dex.raw(int(row)) == text for text, row in zip(constants.texts, found, strict=True) if row >= 0)


def endless_table(rows: int) -> bytes:
    """A DEX of `rows` strings that all lie on the same long text without an end."""
    body = struct.pack(f"<{rows}I", *([0x70 + 4 * rows] * rows)) + b"\x80\x80\x01" + b"Landroid" * 200_000
    header = bytearray(0x70)
    header[:8] = b"dex\n035\0"
    struct.pack_into("<III", header, 0x20, 0x70 + len(body), 0x70, 0x12345678)
    struct.pack_into("<II", header, 56, rows, 0x70)
    return seal_dex(bytes(header) + body)


def test_many_strings_on_one_endless_text_cost_no_memory() -> None:
    data = endless_table(200_000)
    target("code")(DEX)
    tracemalloc.start()
    try:
        target("code")(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * MIB
    assert ROWS_AT_ONCE * 8 * 16 < 64 * MIB


def test_a_text_made_of_marks_alone_is_bounded() -> None:
    data = b"http://" * 1_000_000
    found = find_addresses(data, 0, len(data))
    assert len(found.urls) <= MOST_ADDRESSES
    assert not found.complete
