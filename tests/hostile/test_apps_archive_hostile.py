"""Whatever is done to the bytes of an app: only a ParseError comes out, within bounds, and no name becomes a path."""

import struct
import sys
import tracemalloc
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_target import target
from luciole.apps.apk.archive import Archive
from luciole.apps.apk.signing.verify import verify
from luciole.apps.bundle import open_set
from luciole.kernel.errors import NotThisKind, ParseError
from made_zip import Member, make_zip
from shared_data import SHARED

MIB = 1 << 20
REAL = (
    "made-aapt-full.apk",
    "made-rotated-v31.apk",
    "v1-only-two-signers.apk",
    "v1v2v3-with-rsa-2048-lineage-3-signers.apk",
)
EDGES = (0, 1, 4, 8, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@cache
def good_files() -> list[bytes]:
    paths = [SHARED / "corpus-apk" / name for name in REAL]
    files = [path.read_bytes() for path in paths if path.exists()]
    files.append(make_zip([Member(b"AndroidManifest.xml", b"x" * 500), Member(b"classes.dex", b"y" * 900, method=0)]))
    return files


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good file with a few bytes or numbers replaced, cut, repeated or moved."""
    data = bytearray(draw(st.sampled_from(good_files())))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data) - 1))
        kind = draw(st.sampled_from(("byte", "number", "short", "cut", "copy", "tail")))
        if kind == "byte":
            data[at] = draw(st.integers(0, 255))
        elif kind == "number" and at + 4 <= len(data):
            struct.pack_into("<I", data, at, draw(st.sampled_from(EDGES)))
        elif kind == "short" and at + 2 <= len(data):
            struct.pack_into("<H", data, at, draw(st.sampled_from(EDGES)) & 0xFFFF)
        elif kind == "cut":
            del data[at : at + draw(st.integers(1, 64))]
        elif kind == "copy":
            data[at:at] = data[at : at + draw(st.integers(1, 200))]
        elif kind == "tail":
            near = max(0, len(data) - draw(st.integers(1, 400)))
            data[near] = draw(st.integers(0, 255))
        if not data:
            return b""
    return bytes(data)


@given(mutated())
def test_a_mutated_app_opens_or_is_a_parse_error(data: bytes) -> None:
    target("archive")(data)


@given(mutated())
def test_the_signatures_of_a_mutated_app_are_judged_or_are_a_parse_error(data: bytes) -> None:
    target("signing")(data)


@given(st.binary(max_size=600))
def test_any_bytes_at_all_open_or_are_a_parse_error(data: bytes) -> None:
    target("archive")(data)
    target("archive")(b"PK\3\4" + data + b"PK\5\6" + data)
    target("signing")(data)


@given(mutated())
def test_a_mutated_member_never_stops_a_set(data: bytes) -> None:
    try:
        app = open_set([("base.apk", data), ("other.apk", good_files()[0])])
    except (NotThisKind, ParseError):
        return
    assert len(app.parts) + len(app.apart) == 2


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_any_names_are_kept_as_they_are(names: list[bytes]) -> None:
    archive = Archive.open(make_zip([Member(name, name) for name in names] or [Member(b"x")]))
    assert list(archive.entries) == list(dict.fromkeys(names or [b"x"]))


# ------------------------------------------------------------------ bounds


def lying(size: int) -> bytes:
    """A manifest of 60 MiB of zeros that declares `size`."""
    deflated = Member(b"", bytes(60 * MIB)).data()
    lie = {"size": size}
    return make_zip([Member(b"AndroidManifest.xml", raw=deflated, local=lie, central=lie)])


def overlapping() -> bytes:
    shared = Member(b"a", bytes(7 * MIB))
    records = {"offset": 0, "compressed": len(shared.data()), "size": 7 * MIB}
    return make_zip([shared, *(Member(b"n%d" % index, raw=b"", central=records) for index in range(400))])


BOMBS: dict[str, Callable[[], bytes]] = {
    "declared": lambda: lying(1 << 30),
    "undeclared": lambda: lying(0),
    "overlapping": overlapping,
    "many": lambda: make_zip([Member(b"%d" % index, method=0) for index in range(65_000)]),
    "names": lambda: make_zip([Member(bytes([65 + index % 26]) * 60_000 + b"%d" % index) for index in range(200)]),
    "manifest of blank lines": lambda: jar_bomb(b"\n" * (2 * MIB)),
    "manifest of sections": lambda: jar_bomb(b"Name: a\n\n" * 90_000),
    "end records": lambda: make_zip([Member(b"a", b"b")], comment=b"PK\5\6" * 16_000),
    "directory records": lambda: b"PK\1\2" * 400_000,
}


def jar_bomb(manifest: bytes) -> bytes:
    names = (b"META-INF/MANIFEST.MF", b"META-INF/A.SF", b"META-INF/A.RSA")
    return make_zip([Member(name, manifest) for name in names])


@pytest.mark.parametrize("name", list(BOMBS))
def test_a_bomb_stays_within_memory(name: str) -> None:
    data = BOMBS[name]()
    tracemalloc.start()
    try:
        archive = Archive.open(data)
        for entry in list(archive.entries)[:500]:
            try:
                archive.read(entry, 16 * MIB)
            except ParseError as error:
                assert error.limit  # noqa: PT017 - some of them can be read
        verify(archive, every_entry=True)
    except ParseError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 256 * MIB


# ------------------------------------------------------------------ names are never paths


OUT_OF_THE_FOLDER = [
    *(b"../" * depth + name for depth in range(1, 13) for name in (b"etc/passwd", b"poc", b".ssh/authorized_keys")),
    *(b"..\\" * depth + b"windows\\win.ini" for depth in range(1, 13)),
    *(b"..\\../" * depth + b"x" for depth in range(1, 9)),
    *(b"a/" * depth + b"../" * (2 * depth) + b"x" for depth in range(1, 9)),
    *(b"/etc/passwd", b"/proc/self/mem", b"/dev/null", b"//host/share/x", b"\\\\host\\share\\x", b"/", b"//", b"\\"),
    *(bytes([letter]) + b":\\x" for letter in range(65, 91)),
    *(bytes([letter]) + b":/x" for letter in range(97, 123)),
    *(b".", b"..", b"...", b"./x", b"././x", b"x/.", b"x/..", b" ", b"x ", b"x."),
    *(b"~", b"~/x", b"$HOME/x", b"%TEMP%\\x"),
]
DEVICES_AND_STREAMS = [
    *(name + end for name in (b"CON", b"PRN", b"AUX", b"NUL", b"COM1", b"LPT1") for end in (b"", b".txt", b":", b" ")),
    *(b"file.txt:stream", b"file::$DATA", b"AndroidManifest.xml:x", b"C:file"),
]
ENCODED = [
    *(b"%2e%2e%2fx", b"..%2fx", b"%252e%252e/x", b"..\xc0\xafx", b"..%c0%afx", "‥/x".encode(), "．．／x".encode()),
    *(f"x{mark}y".encode() for mark in "\u202e\u202d\u2066\u200b\u200f\ufeff\u2028\u2029\u00ad"),
    *(b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x80" * 9),
]
CONTROLS = [
    *(bytes([byte]) + b"x" for byte in range(32)),
    *(b"x\0.apk", b"../x\0", b"\x7f", b"a\nb", b"a\r\nb", b"\x1b[2J"),
]
FOR_SHELLS_AND_TEMPLATES = [
    *(b"; x", b"| x", b"`x`", b"$(x)", b"-rf", b"--help", b"*", b"?", b'"', b"'"),
    *(b"<x>", b"{{x}}", b"{0}", b"%s%n"),
]
LONG = [b"x" * 256, b"x" * 4096, b"x" * 65_000, b"x/" * 2000 + b"y"]
HOSTILE_NAMES = [*OUT_OF_THE_FOLDER, *DEVICES_AND_STREAMS, *ENCODED, *CONTROLS, *FOR_SHELLS_AND_TEMPLATES, *LONG]
"""Names that have led unpackers out of their folder, over other files, or to devices."""


_watching = False
_touched: list[str] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if _watching and event.partition(".")[0] in {"open", "os", "shutil", "tempfile", "subprocess", "socket", "glob"}:
        _touched.append(f"{event} {arguments}")


def test_no_hostile_name_is_ever_used_as_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    global _watching  # noqa: PLW0603 - an audit hook stays for the whole process and is switched by this
    assert len(set(HOSTILE_NAMES)) >= 200
    monkeypatch.chdir(tmp_path)
    members = [Member(name, b"content %d" % index) for index, name in enumerate(dict.fromkeys(HOSTILE_NAMES))]
    data = make_zip([*members, Member(b"META-INF/MANIFEST.MF", b"V: 1\n\n"), Member(b"../x/base.apk", good_files()[0])])
    verify(Archive.open(good_files()[0]))
    sys.addaudithook(_watch)
    _watching = True
    try:
        archive = Archive.open(data)
        contents = [archive.read(member.name) for member in members]
        verify(archive, every_entry=True)
        app = open_set(archive)
    finally:
        _watching = False
    assert contents == [member.content for member in members]
    assert app.base is not None
    assert _touched == []
    assert list(tmp_path.iterdir()) == []
