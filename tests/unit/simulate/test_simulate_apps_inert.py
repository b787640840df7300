"""Nothing in an inert app can run: no DEX has class data, no library has a segment that may be run."""

import io
import re
import struct
import zipfile

import pytest

from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.apps.dex import MethodName, write_dex
from luciole.simulate.apps.elf import MACHINES, write_elf
from luciole.simulate.apps.tricks import trick_list

CLASS_DATA, CODE_ITEM, DEBUG_INFO = 0x2000, 0x2001, 0x2003
MAY_RUN = 1
RICH = {
    "package": "org.example.inert.rich", "strings": ["https://collect.example.invalid/v1"],
    "apis": ["java.lang.Runtime.exec"], "classes": ["org.example.inert.rich.A", "org.example.inert.rich.B"],
    "activities": [{"name": ".Main", "launcher": True}], "label": "Rich",
    "native_libraries": {"arm64-v8a/libx.so": ["one"], "x86/libx.so": ["two"]},
    "carried": [{"name": "assets/a", "kind": "dex"}, {"name": "assets/b", "kind": "elf"},
                {"name": "assets/c", "kind": "apk"}, {"name": "assets/d", "kind": "zip"}],
}  # fmt: skip
BUILT = [pytest.param(app, id=name) for name, app in DEMONSTRATIONS.items()] + [pytest.param(RICH, id="rich")]
# what these change keeps the standard library from reading the archive or its DEX files
SMALL_TRICKS = [name for name, _ in trick_list() if name.startswith(("xml.", "strings.", "resources.", "signature."))]


def dex_problems(data: bytes) -> list[str]:
    """Everything in a DEX file that could be run, found through its class definitions and its map."""
    count, start, map_at = *struct.unpack_from("<II", data, 96), struct.unpack_from("<I", data, 52)[0]
    found = [
        f"class {index} has data" for index in range(count) if struct.unpack_from("<8I", data, start + 32 * index)[6]
    ]
    for index in range(struct.unpack_from("<I", data, map_at)[0]):
        kind = struct.unpack_from("<H", data, map_at + 4 + 12 * index)[0]
        if kind in {CLASS_DATA, CODE_ITEM, DEBUG_INFO}:
            found.append(f"section {kind:#x}")
    return found


def elf_problems(data: bytes) -> list[str]:
    """Every segment of an ELF file that may be run, and an entry point."""
    wide = data[4] == 2
    entry, table = struct.unpack_from("<QQ" if wide else "<II", data, 24)
    size, count = struct.unpack_from("<HH", data, 54 if wide else 42)
    flags = [struct.unpack_from("<I", data, table + size * index + (4 if wide else 24))[0] for index in range(count)]
    return ["entry point"] * bool(entry) + ["segment may run" for flag in flags if flag & MAY_RUN]


def problems(data: bytes) -> list[str]:
    """Problems of every DEX and ELF file anywhere in the archive, also in archives inside."""
    found = []
    archive = zipfile.ZipFile(io.BytesIO(data))
    for name in archive.namelist():
        content = archive.read(name)
        if content.startswith(b"dex\n"):
            found += dex_problems(content)
        elif content.startswith(b"\x7fELF"):
            found += elf_problems(content)
        elif content.startswith(b"PK\3\4"):
            found += problems(content)
    return found


def code_files(data: bytes) -> int:
    archive = zipfile.ZipFile(io.BytesIO(data))
    return sum(archive.read(name).startswith((b"dex\n", b"\x7fELF")) for name in archive.namelist())


@pytest.mark.parametrize("app", [one for one in BUILT if one.id != "malformed"])
def test_no_app_holds_anything_that_runs(app: object) -> None:
    data = build_apk(app)  # type: ignore[arg-type] # checked at run time
    assert code_files(data) > 0
    assert problems(data) == []


@pytest.mark.parametrize("trick", SMALL_TRICKS)
def test_no_trick_adds_anything_that_runs(trick: str) -> None:
    assert problems(build_apk(RICH | {"tricks": [trick]})) == []


def test_the_search_for_code_can_find_some() -> None:
    dex = bytearray(write_dex(["org.example.A"]))
    class_definitions = struct.unpack_from("<I", dex, 100)[0]
    struct.pack_into("<I", dex, class_definitions + 24, 1)
    assert dex_problems(bytes(dex)) == ["class 0 has data"]
    elf = bytearray(write_elf("arm64-v8a", []))
    struct.pack_into("<I", elf, 64 + 4, 5)
    assert elf_problems(bytes(elf)) == ["segment may run"]


@pytest.mark.parametrize("abi", sorted(MACHINES))
def test_no_library_holds_anything_that_runs(abi: str) -> None:
    assert elf_problems(write_elf(abi, [f"export_{number}" for number in range(50)])) == []


def test_a_referenced_function_is_named_and_never_called() -> None:
    data = write_dex(["org.example.A"], [MethodName("java.lang.Runtime", "exec")])
    assert b"Ljava/lang/Runtime;" in data
    assert dex_problems(data) == []


@pytest.mark.parametrize("app", [pytest.param(app, id=name) for name, app in DEMONSTRATIONS.items()])
def test_demonstrations_name_only_hosts_and_packages_that_cannot_exist(app: object) -> None:
    text = repr(app)
    hosts = re.findall(r"[a-z]+://([^/'\"]+)", text)
    assert [host for host in hosts if "." in host and not host.endswith((".invalid", ".example"))] == []
    assert re.search(r"package='org\.example\.inert\.[a-z]+'", text)
