"""Resource tables are looked up as Android does, in every layout, without following cycles."""

import re
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest

from luciole.apps.apk import framework as fw
from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.configuration import read_configuration
from luciole.apps.apk.resources import Found
from luciole.apps.apk.resources import Table as Reader
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import DEFAULT, Limits
from luciole.simulate.apps.resources import Configuration, Layout, Plain, Style, Table, write_configuration

REFERENCE = 0x01
LAYOUTS: tuple[Layout, ...] = ("plain", "sparse", "compact", "offset16")
LOCALES = ("", "fr", "pt-BR", "fil", "sr-Latn", "zh-Hant-TW", "es-419")


def read(table: bytes, limits: Limits = DEFAULT) -> tuple[Reader, list[Anomaly]]:
    anomalies: list[Anomaly] = []
    return Reader(table, anomalies, limits), anomalies


def text_of(reader: Reader, found: Found | None) -> str:
    assert found is not None
    assert found.kind == 0x03
    return reader.pool.text(found.data)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_every_text_with_its_language(layout: Layout) -> None:
    table = Table("org.example.app")
    for number in range(20):
        table.add("string", f"other{number}", f"text {number}")
    name = 0
    for locale in LOCALES:
        name = table.add("string", "name", f"Notes in {locale}", Configuration(locale))
    last = table.add("string", "last", "the last one")
    reader, anomalies = read(table.write(layout))
    assert {configuration.locale: text for configuration, text, _ in reader.strings(name)} == {
        locale: f"Notes in {locale}" for locale in LOCALES
    }
    assert text_of(reader, reader.default(name)) == "Notes in "
    assert text_of(reader, reader.default(last)) == "the last one"
    assert reader.get(last + 1) == []
    assert reader.get(0x7F7F0001) == []
    assert anomalies == []


@pytest.mark.tools
def test_locales_are_named_as_aapt_names_them(tmp_path: Path) -> None:
    if shutil.which("aapt") is None:
        pytest.skip("aapt is not installed")
    table = Table("org.example.app")
    for locale in LOCALES:
        name = table.add("string", "name", f"Notes in {locale}", Configuration(locale))
    path = tmp_path / "x.apk"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("resources.arsc", table.write())
    output = subprocess.run(["aapt", "dump", "resources", str(path)], capture_output=True, check=False).stdout.decode()
    theirs = {configuration.replace("(default)", "") for configuration in re.findall(r"config (\S+):", output)}
    reader, _ = read(table.write())
    ours = {configuration.locale for configuration, _, _ in reader.strings(name)}
    # aapt writes resource qualifiers: b+sr+Latn for sr-Latn, pt-rBR for pt-BR.
    assert {qualifier(locale) for locale in ours} == theirs


def qualifier(locale: str) -> str:
    parts = locale.split("-")
    if len(parts) > 2 or any(len(part) == 4 for part in parts):
        return "b+" + "+".join(parts)
    return "-r".join(parts)


@pytest.mark.parametrize(
    ("code", "expected"),
    [(b"fr", "fr"), (b"\xad\x05", "fil"), (b"\0\0", "")],
)
def test_languages_of_two_and_three_letters(code: bytes, expected: str) -> None:
    raw = bytearray(write_configuration(Configuration()))
    raw[8:10] = code
    assert read_configuration(bytes(raw)).locale == expected


def test_a_short_configuration_counts_as_not_set_where_it_ends() -> None:
    raw = struct.pack("<IHH", 16, 0, 0) + b"de\0\0" + bytes((0, 0)) + struct.pack("<H", 240)
    found = read_configuration(raw + b"\xff" * 40)
    assert (found.locale, found.density, found.sdk) == ("de", 240, 0)


def test_references_are_followed_and_keep_their_language() -> None:
    table = Table("org.example.app")
    target = table.add("string", "target", "real name")
    table.add("string", "target", "vrai nom", Configuration("fr"))
    name = table.add("string", "name", Plain(REFERENCE, target))
    table.add("string", "name", Plain(REFERENCE, target), Configuration("de"))
    reader, _ = read(table.write())
    assert text_of(reader, reader.default(name)) == "real name"
    assert ("fr", "vrai nom") in {(c.locale, text) for c, text, _ in reader.strings(name)}


def test_a_cycle_ends_and_is_noted() -> None:
    table = Table("org.example.app")
    name = table.add("string", "name", Plain(REFERENCE, 0x7F010001))
    table.add("string", "other", Plain(REFERENCE, name))
    reader, anomalies = read(table.write())
    assert reader.resolve(name) == []
    assert reader.default(name) is None
    assert [anomaly.id for anomaly in anomalies] == ["resources.cycle"]


def test_a_long_chain_of_references_stops_at_the_limit() -> None:
    table = Table("org.example.app")
    for number in range(60):
        table.add("string", f"n{number}", Plain(REFERENCE, 0x7F010000 + number + 1))
    table.add("string", "end", "name")
    reader, anomalies = read(table.write())
    assert reader.default(0x7F010000) is None
    assert reader.limited
    assert [anomaly.id for anomaly in anomalies] == ["resources.hops"]
    assert text_of(reader, reader.default(0x7F010000 + 55)) == "name"


def test_a_style_inherits_through_its_parents_and_names_the_framework_style_above() -> None:
    table = Table("org.example.app")
    base = table.add("style", "Base", Style(0x01030055, ((fw.WINDOW_IS_TRANSLUCENT, Plain(0x12, 0xFFFFFFFF)),)))
    middle = table.add("style", "Middle", Style(base, ((fw.WINDOW_BACKGROUND, Plain(0x1C, 0)),)))
    top = table.add("style", "Top", Style(middle, ((fw.WINDOW_IS_TRANSLUCENT, Plain(0x12, 0)),)))
    reader, anomalies = read(table.write())
    style = reader.style(top, frozenset({fw.WINDOW_IS_TRANSLUCENT, fw.WINDOW_BACKGROUND}))
    assert style == {fw.WINDOW_IS_TRANSLUCENT: (0x12, 0), fw.WINDOW_BACKGROUND: (0x1C, 0), 0: (REFERENCE, 0x01030055)}
    assert anomalies == []


def test_styles_that_are_their_own_ancestors_end() -> None:
    table = Table("org.example.app")
    table.add("style", "A", Style(0x7F010001, ((1, Plain(0x10, 1)),)))
    table.add("style", "B", Style(0x7F010000, ((2, Plain(0x10, 2)),)))
    reader, _ = read(table.write())
    assert reader.style(0x7F010000, frozenset({1, 2})) == {1: (0x10, 1), 2: (0x10, 2)}


def small_table() -> bytes:
    table = Table("org.example.app")
    table.add("string", "name", "Notes")
    return table.write()


def patched(data: bytes, offset: int, layout: str, *values: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(layout, changed, offset, *values)
    return bytes(changed)


def find_chunk(data: bytes, kind: int, header: int) -> int:
    return data.index(struct.pack("<HH", kind, header))


def with_type_offset(data: bytes, offset: int) -> bytes:
    return patched(data, find_chunk(data, 0x200, 288) + 284, "<I", offset)


def test_type_ids_are_shifted_by_the_packages_offset() -> None:
    reader, _ = read(with_type_offset(small_table(), 4))
    assert reader.get(0x7F010000) == []
    assert text_of(reader, reader.default(0x7F050000)) == "Notes"


def test_another_package_id_is_read() -> None:
    data = small_table()
    reader, _ = read(patched(data, find_chunk(data, 0x200, 288) + 8, "<I", 0x02))
    assert reader.packages == (2,)
    assert text_of(reader, reader.default(0x02010000)) == "Notes"


TYPE = find_chunk(small_table(), 0x201, 84)
SPEC = find_chunk(small_table(), 0x202, 16)
DAMAGE = {
    "type word": (patched(small_table(), 0, "<H", 0x1234), "resources.type", False),
    "size": (patched(small_table(), 4, "<I", 1 << 31), "resources.size", True),
    "header size": (patched(small_table(), 2, "<H", 4), "resources.header-size", True),
    "fewer packages declared": (patched(small_table(), 8, "<I", 0), "resources.packages", True),
    "type without its specification": (patched(small_table(), SPEC, "<H", 0x777), "resources.type-without-spec", True),
}
LOST = {
    "entry count beyond the chunk": (patched(small_table(), TYPE + 12, "<I", 1 << 31), 1 << 15, "resources.entries"),
    "entries start beyond the chunk": (patched(small_table(), TYPE + 16, "<I", 1 << 30), 0, "resources.entry-outside"),
    "entry offset beyond the chunk": (patched(small_table(), TYPE + 84, "<I", 1 << 20), 0, "resources.entry-outside"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_noted_and_the_text_is_still_found(name: str) -> None:
    data, identifier, refused = DAMAGE[name]
    reader, anomalies = read(data)
    assert text_of(reader, reader.default(0x7F010000)) == "Notes"
    assert [(anomaly.id, anomaly.refused) for anomaly in anomalies] == [(identifier, refused)]


@pytest.mark.parametrize("name", LOST)
def test_entries_outside_their_chunk_are_not_read(name: str) -> None:
    data, index, identifier = LOST[name]
    reader, anomalies = read(data)
    assert reader.default(0x7F010000 | index) is None
    assert [(anomaly.id, anomaly.refused) for anomaly in anomalies] == [(identifier, True)]


def test_the_first_string_pool_of_a_table_counts() -> None:
    data = small_table()
    size = struct.unpack_from("<I", data, 16)[0]
    decoy = data[12 : 12 + size].replace(b"Notes", b"Decoy")
    longer = data[: 12 + size] + decoy + data[12 + size :]
    reader, _ = read(patched(longer, 4, "<I", len(longer)))
    assert text_of(reader, reader.default(0x7F010000)) == "Notes"


def test_many_places_in_one_giant_string_stay_within_the_bounds() -> None:
    count, giant = 20_000, b"x" * 200_000
    body = b"\x80\x00\x80\x00" + giant + b"\0\0\0\0"
    start = 28 + 4 * count
    offsets = struct.pack(f"<{count}I", *range(4, 4 + count))
    pool = struct.pack("<HHIIIIII", 1, 28, start + len(body), count, 0, 0x100, start, 0) + offsets + body
    table = struct.pack("<HHII", 2, 12, 12 + len(pool), 0) + pool
    reader, anomalies = read(table)
    total = sum(len(reader.pool.text(index)) for index in range(count))
    assert total < 2_000_000
    assert reader.pool.limited
    assert "strings.limit" in {anomaly.id for anomaly in anomalies}


def test_look_ups_stop_at_the_bound_of_work() -> None:
    table = Table("org.example.app")
    items = tuple((number, Plain(0x10, number)) for number in range(1000))
    for number in range(2000):
        table.add("style", f"s{number}", Style(0, items))
    reader, anomalies = read(table.write())
    for number in range(2000):
        reader.style(0x7F010000 + number, frozenset({1}))
    assert reader.limited
    assert "resources.limit" in {anomaly.id for anomaly in anomalies}


@pytest.mark.parametrize("data", [b"", bytes(8), bytes(100), b"PK\3\4" * 30, b"\x02\0\x0c\0" + bytes(8)])
def test_bytes_without_a_table_are_a_parse_error(data: bytes) -> None:
    with pytest.raises(ParseError):
        read(data)


def test_a_table_beyond_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(ParseError) as raised:
        read(bytes(2048), Limits(resources=1024))
    assert raised.value.limit
