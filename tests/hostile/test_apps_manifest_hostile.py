"""Whatever the bytes of a manifest or table are, only a ParseError comes out, within bounds of memory."""

import struct
import tracemalloc
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_target import target
from luciole.apps.apk import framework as fw
from luciole.apps.apk.archive import Archive
from luciole.apps.apk.manifest import read_manifest
from luciole.apps.apk.manifest_facts import manifest_facts
from luciole.simulate.apps.binary_xml import Element, Reference, write_xml
from luciole.simulate.apps.resources import Configuration, Plain, Style, Table
from shared_data import SHARED

MIB = 1 << 20
EDGES = (0, 1, 7, 8, 16, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
REAL = ("made-aapt-full.apk", "souch.smsbypass_9.apk", "sparse-resources.apk", "compact-entry.apk")


def written() -> tuple[bytes, bytes]:
    table = Table("org.example.app")
    label = table.add("string", "name", "Notes")
    table.add("string", "name", "Carnet", Configuration("fr"))
    theme = table.add("style", "Theme", Style(0x01030055, ((fw.WINDOW_IS_TRANSLUCENT, Plain(0x12, 1)),)))
    xml = table.add("xml", "service", "res/xml/service.xml")
    data = Element("meta-data", {"name": "android.accessibilityservice", "resource": Reference(xml)})
    action = Element("action", {"name": "android.intent.action.MAIN"})
    category = Element("category", {"name": "android.intent.category.LAUNCHER"})
    filters = Element("intent-filter", {"priority": 9}, (action, category))
    activity = Element("activity", {"name": ".Main", "theme": Reference(theme)}, (filters,))
    service = Element("service", {"name": ".S"}, (data,))
    application = Element("application", {"label": Reference(label), "icon": Reference(xml)}, (activity, service))
    return write_xml(Element("manifest", {"package": "org.example.app"}, (application,))), table.write()


@cache
def seeds() -> list[tuple[bytes, bytes]]:
    """Manifests with their tables: written ones, and real ones where the corpus is there."""
    found = [written()]
    for name in REAL:
        path = SHARED / "corpus-apk" / name
        if path.exists():
            archive = Archive.open(path.read_bytes())
            found.append((bytes(archive.read(b"AndroidManifest.xml")), bytes(archive.read(b"resources.arsc"))))
    return found


def mutate(data: bytes, changes: list[tuple[int, int, int]]) -> bytes:
    changed = bytearray(data)
    for place, kind, value in changes:
        at = place % len(changed)
        if kind == 0:
            changed[at] = value & 0xFF
        elif kind == 1 and at + 4 <= len(changed):
            struct.pack_into("<I", changed, at // 4 * 4, value)
        elif kind == 2:
            changed[at:at] = changed[at : at + value % 64]
        elif len(changed) > 64:
            del changed[at : at + value % 64]
    return bytes(changed)


CHANGES = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 120), st.integers(0, 1 << 20)),
        st.integers(0, 3),
        st.one_of(st.sampled_from(EDGES), st.integers(0, 0xFFFFFFFF)),
    ),
    min_size=1,
    max_size=8,
)


def joined(manifest: bytes, table: bytes) -> bytes:
    return struct.pack("<I", len(manifest) + 4) + manifest + table


@given(seed=st.integers(0, 4), changes=CHANGES)
def test_mutated_manifests_give_facts_or_a_parse_error(seed: int, changes: list[tuple[int, int, int]]) -> None:
    manifest, table = seeds()[seed % len(seeds())]
    target("binary_xml")(mutate(manifest, changes))
    target("manifest")(joined(mutate(manifest, changes), table))


@given(seed=st.integers(0, 4), changes=CHANGES)
def test_mutated_tables_give_facts_or_a_parse_error(seed: int, changes: list[tuple[int, int, int]]) -> None:
    manifest, table = seeds()[seed % len(seeds())]
    target("resources")(mutate(table, changes))
    target("manifest")(joined(manifest, mutate(table, changes)))


@given(data=st.binary(max_size=400))
def test_any_bytes_give_nothing_or_a_parse_error(data: bytes) -> None:
    for name in ("binary_xml", "resources", "manifest"):
        target(name)(data)
        target(name)(b"\x03\0\x08\0" + data)
        target(name)(b"\x02\0\x0c\0" + data)


def chunks(count: int, kind: int, header: int, size: int) -> bytes:
    return struct.pack("<HHI", kind, header, size).ljust(size, b"\0") * count


def giant_strings() -> bytes:
    """A manifest whose 60,000 elements are named by as many places in one long string."""
    count = 60_000
    text = b"\xff\xff\xff\xff" + b"n" * 300_000 + b"\0\0\0\0"
    start = 28 + 4 * count
    pool = struct.pack("<HHIIIIII", 1, 28, start + len(text), count, 0, 0x100, start, 0)
    pool += struct.pack(f"<{count}I", *range(count)) + text
    nodes = b"".join(
        struct.pack("<HHIIIIIHHHHHH", 0x102, 16, 36, 0, 0, 0xFFFFFFFF, index, 20, 20, 0, 0, 0, 0)
        + struct.pack("<HHIIIII", 0x103, 16, 24, 0, 0, 0xFFFFFFFF, index)
        for index in range(count)
    )
    root = struct.pack("<HHIIIIIHHHHHH", 0x102, 16, 36, 0, 0, 0xFFFFFFFF, 0, 20, 20, 0, 0, 0, 0)
    body = pool + root + nodes
    return struct.pack("<HHI", 3, 8, 8 + len(body)) + body


def table_of(body: bytes) -> bytes:
    pool = struct.pack("<HHIIIIII", 1, 28, 28, 0, 0, 0x100, 28, 0)
    package = struct.pack("<HHII", 0x200, 288, 288 + len(body), 0x7F).ljust(288, b"\0") + body
    return struct.pack("<HHII", 2, 12, 12 + len(pool) + len(package), 1) + pool + package


def manifest_with_many_labels(count: int) -> bytes:
    parts = tuple(Element("activity", {"name": f".A{n}", "label": Reference(0x7F010000 + n)}) for n in range(count))
    return write_xml(Element("manifest", {"package": "org.example.app"}, (Element("application", {}, parts),)))


def long_lists() -> bytes:
    """Twenty thousand providers and queries that share one text of 30,000 names, under a root with many attributes."""
    names = {"authorities": ";".join(["a"] * 30_000)}
    providers = (Element("provider", {"name": ".P", **names}),) * 20_000
    asked = Element("queries", {}, (Element("provider", names),) * 20_000)
    root = {f"x{number}": "y" for number in range(1900)} | {"package": "org.example.app"}
    return write_xml(Element("manifest", root, (Element("application", {}, providers), asked)))


BOMBS: dict[str, Callable[[], tuple[bytes, bytes]]] = {
    "places in one giant string": lambda: (giant_strings(), written()[1]),
    "type chunks by the hundred thousand": lambda: (
        manifest_with_many_labels(3000), table_of(chunks(150_000, 0x201, 20, 24).replace(b"\0" * 8, b"\1" + b"\0" * 7)),
    ),
    "empty chunks by the million": lambda: (written()[0], table_of(chunks(1_000_000, 0x777, 8, 8))),
    "zero chunks among nodes": lambda: (written()[0] + bytes(2 * MIB), written()[1]),
    "broken chunks without end": lambda: (
        struct.pack("<HHI", 3, 8, 4 * MIB) + struct.pack("<HHI", 1, 8, 4) * (MIB // 2), written()[1],
    ),
    "long lists shared by many": lambda: (long_lists(), b""),
    "counts of 2^31": lambda: (
        written()[0][:16] + b"\xff\xff\xff\x7f" * 2 + written()[0][24:],
        written()[1][:20] + b"\xff\xff\xff\x7f" * 2 + written()[1][28:],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_stay_within_the_bound_of_memory(name: str) -> None:
    manifest, table = BOMBS[name]()
    data = joined(manifest, table)
    tracemalloc.start()
    try:
        target("manifest")(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * MIB + 4 * len(data)


def test_the_seeds_are_read_without_a_problem() -> None:
    for manifest, table in seeds():
        files = {b"AndroidManifest.xml": manifest, b"resources.arsc": table}
        reading = read_manifest(files.__getitem__, files, [])
        assert manifest_facts(reading)[0]
