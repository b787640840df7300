"""The icon is found through the table, kept when small, and said to show nothing when it does."""

import struct
import zlib

import pytest

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.icon import Icon, read_icon
from luciole.apps.apk.resources import Table as Reader
from luciole.kernel.errors import ParseError
from luciole.simulate.apps.binary_xml import Element, write_xml
from luciole.simulate.apps.resources import Configuration, Table

GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, kind: int, rows: list[bytes], *extra: bytes) -> bytes:
    """A PNG of 8 bits a channel; each row is a filter byte and the filtered bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    image = chunk(b"IDAT", zlib.compress(b"".join(rows)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(extra) + image + chunk(b"IEND", b"")


CLEAR_PIXEL, RED_PIXEL = bytes((255, 255, 255, 0)), bytes((200, 0, 0, 255))
NOTHING_CHANGES = bytes(4 * 48)
NOISE = [b"\0" + bytes((row * column * 37 + row) % 256 for column in range(48 * 4)) for row in range(48)]
TRANSPARENT = {
    "one clear pixel": png(1, 1, COLOUR_ALPHA, [b"\0" + CLEAR_PIXEL]),
    "clear rows without filter": png(48, 48, COLOUR_ALPHA, [b"\0" + CLEAR_PIXEL * 48] * 48),
    "clear rows, filter sub": png(48, 48, COLOUR_ALPHA, [b"\1" + CLEAR_PIXEL + bytes(4 * 47)] * 48),
    "clear rows, filter up": png(
        48, 48, COLOUR_ALPHA, [b"\0" + CLEAR_PIXEL * 48, *[b"\2" + NOTHING_CHANGES] * 47]
    ),
    "grey with alpha": png(8, 8, GREY_ALPHA, [b"\0" + bytes((9, 0)) * 8] * 8),
    "palette with a clear colour": png(
        8, 8, PALETTE, [b"\0" + bytes(8)] * 8, chunk(b"PLTE", bytes((1, 2, 3))), chunk(b"tRNS", b"\0")
    ),
}  # fmt: skip
BLANK = {
    "one red pixel": png(1, 1, COLOUR_ALPHA, [b"\0" + RED_PIXEL]),
    "red rows": png(48, 48, COLOUR_ALPHA, [b"\1" + RED_PIXEL + bytes(4 * 47)] * 48),
    "black": png(16, 16, COLOUR, [b"\0" + bytes(48)] * 16),
}
PICTURES = {
    "noise": png(48, 48, COLOUR_ALPHA, NOISE),
    "one pixel differs": png(8, 8, COLOUR_ALPHA, [b"\0" + CLEAR_PIXEL * 8] * 7 + [b"\0" + CLEAR_PIXEL * 7 + RED_PIXEL]),
    "deflate stream cut off": png(48, 48, COLOUR_ALPHA, [b"\0" + CLEAR_PIXEL * 48] * 20),
    "no deflate stream": png(48, 48, COLOUR_ALPHA, []).replace(b"IDAT", b"IDAX"),
    "larger than is looked at": png(0x7FFFFFFF, 0x7FFFFFFF, COLOUR_ALPHA, [b"\0"]),
    "cut off": b"\x89PNG\r\n\x1a\n" + bytes(10),
}


def read(files: dict[str, bytes], **densities: int) -> Icon | None:
    table = Table("org.example.app")
    resource = 0x7F010000
    for path in files:
        resource = table.add("mipmap", "icon", path, Configuration(density=densities.get(path.partition(".")[0], 0)))
    anomalies: list[Anomaly] = []
    entries = {path.encode(): data for path, data in files.items()}
    return read_icon(resource, Reader(table.write(), anomalies), entries.__getitem__, entries.keys())


def kind_of(data: bytes) -> str:
    icon = read({"a.png": data})
    assert icon is not None
    return icon.kind


@pytest.mark.parametrize("name", TRANSPARENT)
def test_a_transparent_icon_is_said_to_be_transparent(name: str) -> None:
    assert kind_of(TRANSPARENT[name]) == "transparent"


@pytest.mark.parametrize("name", BLANK)
def test_an_icon_of_one_colour_is_said_to_be_blank(name: str) -> None:
    assert kind_of(BLANK[name]) == "blank"


@pytest.mark.parametrize("name", PICTURES)
def test_any_other_picture_is_just_a_picture(name: str) -> None:
    assert kind_of(PICTURES[name]) == "png"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"), (b"\xff\xd8\xff\xe0", "jpeg"), (b"GIF89a", "gif"), (b"?", "other"),
        (write_xml(Element("adaptive-icon")), "adaptive"), (write_xml(Element("vector")), "xml"),
    ],
)  # fmt: skip
def test_other_kinds_are_told_apart_by_their_bytes(data: bytes, kind: str) -> None:
    assert kind_of(data) == kind


def test_a_bitmap_near_the_density_of_phones_comes_before_xml() -> None:
    picture = PICTURES["noise"]
    files = {"any.xml": b"", "low.png": picture, "high.png": picture + b"!", "gone.png": b""}
    icon = read(files, any=0xFFFE, low=160, high=480, gone=2000)
    assert icon is not None
    assert (icon.path, icon.size, icon.data) == ("high.png", len(picture) + 1, picture + b"!")


def test_large_icons_are_named_by_their_digest_only() -> None:
    icon = read({"a.webp": b"RIFF\0\0\0\0WEBP" + bytes(40_000)})
    assert icon is not None
    assert (icon.size, icon.data) == (40_012, b"")


def test_an_icon_beyond_the_bound_is_a_parse_error() -> None:
    with pytest.raises(ParseError) as raised:
        read({"a.png": bytes(5 << 20)})
    assert raised.value.limit


def test_an_icon_that_is_not_in_the_file_is_none() -> None:
    table = Table("org.example.app")
    resource = table.add("mipmap", "icon", "res/icon.png")
    nothing: dict[bytes, bytes] = {}
    assert read_icon(resource, Reader(table.write(), []), nothing.__getitem__, set()) is None
