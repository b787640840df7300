"""DEX tables agree with Debian's dexdump and with androguard on real files, and damage is told."""

import re
import shutil
import struct
import subprocess
from functools import cache
from pathlib import Path

import pytest

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.archive import Archive
from luciole.apps.apk.dex import Dex, check_order, decode_mutf8, first_unsorted, read_dex
from luciole.kernel.errors import ParseError
from luciole.simulate.apps.dex import MethodName, mutf8, seal_dex, write_dex
from shared_data import require

FILES = [
    "a2dp.Vol_137.apk", "souch.smsbypass_9.apk", "org.dyndns.fules.ck_20.apk", "com.teleca.jamendo_35.apk",
    "androguard-TestActivity-signed-both.apk", "apktool-issue1605.apk", "made-aapt-full.apk", "UnCrackable-Level1.apk",
    "appium-uiautomator2-server-debug-androidTest.apk",
]  # fmt: skip
STRINGS, TYPES, METHODS = 56, 64, 88


@cache
def real(name: str) -> bytes:
    return Archive.open(require(f"corpus-apk/{name}").read_bytes()).read(b"classes.dex")


def read(data: bytes) -> tuple[Dex, list[str]]:
    anomalies: list[Anomaly] = []
    (dex,) = read_dex(data, "classes.dex", anomalies)
    check_order(dex, anomalies, "classes.dex")
    return dex, [anomaly.id for anomaly in anomalies]


def small(**changes: int) -> bytes:
    data = bytearray(write_dex(["a.B"], [MethodName("a.C", "go")], ["zeta", "alpha", "x" * 300, "é" * 200, ""]))
    for name, value in changes.items():
        struct.pack_into("<I", data, int(name.removeprefix("at")), value)
    return seal_dex(bytes(data))


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_strings_methods_fields_and_classes_agree_with_androguard(name: str) -> None:
    from androguard.core.dex import DEX
    from loguru import logger

    logger.remove()
    data = real(name)
    dex, _ = read(data)
    other = DEX(data)
    ours = [decode_mutf8(dex.raw(index)) for index in range(len(dex.strings))]
    theirs = [other.CM.get_raw_string(index) for index in range(len(ours))]
    same = [(a, str(b)) for a, b in zip(ours, theirs, strict=True) if str(b).isascii()]
    assert len(same) > 0.8 * len(ours)
    assert [a for a, _ in same] == [b for _, b in same]
    owners = [decode_mutf8(dex.type_raw(int(index))) for index in dex.methods.owner]
    names = [ours[index] for index in dex.methods.name]
    rows = [other.CM.get_method_ref(index) for index in range(len(names))]
    assert list(zip(owners, names, strict=True)) == [(row.get_class_name(), row.get_name()) for row in rows]
    classes = [decode_mutf8(dex.type_raw(int(index))) for index in dex.classes]
    assert sorted(classes) == sorted(other.get_classes_names())
    parents = {c: decode_mutf8(dex.type_raw(int(p))) for c, p in zip(classes, dex.parents, strict=True)}
    assert parents == {c.get_name(): c.get_superclassname() for c in other.get_classes()}


@pytest.mark.corpus
@pytest.mark.tools
@pytest.mark.parametrize("name", FILES)
def test_counts_and_class_names_agree_with_dexdump(name: str, tmp_path: Path) -> None:
    if not shutil.which("dexdump"):
        pytest.skip("dexdump is not installed")
    path = tmp_path / "classes.dex"
    path.write_bytes(real(name))
    text = subprocess.run(["dexdump", "-f", str(path)], capture_output=True, check=True).stdout.decode(
        "utf-8", "replace"
    )
    dex, _ = read(real(name))
    header = dict(re.findall(r"^(\w+) +: (\d+)", text, re.MULTILINE))
    assert int(header["string_ids_size"]) == len(dex.strings)
    assert int(header["type_ids_size"]) == len(dex.types)
    assert int(header["method_ids_size"]) == len(dex.methods.owner)
    assert int(header["field_ids_size"]) == len(dex.fields.owner)
    classes = re.findall(r"Class descriptor  : '(.*)'", text)
    assert classes == [decode_mutf8(dex.type_raw(int(index))) for index in dex.classes]


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_rows_hold_the_first_and_last_bytes_of_each_string(name: str) -> None:
    dex, found = read(real(name))
    assert dex.plain
    assert "dex.unsorted" not in found
    for rows in dex.rows():
        assert first_unsorted(dex, rows) is None
        for place in range(0, len(rows.start), 7):
            text = dex.raw(rows.first + place)
            assert rows.length[place] == len(text)
            assert int(rows.head[place]).to_bytes(8, "little") == text[:8].ljust(8, b"\0")
            assert int(rows.tail[place]).to_bytes(8, "little") == text[-8:].rjust(8, b"\0")


def test_a_written_file_reads_back_with_nothing_odd() -> None:
    dex, found = read(small())
    assert found == []
    texts = [decode_mutf8(dex.raw(index)) for index in range(len(dex.strings))]
    assert {"zeta", "alpha", "x" * 300, "é" * 200, "", "La/B;", "go"} <= set(texts)
    assert dex.plain


@pytest.mark.parametrize("text", ["", "a", "\0", "a\0b", "é", "漢字", "😀 x", "\ud800", "\udc00\ud800"])
def test_modified_utf8_reads_back(text: str) -> None:
    expected = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert decode_mutf8(mutf8(text)) == expected


def test_invalid_modified_utf8_gives_replacement_characters() -> None:
    assert decode_mutf8(b"a\xff\xc3") == "a\ufffd\ufffd"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"at32": 1 << 30}, "dex.file-size"),
        ({"at32": 4}, "dex.file-size"),
        ({"at36": 0x100}, "dex.header-size"),
        ({"at40": 0x78563412}, "dex.byte-order"),
        ({f"at{STRINGS}": 0xFFFFFFFF}, "dex.table-outside"),
        ({f"at{METHODS}": 0x0FFFFFFF}, "dex.table-outside"),
        ({f"at{TYPES + 4}": 0xFFFFFFF0}, "dex.table-outside"),
        ({"at52": 0xFFFFFF00}, "dex.map"),
    ],
)
def test_a_header_that_lies_is_reported_and_the_rest_is_read(changes: dict[str, int], expected: str) -> None:
    _, found = read(small(**changes))
    assert expected in found


def test_wrong_digests_are_reported_apart() -> None:
    data = small()
    assert "dex.checksum" in read(data[:8] + b"\0\0\0\0" + data[12:])[1]
    wrong = bytearray(data)
    wrong[12:32] = bytes(20)
    import zlib

    struct.pack_into("<I", wrong, 8, zlib.adler32(bytes(wrong[12:])))
    found = read(bytes(wrong))[1]
    assert "dex.sha1" in found
    assert "dex.checksum" not in found


def test_a_string_outside_the_file_is_empty_and_reported() -> None:
    data = bytearray(small())
    (start,) = struct.unpack_from("<I", data, STRINGS + 4)
    struct.pack_into("<I", data, start + 4, 0xFFFFFFF0)
    dex, found = read(seal_dex(bytes(data)))
    assert "dex.string-outside" in found
    assert dex.raw(1) == b""


def test_bytes_behind_the_declared_end_are_reported() -> None:
    assert read(small() + b"more")[1] == ["dex.bytes-after-end"]


def test_an_unknown_version_and_an_optimised_file_are_read_and_reported() -> None:
    data = seal_dex(b"dex\n099\0" + small()[8:])
    assert "dex.version" in read(data)[1]
    whole = small()
    wrapped = b"dey\n036\0" + struct.pack("<II", 40, len(whole)) + bytes(24) + whole
    dex, found = read(wrapped)
    assert "dex.optimised" in found
    assert b"alpha" in {dex.raw(index) for index in range(len(dex.strings))}


def test_each_logical_file_of_a_container_is_read() -> None:
    def logical(at: int, total: int) -> bytes:
        data = bytearray(write_dex([f"a.Part{at}"], strings=[f"text{at}"], version="041"))
        strings_count, strings_at = struct.unpack_from("<II", data, STRINGS)
        struct.pack_into("<II", data, 0x70, total, at)
        for index in range(strings_count):
            (place,) = struct.unpack_from("<I", data, strings_at + 4 * index)
            struct.pack_into("<I", data, strings_at + 4 * index, place + at)
        for field in (52, 60, 68, 76, 84, 92, 100):
            (place,) = struct.unpack_from("<I", data, field)
            struct.pack_into("<I", data, field, place + at if place else 0)
        return seal_dex(bytes(data))

    size = len(logical(0, 0))
    other = len(logical(size, 0))
    data = logical(0, size + other) + logical(size, size + other)
    anomalies: list[Anomaly] = []
    found = read_dex(data, "classes.dex", anomalies)
    assert [dex.at for dex in found] == [0, size]
    assert [anomaly.id for anomaly in anomalies] == []
    classes = [decode_mutf8(dex.type_raw(int(dex.classes[0]))) for dex in found]
    assert classes == ["La/Part0;", f"La/Part{size};"]


@pytest.mark.parametrize("data", [b"", b"dex\n035\0", b"PK\3\4" + bytes(200), b"dey\n036\0"])
def test_what_is_no_dex_file_is_a_parse_error(data: bytes) -> None:
    with pytest.raises(ParseError):
        read_dex(data, "classes.dex", [])
