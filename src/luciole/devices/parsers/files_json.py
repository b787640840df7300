"""Reads files.json of an acquisition in one stream: a list of hundreds of thousands of files in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from luciole.devices.parsers.rows import Account, Row, is_package, number
from luciole.kernel.errors import ParseError

AREAS = ("device.files",)
_LONGEST_ENTRY = 4 << 20
_HEAD = re.compile(rb"\s*(\[?)(\s*)\{")
_ROOT_FILES = frozenset({
    "/system/bin/su", "/system/xbin/su", "/sbin/su", "/system/sbin/su", "/vendor/bin/su", "/system/app/Superuser.apk",
    "/data/adb/magisk", "/data/adb/magisk.db", "/data/adb/ksu", "/data/adb/ksud", "/data/adb/ap", "/data/adb/apd",
    "/system/xbin/busybox", "/sbin/.magisk", "/cache/.disable_magisk", "/data/local/tmp/frida-server",
    "/data/local/su", "/data/local/bin/su", "/data/local/xbin/su",
})  # fmt: skip


class FileEntry(msgspec.Struct, gc=False):
    """One file of the device; only the fields that are read."""

    path: str
    sha256: str = ""
    sha1: str = ""
    md5: str = ""
    error: str = ""
    modified_time: int | float | str | None = None


class Batch:
    """Neighbouring entries. first: the line where `raw` begins; raw: their text, for the lines of single entries."""

    __slots__ = ("_lines", "_separator", "entries", "first", "raw")

    def __init__(self, first: int, raw: bytes, separator: bytes, account: Account) -> None:
        self.first = first
        self.raw = raw
        self._separator = separator
        self._lines: list[int] = []
        self.entries: list[FileEntry] = self._decode(account)

    def line_of(self, index: int) -> int:
        """The line with the path of the entry with this index; where that cannot be told, the line of the first."""
        if not self._lines:
            self._lines = self._count()
        return self._lines[index] if len(self._lines) == len(self.entries) else self.first

    def _count(self) -> list[int]:
        """One pass for all entries, only where one of them is asked for."""
        step = self._separator.count(b"\n")
        line, lines = self.first, []
        for part in self.raw.split(self._separator):
            lines.append(line + _lines_before_path(part))
            line += part.count(b"\n") + step
        return lines

    def _decode(self, account: Account) -> list[FileEntry]:
        separator = self._separator
        text = self.raw if separator.startswith(b"},") else self.raw.replace(separator, b"},{")
        try:
            return _list.decode(b"[" + text + b"]")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found = list(_one_by_one(self.raw, self.first, separator, account))
            self._lines = [line for line, _ in found]
            return [entry for _, entry in found]


_list = msgspec.json.Decoder(list[FileEntry])
_one = msgspec.json.Decoder(FileEntry)


def batches(chunks: Iterable[bytes], account: Account) -> Iterator[Batch]:
    """The entries of a list (indented or compact) or of one object a line, chunk by chunk.

    The text is cut where one object ends and the next begins; an object that does not decode is lost alone. Raises
    ParseError where the text does not begin like either shape, or where no object ends for 4 MiB.
    """
    stream = iter(chunks)
    buffer = b""
    for chunk in stream:
        buffer += chunk
        if b"{" in buffer or len(buffer) > _LONGEST_ENTRY:
            break
    head = _HEAD.match(buffer)
    if head is None:
        if buffer.strip() in {b"[]", b"null"}:
            account.anchor()
            return
        raise ParseError("neither a list of files nor one file a line", offset=0)
    account.anchor()
    separator = b"}," + head[2] + b"{" if head[1] else b"}\n{"
    start = head.end() - 1
    yield from _cut(buffer[start:], 1 + buffer.count(b"\n", 0, start), stream, separator, account)


def _cut(buffer: bytes, line: int, stream: Iterator[bytes], separator: bytes, account: Account) -> Iterator[Batch]:
    searched = 0
    while True:
        at = buffer.rfind(separator, searched)
        if at >= 0:
            yield Batch(line, buffer[: at + 1], separator, account)
            stop = at + len(separator) - 1
            line += buffer.count(b"\n", 0, stop)
            buffer = buffer[stop:]
        elif len(buffer) > _LONGEST_ENTRY:
            raise ParseError("no entry ends for 4 MiB", limit=True)
        searched = max(0, len(buffer) - len(separator))
        chunk = next(stream, None)
        if chunk is None:
            break
        buffer += chunk
    whole = buffer.rstrip()
    if whole.endswith(b"]"):
        whole = whole[:-1].rstrip()
    elif separator.startswith(b"},"):
        account.note("the list of files is cut off")
    yield Batch(line, whole, separator, account)


def _lines_before_path(entry: bytes) -> int:
    return entry.count(b"\n", 0, max(0, entry.find(b'"path"')))


def _one_by_one(raw: bytes, line: int, separator: bytes, account: Account) -> Iterator[tuple[int, FileEntry]]:
    """Each object alone, so that only the broken ones are lost."""
    at = 0
    while at < len(raw):
        stop = raw.find(separator, at)
        stop = len(raw) if stop < 0 else stop + 1
        try:
            yield line + _lines_before_path(raw[at:stop]), _one.decode(raw[at:stop])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            account.lose(line)
        following = stop + len(separator) - 2
        line += raw.count(b"\n", at, following)
        at = following


def rows(batch: Batch, seen: dict[tuple[str, int | None], float]) -> Iterator[Row]:
    """Apps that paths name (once each), traces of root access, added certificates.

    seen: kept between batches: app and user → when the newest of its files was last changed, in Unix seconds.
    """
    for index, entry in enumerate(batch.entries):
        path = entry.path
        if "/Android/" in path or path.startswith("/data/"):
            found = app_of(path)
            if found is not None and _newest(seen, found, entry.modified_time):
                yield Row("app.named", path, batch.line_of(index), found[0], found[1])
        if path in _ROOT_FILES:
            yield Row("root.trace", path, batch.line_of(index), attributes={"kind": "file"})
        elif "/cacerts-added/" in path:
            yield Row("user_certificate", path.rpartition("/")[2], batch.line_of(index))


def _newest(seen: dict[tuple[str, int | None], float], found: tuple[str, int | None], time: float | str | None) -> bool:
    """Keeps the newest time of an app's files; returns whether this is the first of them."""
    modified = time if isinstance(time, int | float) else 0
    before = seen.get(found)
    if before is None or modified > before:
        seen[found] = modified
    return before is None


def app_of(path: str) -> tuple[str, int | None] | None:
    """The app that a path belongs to, and its user where the path says so; None for other paths."""
    parts = path.split("/", 9)[1:]
    if len(parts) >= 3 and parts[:2] == ["data", "app"]:  # noqa: PLR2004 - /data/app/PACKAGE-x
        folder = parts[3] if parts[2].startswith("~~") and len(parts) > 3 else parts[2]  # noqa: PLR2004 - the number is the format's
        return _package(folder.partition("-")[0], None)
    if len(parts) >= 3 and parts[:2] == ["data", "data"]:  # noqa: PLR2004 - /data/data/PACKAGE
        return _package(parts[2], 0)
    if len(parts) >= 4 and parts[0] == "data" and parts[1] in {"user", "user_de"}:  # noqa: PLR2004 - /data/user/0/PACKAGE
        return _package(parts[3], number(parts[2]))
    if "Android" in parts[:-2]:
        at = parts.index("Android")
        if parts[at + 1] in {"data", "media", "obb"}:
            user = number(parts[at - 1]) if at > 0 and parts[at - 1].isdigit() else 0
            return _package(parts[at + 2], user)
    return None


def _package(name: str, user: int | None) -> tuple[str, int | None] | None:
    return (name, user) if is_package(name) else None
