"""Writes ZIP archives field by field, so that a test can make each of them lie."""

import struct
import zlib
from dataclasses import dataclass, field


@dataclass
class Member:
    """One entry. raw: what is stored instead of the compressed content; local, central: header fields to replace."""

    name: bytes
    content: bytes = b""
    method: int = 8
    raw: bytes | None = None
    local: dict[str, int | bytes] = field(default_factory=dict)
    central: dict[str, int | bytes] = field(default_factory=dict)
    gap: bytes = b""

    def data(self) -> bytes:
        if self.raw is not None:
            return self.raw
        if self.method != 8:
            return self.content
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        return deflate.compress(self.content) + deflate.flush()

    def fields(self, overrides: dict[str, int | bytes]) -> dict:
        values = {
            "signature": b"PK\3\4", "flags": 0, "method": self.method, "crc": zlib.crc32(self.content),
            "compressed": len(self.data()), "size": len(self.content), "name": self.name, "extra": b"",
        }  # fmt: skip
        return {**values, **overrides}

    def local_header(self) -> bytes:
        one = self.fields(self.local)
        return one["signature"] + struct.pack(
            "<HHHIIIIHH", 20, one["flags"], one["method"], 0x21, one["crc"], one["compressed"], one["size"],
            len(one["name"]), len(one["extra"]),
        ) + one["name"] + one["extra"]  # fmt: skip

    def record(self, offset: int) -> bytes:
        one = self.fields({"signature": b"PK\1\2", "offset": offset, **self.central})
        return one["signature"] + struct.pack(
            "<HHHHIIIIHHHHHII", 20, 20, one["flags"], one["method"], 0x21, one["crc"], one["compressed"], one["size"],
            len(one["name"]), len(one["extra"]), 0, 0, 0, 0, one["offset"],
        ) + one["name"] + one["extra"]  # fmt: skip


def end_record(count: int, size: int, start: int, comment: bytes = b"", declared: int | None = None) -> bytes:
    length = len(comment) if declared is None else declared
    return b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, size, start, length) + comment


def make_zip(  # noqa: PLR0913 - each of these may lie
    members: list[Member],
    *,
    before: bytes = b"",
    shifted: bool = True,
    count: int | None = None,
    comment: bytes = b"",
    declared: int | None = None,
    behind: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """The archive.

    shifted: offsets count the bytes before; count: of entries; declared: length of the comment; behind: between
    directory and end record; after: at the end.
    """
    body, directory = bytearray(), bytearray()
    base = len(before) if shifted else 0
    for member in members:
        directory += member.record(base + len(body))
        body += member.local_header() + member.data() + member.gap
    number = len(members) if count is None else count
    end = end_record(number, len(directory), base + len(body), comment, declared)
    return bytes(before + body + directory + behind + end + after)
