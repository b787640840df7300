"""Binary XML is read as Android reads it, and every deviation is noted with whether Android refuses the file."""

import os
import re
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from luciole.apps.apk import framework as fw
from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.binary_xml import BinaryXml
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import DEFAULT, Limits

NOTHING = 0xFFFFFFFF
STRINGS = ("label", "name", "android", "http://schemas.android.com/apk/res/android", "manifest", "package",
           "org.example.app", "uses-permission", "android.permission.READ_SMS", "application", "Notes")  # fmt: skip
IDS = (fw.LABEL, fw.NAME)
INDEX = {text: index for index, text in enumerate(STRINGS)}


def pool(texts: tuple[str, ...] = STRINGS, *, utf8: bool = True, flags: int | None = None) -> bytes:
    body, offsets = b"", []
    for text in texts:
        offsets.append(len(body))
        raw = text.encode() if utf8 else text.encode("utf-16-le")
        head = bytes((len(text), len(raw))) if utf8 else struct.pack("<H", len(text))
        body += head + raw + (b"\0" if utf8 else b"\0\0")
    body += b"\0" * (-len(body) % 4)
    start = 28 + 4 * len(texts)
    kind = (0x100 if utf8 else 0) if flags is None else flags
    header = struct.pack("<HHIIIIII", 1, 28, start + len(body), len(texts), 0, kind, start, 0)
    return header + struct.pack(f"<{len(texts)}I", *offsets) + body


def resource_map(*ids: int) -> bytes:
    return struct.pack(f"<HHI{len(ids)}I", 0x180, 8, 8 + 4 * len(ids), *ids)


def node(kind: int, body: bytes, header: int = 16) -> bytes:
    return struct.pack("<HHIII", kind, header, 16 + len(body), 1, NOTHING) + body


def attribute(name: int, text: int, namespace: int = INDEX["http://schemas.android.com/apk/res/android"]) -> bytes:
    return struct.pack("<IIIHBBI", namespace, name, text, 8, 0, 3, text)


def start(tag: str, *attributes: bytes, size: int = 20, gap: int = 0) -> bytes:
    padded = b"".join(item.ljust(size, b"\xee") for item in attributes)
    head = struct.pack("<IIHHHHHH", NOTHING, INDEX[tag], 20 + gap, size, len(attributes), 0, 0, 0)
    return node(0x102, head + b"\xee" * gap + padded)


def end(tag: str) -> bytes:
    return node(0x103, struct.pack("<II", NOTHING, INDEX[tag]))


PACKAGE = attribute(INDEX["package"], INDEX["org.example.app"], NOTHING)
PERMISSION = attribute(INDEX["name"], INDEX["android.permission.READ_SMS"])
LABEL = attribute(INDEX["label"], INDEX["Notes"])
BODY = (
    start("manifest", PACKAGE),
    start("uses-permission", PERMISSION), end("uses-permission"),
    start("application", LABEL), end("application"),
    end("manifest"),
)  # fmt: skip
PLAIN = (pool(), resource_map(*IDS), *BODY)


def join(*chunks: bytes, kind: int = 3, header: int = 8, size: int | None = None) -> bytes:
    body = b"".join(chunks)
    extra = b"\0" * (header - 8)
    return struct.pack("<HHI", kind, header, len(body) + header if size is None else size) + extra + body


def read(data: bytes, limits: Limits = DEFAULT) -> tuple[list[tuple[str, dict[str, str]]], dict[str, bool]]:
    """Tags with their attributes by id or name, and the anomalies with whether Android refuses."""
    anomalies: list[Anomaly] = []
    document = BinaryXml(data, anomalies, "AndroidManifest.xml", limits)
    text = document.pool.text
    elements = []
    for element in document.elements():
        found = {hex(key): text(value[1]) for key, value in element.attributes.items()}
        package = element.named("package")
        if package is not None:
            found["package"] = text(package[1])
        elements.append((element.tag, found))
    return elements, {anomaly.id: anomaly.refused for anomaly in anomalies}


EXPECTED = [
    ("manifest", {"package": "org.example.app"}),
    ("uses-permission", {hex(fw.NAME): "android.permission.READ_SMS"}),
    ("application", {hex(fw.LABEL): "Notes"}),
]


def test_a_plain_document_has_no_anomalies() -> None:
    assert read(join(*PLAIN)) == (EXPECTED, {})


def test_utf16_strings_are_read() -> None:
    assert read(join(pool(utf8=False), *PLAIN[1:])) == (EXPECTED, {})


DECOY = pool(("decoy",) * 11)
UNKNOWN = struct.pack("<HHI", 0x777, 8, 12) + b"what"
UNKNOWN_NODE = struct.pack("<HHIII", 0x777, 16, 16, 0, 0)
ZERO = struct.pack("<HHI", 0x777, 8, 0)
SECOND_APPLICATION = (start("application"), end("application"))


def with_attribute_shape(size: int, gap: int) -> bytes:
    return join(
        pool(), resource_map(*IDS), start("manifest", PACKAGE, size=size, gap=gap),
        start("uses-permission", PERMISSION, size=size, gap=gap), end("uses-permission"),
        start("application", LABEL, size=size, gap=gap), end("application"), end("manifest"),
    )  # fmt: skip


def patched(data: bytes, offset: int, layout: str, *values: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(layout, changed, offset, *values)
    return bytes(changed)


NAMES_WITHOUT_TEXT = ("", "", *STRINGS[2:])
COUNT = 8 + 8
TRICKS: dict[str, tuple[bytes, dict[str, bool]]] = {
    "wrong file type": (join(*PLAIN, kind=0x5A5A), {"xml.file-type": False}),
    "longer file header": (join(*PLAIN, header=16), {"xml.header-size": False}),
    "size beyond the data": (join(*PLAIN, size=1 << 30), {"xml.size": True}),
    "size that hides all": (join(*PLAIN, size=8), {"xml.bytes-after-end": False, "xml.size": True}),
    "bytes behind the end": (join(*PLAIN) + b"payload!", {"xml.bytes-after-end": False}),
    "last pool before the first element counts": (join(DECOY, *PLAIN), {"xml.second-string-pool": False}),
    "pool among the elements is ignored": (
        join(*PLAIN[:3], DECOY, *PLAIN[3:]), {"xml.chunk-among-elements": False},
    ),
    "unknown chunk first": (join(UNKNOWN, *PLAIN), {"xml.unknown-chunk": False}),
    "unknown chunk between": (join(*PLAIN[:3], UNKNOWN_NODE, *PLAIN[3:]), {"xml.chunk-among-elements": False}),
    "chunk of size 0 first": (join(ZERO, *PLAIN), {"xml.chunk": True}),
    "chunk of size 0 inside": (join(*PLAIN[:3], ZERO, *PLAIN[3:]), {"xml.chunk": True}),
    "chunk of size 0 behind the root": (join(*PLAIN, ZERO), {"xml.chunk-after-root": False}),
    "larger attributes": (with_attribute_shape(28, 0), {"xml.attribute-size": False}),
    "gap before the attributes": (with_attribute_shape(20, 12), {}),
    "names of attributes with ids are empty": (join(pool(NAMES_WITHOUT_TEXT), *PLAIN[1:]), {}),
    "resource map longer than the pool": (
        join(pool(), resource_map(*IDS, *[0] * 40), *BODY), {"xml.resource-map": False},
    ),
    "end tags are missing": (join(*PLAIN[:-1]), {"xml.unclosed": False}),
    "too few bytes for a chunk at the end": (
        join(*PLAIN[:-1]) [:4] + struct.pack("<I", len(join(*PLAIN[:-1])) + 4) + join(*PLAIN[:-1])[8:] + b"tail",
        {"xml.chunk": True, "xml.unclosed": False},
    ),
    "element behind the root": (join(*PLAIN, *SECOND_APPLICATION), {"xml.element-after-root": False}),
    "string count raised": (patched(join(*PLAIN), COUNT, "<I", 0x7FFFFFFF), {"strings.count": True}),
    "styles outside": (patched(join(*PLAIN), COUNT + 4, "<I", 3), {"strings.styles": True}),
    "attribute twice, the first counts": (
        join(*PLAIN[:2], start("manifest", PACKAGE), start("uses-permission", PERMISSION, PERMISSION[:8] + LABEL[8:]),
             *PLAIN[4:]), {"xml.attribute-twice": False},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_changes_nothing_that_is_read_and_is_noted(name: str) -> None:
    data, noted = TRICKS[name]
    assert read(data) == (EXPECTED, noted)


@pytest.mark.parametrize("name", [name for name, (_, noted) in TRICKS.items() if "behind the root" not in name])
@pytest.mark.tools
def test_what_is_refused_is_refused_by_the_reader_that_aapt_shares_with_android(name: str, tmp_path: Path) -> None:
    data, noted = TRICKS[name]
    assert aapt_refuses(data, tmp_path) == any(noted.values())


def aapt_refuses(data: bytes, folder: Path) -> bool | None:
    """Whether ResXMLTree, as aapt has it from Android, calls the document broken; None where aapt itself crashes."""
    if shutil.which("aapt") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("aapt is not installed")
        pytest.skip("aapt is not installed")
    path = folder / "x.apk"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("AndroidManifest.xml", data)
    command = ["aapt", "dump", "xmltree", str(path), "AndroidManifest.xml"]
    result = subprocess.run(command, capture_output=True, check=False)
    if result.returncode < 0:
        return None
    complaints = re.search(rb"Bad XML|Bad string block|Bad style block|ResXMLTree_node|corrupt", result.stderr)
    return result.returncode != 0 or complaints is not None


def header_mutations() -> list[bytes]:
    """Each header field of each chunk, set to values at the edges of the rules."""
    data = join(*PLAIN)
    places, place = [], 8
    for chunk in PLAIN:
        places.append((place, len(chunk)))
        place += len(chunk)
    found = []
    for place, size in places[:-1]:
        found += [patched(data, place + 2, "<H", value) for value in (0, 6, 8, 16, 18, 28, size, size + 4)]
        found += [patched(data, place + 4, "<I", value) for value in (0, 8, size - 1, size + 1, 1 << 20, 0xFFFFFFFF)]
    return found


@pytest.mark.tools
@pytest.mark.parametrize("data", header_mutations(), ids=range(len(header_mutations())))
def test_chunk_headers_are_refused_as_aapt_refuses_them(data: bytes, tmp_path: Path) -> None:
    anomalies: list[Anomaly] = []
    try:
        list(BinaryXml(data, anomalies, "m").elements())
        refused = any(anomaly.refused for anomaly in anomalies)
    except ParseError:
        refused = True
    assert aapt_refuses(data, tmp_path) in {refused, None}


def test_a_string_whose_length_lies_is_read_to_its_end_and_noted() -> None:
    texts = pool()
    at = texts.index(b"org.example.app") - 1
    elements, noted = read(join(patched(texts, at, "<B", 120), *PLAIN[1:]))
    assert elements[0][1]["package"] == "org.example.app"
    assert noted == {"strings.length": False}


def test_a_string_place_outside_the_pool_costs_one_string() -> None:
    texts = patched(pool(), 28 + 4 * INDEX["Notes"], "<I", 1 << 30)
    elements, noted = read(join(texts, *PLAIN[1:]))
    assert elements[:2] == EXPECTED[:2]
    assert elements[2] == ("application", {hex(fw.LABEL): ""})
    assert noted == {"strings.offset": False}


def test_a_string_longer_than_its_truncated_length_is_read_whole_as_android_does() -> None:
    long = "x" * 40_000
    body = bytes((0x80 | 0x1C, 0x40, 0x80 | 0x1C, 0x40)) + long.encode() + b"\0"
    body += b"\0" * (-len(body) % 4)
    header = struct.pack("<HHIIIIII", 1, 28, 32 + len(body), 1, 0, 0x100, 32, 0) + struct.pack("<I", 0)
    anomalies: list[Anomaly] = []
    document = BinaryXml(join(header + body, *BODY), anomalies, "m")
    assert document.pool.text(0) == long
    assert anomalies == []


def test_emoji_written_as_two_surrogates_are_read() -> None:
    raw = "\ud83d\ude00".encode("utf-8", "surrogatepass")
    body = bytes((2, len(raw))) + raw + b"\0\0"
    body += b"\0" * (-len(body) % 4)
    header = struct.pack("<HHIIIIII", 1, 28, 32 + len(body), 1, 0, 0x100, 32, 0) + struct.pack("<I", 0)
    assert BinaryXml(join(header + body, *BODY), [], "m").pool.text(0) == "\U0001f600"


SMALL = Limits(xml_nodes=2_000, xml_depth=200, xml_attributes=2_000)


def bounds(data: bytes) -> tuple[list[str], bool, int]:
    anomalies: list[Anomaly] = []
    document = BinaryXml(data, anomalies, "m", SMALL)
    assert sum(1 for _ in document.elements()) <= SMALL.xml_nodes
    return [found.id for found in anomalies], document.limited, len(document.partial)


@pytest.mark.parametrize(
    ("build", "noted", "limited", "partial"),
    [
        (
            lambda: join(*PLAIN[:2], start("manifest"), *(start("application"), end("application")) * 1_100),
            "xml.limit", True, 0,
        ),
        (lambda: join(*PLAIN[:2], *[start("application")] * 500), "xml.depth", False, 0),
        (lambda: join(*PLAIN[:2], start("manifest", *[PACKAGE] * 3_000), end("manifest")), "xml.attributes", False, 1),
    ],
)  # fmt: skip
def test_bounds_are_kept_and_said(
    build: Callable[[], bytes], noted: str, limited: bool, partial: int  # noqa: FBT001 - one of two forms
) -> None:  # fmt: skip
    identifiers, stopped, elements = bounds(build())
    assert noted in identifiers
    assert (stopped, elements) == (limited, partial)


def test_an_element_may_have_as_many_attributes_as_the_format_can_count() -> None:
    many = join(*PLAIN[:2], start("manifest", *[PACKAGE] * 0xFFFF), end("manifest"))
    document = BinaryXml(many, [], "m")
    assert [len(element.attributes) + len(element.plain) for element in document.elements()] == [0xFFFF]
    assert not document.partial


def test_attributes_that_overlap_are_counted_against_the_bounds() -> None:
    head = struct.pack("<IIHHHHHH", NOTHING, INDEX["application"], 20, 0, 0xFFFF, 0, 0, 0)
    many = (node(0x102, head + PACKAGE), end("application")) * 20_000
    elements, noted = read(join(*PLAIN[:2], start("manifest"), *many, end("manifest")))
    assert len(elements) == 20_001
    assert "xml.attribute-size" in noted


@pytest.mark.parametrize("data", [b"", b"\3\0\x08\0", b"PK\3\4" * 8, join(pool()), join(*BODY), bytes(64)])
def test_bytes_without_a_readable_document_are_a_parse_error(data: bytes) -> None:
    with pytest.raises(ParseError) as raised:
        BinaryXml(data, [], "AndroidManifest.xml")
    assert raised.value.file == "AndroidManifest.xml"
