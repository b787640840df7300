"""Whatever stands in texts, resources and libraries, the search ends, within its bounds, and says what it left out."""

import io
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_target import target
from luciole.apps.apk.archive import Archive
from luciole.apps.apk.hermes import MAGIC, bundle_text
from luciole.apps.apk.other_texts import MOST_PLACES, read_other_texts
from luciole.apps.apk.pool_text import pool_text
from luciole.apps.apk.text_hosts import MOST_ENDS, hosts_in_text
from luciole.kernel.errors import ParseError

MIB = 1 << 20
PIECES = [
    b"https://", b"://", b"planted", b".com", b".cc", b".", b" ", b'"', b"\0", b":8080", b"/", b"\\/", b"-", b"_",
    b"10.0.0.1", b"45.77.12.7", b"\xff\xfe", b"\xc3\xa9", b"\x80", b"A", MAGIC, b"\2\0\x0c\0", b"\1\0\x1c\0",
]  # fmt: skip
BOMBS = [
    b"https://",
    b"a.com ",
    b"abc.com ",
    b"://a.com/",
    b"1.1.1.1.",
    b"45.77.1.7 ",
    b".com",
    b"a.",
    b'"a.cc"',
    b"a" * 63 + b".",
]


@given(data=st.one_of(st.binary(max_size=400), st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)))
def test_any_bytes_are_searched_in_every_place(data: bytes) -> None:
    target("other_texts")(data)


@given(
    flags=st.sampled_from([0, 0x100]),
    numbers=st.lists(st.sampled_from([0, 1, 4, 28, 29, 60, 0x7FFF, 0xFFFF, 0xFFFFFFFF]), min_size=5, max_size=5),
    rest=st.binary(max_size=200),
)
def test_a_string_pool_with_any_numbers_is_searched_or_refused(flags: int, numbers: list[int], rest: bytes) -> None:
    size, count, styles, start, styles_start = numbers
    pool = struct.pack("<HHIIIIII", 1, 28, size, count, styles, flags, start, styles_start) + rest
    table = struct.pack("<HHII", 2, 12, 12 + len(pool), 1) + pool
    try:
        text = pool_text(table)
    except ParseError:
        return
    assert all(0 <= text.offset(place) < len(table) for place in range(len(text.data)))


@given(counts=st.lists(st.sampled_from([0, 1, 2, 100, 0xFFFF, 0xFFFFFFFF]), min_size=6, max_size=6), rest=st.binary())
def test_a_compiled_script_with_any_numbers_becomes_text(counts: list[int], rest: bytes) -> None:
    data = (MAGIC + bytes(32) + struct.pack("<6I", *counts)).ljust(128, b"\0") + rest
    text = bundle_text(data)
    assert all(0 <= text.offset(place) <= len(data) for place in range(len(text.data)))


def test_strings_of_a_compiled_script_on_one_long_text_cost_no_memory() -> None:
    count = 100_000
    storage = b"a.com " * 100_000
    header = (MAGIC + bytes(32) + struct.pack("<6I", 0, 0, 0, count, 1, len(storage))).ljust(128, b"\0")
    data = header + struct.pack("<I", 0xFF << 24) * count + struct.pack("<II", 0, len(storage)) + storage
    tracemalloc.start()
    try:
        text = bundle_text(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert text.cut
    assert peak < 64 * MIB


@pytest.mark.parametrize("piece", BOMBS, ids=repr)
def test_a_text_made_of_hosts_or_marks_alone_is_bounded(piece: bytes) -> None:
    data = piece * (4 * MIB // len(piece))
    places = hosts_in_text(data, 0, len(data)).looked_at
    assert places <= MOST_ENDS
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(8):
            file.writestr(f"assets/{number}.js", data)
    found = read_other_texts(Archive.open(made.getvalue()))
    assert found.searched == 8
    assert found.complete == (data.count(b"://") * 8 <= MOST_PLACES and places < MOST_ENDS)
