"""Exported names of ELF libraries agree with readelf, and carried files are told by their first bytes."""

import hashlib
import shutil
import subprocess
import sysconfig
from functools import partial
from pathlib import Path

import pytest

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.carried import CarriedScan, is_library, kind_of, loaded_names, peek_entry
from luciole.apps.apk.code import read_code
from luciole.apps.apk.libraries import LARGEST_READ, NativeLibrary, read_libraries
from luciole.apps.apk.native import exported_functions
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Reason, State
from luciole.simulate.apps.archive import Layout, Member, write_archive
from luciole.simulate.apps.dex import write_dex
from luciole.simulate.apps.elf import write_elf
from shared_data import require

ABIS = ["arm64-v8a", "armeabi-v7a", "x86_64", "x86"]


def readelf(path: Path) -> set[str]:
    if not shutil.which("readelf"):
        pytest.skip("readelf is not installed")
    text = subprocess.run(["readelf", "-W", "--dyn-syms", str(path)], capture_output=True, check=True).stdout.decode()
    rows = [line.split() for line in text.splitlines() if line.strip()[:1].isdigit()]
    return {
        row[7].partition("@")[0] for row in rows
        if len(row) > 7 and row[3] in {"FUNC", "IFUNC"} and row[4] in {"GLOBAL", "WEAK"} and row[6] != "UND"
    }  # fmt: skip


@pytest.mark.corpus
@pytest.mark.tools
def test_names_agree_with_readelf_on_the_libraries_of_real_apps(tmp_path: Path) -> None:
    compared = 0
    for name in ("mastg-HelloWorld-JNI.apk", "org.dyndns.fules.ck_20.apk"):
        archive = Archive.open(require(f"corpus-apk/{name}").read_bytes())
        for entry in filter(is_library, archive.entries):
            content = archive.read(entry)
            path = tmp_path / "library.so"
            path.write_bytes(content)
            assert set(exported_functions(content)) == readelf(path)
            compared += 1
    assert compared >= 5


@pytest.mark.tools
def test_names_agree_with_readelf_on_the_interpreters_own_modules() -> None:
    paths = sorted(Path(sysconfig.get_path("platlib")).rglob("*.so"))[:12]
    for path in paths:
        if path.stat().st_size < 32 << 20:
            assert set(exported_functions(path.read_bytes())) == readelf(path), path.name


@pytest.mark.parametrize("abi", ABIS)
def test_names_of_a_written_library_in_each_word_size(abi: str) -> None:
    names = ["Java_org_example_record", "JNI_OnLoad"]
    assert exported_functions(write_elf(abi, names)) == tuple(sorted(names))


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"\x7fELF\x09\x09" + bytes(100), b"\x7fELF\x02\x01" + bytes(100)])
def test_what_is_no_library_is_a_parse_error(data: bytes) -> None:
    with pytest.raises(ParseError):
        exported_functions(data, "lib/x86/liba.so")


def noise_of(size: int) -> bytes:
    return hashlib.shake_256(b"noise").digest(size)


def test_a_large_library_is_listed_and_makes_the_area_partial() -> None:
    data = archived(Member(b"lib/x86/libbig.so", write_elf("x86", ["go"]) + bytes(LARGEST_READ)))
    archive = Archive.open(data)
    code = read_code(archive.read, archive.entries.values(), [], peek=partial(peek_entry, data))
    row = next(row for row in code.coverage if row.area == "native")
    assert (row.state, row.reason) == (State.PARTIAL, Reason.LIMIT)
    assert [library.exports for library in code.libraries] == [None]


def archived(*members: Member) -> bytes:
    return write_archive(Layout(members)).join()


def libraries(entries: dict[str, bytes], *, thorough: bool = False) -> list[NativeLibrary]:
    archive = Archive.open(archived(*(Member(name.encode(), content) for name, content in entries.items())))
    return read_libraries(archive.entries.values(), archive.read, [], thorough=thorough).found


def test_one_abi_is_read_and_the_others_are_listed() -> None:
    content = {f"lib/{abi}/libx.so": write_elf(abi, ["go"]) for abi in ABIS}
    found = {library.abi: library for library in libraries(content)}
    assert found["arm64-v8a"].sha256 == hashlib.sha256(content["lib/arm64-v8a/libx.so"]).hexdigest()
    assert found["arm64-v8a"].names == ("go",)
    assert [found[abi].exports for abi in ABIS] == [1, None, None, None]
    assert {library.exports for library in libraries(content, thorough=True)} == {1}


def scan(*members: Member) -> list[tuple[bytes, str]]:
    data = archived(*members)
    archive = Archive.open(data)
    scanner = CarriedScan(archive.read, partial(peek_entry, data))
    return [(file.name, file.kind) for file in scanner.scan(archive.entries.values(), frozenset())]


def test_carried_files_are_told_by_content_whatever_their_name() -> None:
    padding = [f"text number {number}" for number in range(300)]
    dex, elf = write_dex(strings=padding), write_elf("x86", padding)
    inner = archived(Member(b"notes.txt", noise_of(900)))
    apk = archived(Member(b"AndroidManifest.xml", noise_of(900)))
    noise = noise_of(80_000)
    found = scan(
        Member(b"res/drawable/a.png", dex), Member(b"assets/b.txt", elf), Member(b"assets/c", inner),
        Member(b"res/raw/d", apk), Member(b"assets/e.bin", noise), Member(b"assets/f.txt", b"plain words " * 9000),
        Member(b"assets/g.jpg", b"\xff\xd8\xff" + noise), Member(b"lib/x86/libreal.so", elf),
        Member(b"lib/x86/libfake.so", dex),
    )  # fmt: skip
    assert found == [
        (b"res/drawable/a.png", "dex"), (b"assets/b.txt", "elf"), (b"assets/c", "zip"), (b"res/raw/d", "apk"),
        (b"assets/e.bin", "opaque"), (b"lib/x86/libfake.so", "dex"),
    ]  # fmt: skip


def test_the_first_bytes_are_inflated_and_no_more() -> None:
    data = archived(Member(b"assets/big", b"dex\n035\0" + bytes(1 << 20)))
    (entry,) = Archive.open(data).entries.values()
    assert peek_entry(data, entry, 8) == b"dex\n035\0"
    assert len(peek_entry(data, entry, 1 << 20)) <= 4096
    assert peek_entry(b"", entry, 8) == b""


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["classes.dex", "classes2.dex", "classes4.dex"], 2),
        (["classes2.dex"], 0), (["classes.dex", "classes1.dex"], 1),
        (["Classes.dex"], 0), (["classes.dex", "classes02.dex"], 1), (["a/classes.dex"], 0),
    ],
)  # fmt: skip
def test_android_loads_code_up_to_the_first_gap(names: list[str], expected: int) -> None:
    assert len(loaded_names(name.encode() for name in names)) == expected


def test_dense_formats_that_can_be_read_are_not_opaque() -> None:
    assert kind_of(b"\x89PNG\r\n") == "readable"
    assert kind_of(b"\0\0\0\x18ftypmp42") == "readable"
    assert kind_of(b"\x01\x02\x03\x04") == ""
