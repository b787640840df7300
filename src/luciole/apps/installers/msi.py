"""Reads a package of Windows Installer: what it says of itself, and what it puts in place.

Sources: [MS-CFB] for the container (read by olefile); the tables as msitools and Wine document them: strings in one
pool, each table a stream of columns. Programs that the package carries openly or in cabinets are read.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from luciole.apps.apk.end_record import Buffer
from luciole.apps.apk.plain_name import plain_name
from luciole.apps.apk.signing.pkcs7 import read_block
from luciole.apps.installers.inside import add_file, admit, lost, path_of
from luciole.apps.programs.gathered import Gathered
from luciole.apps.programs.plain_texts import add_texts_of
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.facts import Place, Value
from luciole.kernel.limits import MIB

if TYPE_CHECKING:
    import olefile  # type: ignore[import-untyped]

LARGEST_TABLE = 16 * MIB
MOST_STREAMS = 10_000
MOST_ROWS = 20_000
MOST_STRINGS = 1_000_000
MOST_CERTIFICATES = 64
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_TABLE = "\u4840"
_SIGNATURE = "\x05DigitalSignature"
_STRING_TYPE, _BINARY_TYPE, _NULLABLE = 0x0800, 0x0900, 0x1000
_LONG_REFERENCES = 0x80000000
_AUTOSTART = "software\\microsoft\\windows\\currentversion\\run"
_PAIR = struct.Struct("<HH")

Row = dict[str, str | int]
_Result = TypeVar("_Result")


class _Column(NamedTuple):
    name: str
    kind: int


class Database:
    """The tables of a package. streams: every stream by its true name → its name in the container."""

    def __init__(self, container: olefile.OleFileIO) -> None:
        self._container = container
        self.streams: dict[str, str] = {}
        for path in container.listdir()[:MOST_STREAMS]:
            if len(path) == 1:
                self.streams.setdefault(stream_name(path[0]), path[0])
        if "!_StringPool" not in self.streams:
            raise NotThisKind("this compound file is no package of Windows Installer")
        self._strings, self._width = _strings(self.stream("!_StringPool"), self.stream("!_StringData"))
        self._columns = self._read_columns()

    @property
    def texts(self) -> Iterator[str]:
        """Every text that stands in a table."""
        return iter(self._strings)

    def stream(self, name: str, most: int = LARGEST_TABLE) -> bytes:
        """The content of one stream. Raises ParseError when it is not there, too large or damaged."""
        path = self.streams.get(name)
        if path is None:
            raise ParseError("the package lacks this table", file=name)
        return _safely(lambda: self._content(path, name, most), name)

    def _content(self, path: str, name: str, most: int) -> bytes:
        size = int(self._container.get_size(path))
        if size > most:
            raise ParseError(f"{size} bytes, the limit is {most}", file=name, limit=True)
        data: bytes = self._container.openstream(path).read()
        if len(data) != size:
            raise ParseError("the file ends before this stream does", file=name)
        return data

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of one table; none where the package has no such table. Raises ParseError."""
        columns = self._columns.get(table, [])
        if not columns or f"!{table}" not in self.streams:
            return
        data = self.stream(f"!{table}")
        widths = [self._bytes(one) for one in columns]
        count = len(data) // max(1, sum(widths))
        if count > MOST_ROWS:
            raise ParseError("more rows than the limit", file=table, limit=True)
        starts = [count * sum(widths[:place]) for place in range(len(widths))]
        for row in range(count):
            yield {
                one.name: self._value(one, data[start + row * width : start + (row + 1) * width])
                for one, start, width in zip(columns, starts, widths, strict=True)
            }

    def _read_columns(self) -> dict[str, list[_Column]]:
        data = self.stream("!_Columns")
        width = 2 * self._width + 4
        count = len(data) // width
        found: dict[str, list[_Column]] = {}
        names, kinds = count * (self._width + 2), count * (2 * self._width + 2)
        for row in range(min(count, MOST_ROWS)):
            table = self._string(data[row * self._width : (row + 1) * self._width])
            name = self._string(data[names + row * self._width : names + (row + 1) * self._width])
            kind = int.from_bytes(data[kinds + 2 * row : kinds + 2 * row + 2], "little") ^ 0x8000
            found.setdefault(table, []).append(_Column(name, kind))
        return found

    def _bytes(self, column: _Column) -> int:
        if column.kind & ~_NULLABLE & 0xFFFF == _BINARY_TYPE:
            return 2
        if column.kind & _STRING_TYPE:
            return self._width
        return 4 if column.kind & 0xFF == 4 else 2  # noqa: PLR2004 - numbers of two and four bytes

    def _value(self, column: _Column, data: bytes) -> str | int:
        return self._string(data) if column.kind & _STRING_TYPE else int.from_bytes(data, "little")

    def _string(self, reference: bytes) -> str:
        place = int.from_bytes(reference, "little")
        return self._strings[place] if place < len(self._strings) else ""


def stream_name(encoded: str) -> str:
    """The true name of a stream: two characters in each of U+3800-U+47FF, one in U+4800-U+483F, "!" before tables."""
    name = []
    for character in encoded:
        code = ord(character)
        if 0x3800 <= code < 0x4800:  # noqa: PLR2004 - the range of pairs
            name += [_ALPHABET[(code - 0x3800) & 0x3F], _ALPHABET[(code - 0x3800) >> 6]]
        elif 0x4800 <= code < 0x4840:  # noqa: PLR2004 - the range of single characters
            name.append(_ALPHABET[code - 0x4800])
        else:
            name.append("!" if character == _TABLE else character)
    return "".join(name)


def _strings(pool: bytes, data: bytes) -> tuple[list[str], int]:
    """All strings by their number, and how many bytes a reference to one takes."""
    if len(pool) < 4:  # noqa: PLR2004 - the header
        raise ParseError("the strings of the package are damaged", file="_StringPool")
    page, flags = _PAIR.unpack_from(pool, 0)
    width = 3 if flags & (_LONG_REFERENCES >> 16) else 2
    encoding = "utf-8" if page in {0, 65001} else f"cp{page}"
    found, start, at = [""], 0, 4
    while at + 4 <= len(pool):
        if len(found) > MOST_STRINGS:
            raise ParseError("more strings than the limit", file="_StringPool", limit=True)
        length, used = _PAIR.unpack_from(pool, at)
        at += 4
        if length == 0 and used and at + 4 <= len(pool):
            length = int.from_bytes(pool[at : at + 4], "little")
            at += 4
        if start + length > len(data):
            raise ParseError("the strings of the package end early", file="_StringData", offset=start)
        found.append(_decoded(data[start : start + length], encoding))
        start += length
    return found, width


def _decoded(text: bytes, encoding: str) -> str:
    try:
        return text.decode(encoding, "replace")
    except LookupError:
        return text.decode("latin-1")


def _safely(work: Callable[[], _Result], name: str) -> _Result:
    try:
        return work()
    except (ParseError, NotThisKind):
        raise
    except MemoryError:
        raise ParseError("the package claims more than fits", file=name, limit=True) from None
    except Exception as error:  # olefile lets out whatever reading numbers from bytes raises
        raise ParseError(f"the package is damaged ({type(error).__name__})", file=name) from error


def read_msi(data: Buffer, gathered: Gathered, member: str = "") -> None:
    """Adds everything about one package; member: its path inside what was handed in, whose identity it does not give.

    Raises ParseError when it cannot be opened, NotThisKind when it is none.
    """
    import olefile  # noqa: PLC0415 - only packages need it

    database = _safely(lambda: Database(olefile.OleFileIO(io.BytesIO(bytes(data)))), "")
    gathered.add("program.made_with", "msi", member=member)
    gathered.examined("archive", len(database.streams))
    gathered.examined("manifest")
    gathered.examined("resources")
    add_texts_of(gathered, database.texts, path_of(member, "_StringPool"))
    for read in (*(() if member else (_properties,)), _files, _services, _registry, _actions):
        try:
            read(database, gathered)
        except ParseError as error:
            gathered.lost_to("manifest", error)
    _signature(database, gathered)
    _carried(database, gathered, member)


def _properties(database: Database, gathered: Gathered) -> None:
    if "!Property" not in database.streams:
        raise ParseError("the package has no list of its properties", file="Property")
    for row in database.rows("Property"):
        key, value = str(row.get("Property", "")), str(row.get("Value", ""))
        if key == "ProductName":
            gathered.add("app.package", value, member="Property")
            gathered.add(
                "app.label", value, {"locale": "", "of": "application", "plain": plain_name(value)}, member="Property"
            )
        elif key == "ProductVersion":
            gathered.add("app.version_name", value, member="Property")
        elif key == "Manufacturer":
            gathered.add("program.property", value, {"key": "company"}, member="Property")
        elif key == "ARPSYSTEMCOMPONENT" and value == "1":
            gathered.add("program.installs", key, {"kind": "hidden"}, member="Property")


def _files(database: Database, gathered: Gathered) -> None:
    for row in database.rows("File"):
        name = str(row.get("FileName", "")).rpartition("|")[2]
        gathered.add("program.installs", name, {"kind": "file"}, member="File")


def _services(database: Database, gathered: Gathered) -> None:
    for row in database.rows("ServiceInstall"):
        held: dict[str, Value] = {"kind": "service", "detail": str(row.get("DisplayName", ""))}
        gathered.add("program.installs", str(row.get("Name", "")), held, member="ServiceInstall")


def _registry(database: Database, gathered: Gathered) -> None:
    for row in database.rows("Registry"):
        key = str(row.get("Key", ""))
        if key.lower().startswith(_AUTOSTART):
            held: dict[str, Value] = {"kind": "autostart", "detail": str(row.get("Value", ""))}
            gathered.add("program.installs", f"{key}\\{row.get('Name', '')}", held, member="Registry")


def _actions(database: Database, gathered: Gathered) -> None:
    for row in database.rows("CustomAction"):
        held: dict[str, Value] = {"kind": "action", "detail": str(row.get("Target", ""))}
        gathered.add("program.installs", str(row.get("Action", "")), held, member="CustomAction")


def _signature(database: Database, gathered: Gathered) -> None:
    """Names the certificates. Whether the package is what was signed is not compared."""
    gathered.examined("signing")
    place = Place(gathered.file, "DigitalSignature", None, None, "signatures")
    held: dict[str, Value] = {"state": "absent", "error": "", "signers": 0}
    if _SIGNATURE in database.streams:
        from luciole.apps.pe.read import add_certificates  # noqa: PLC0415 - only signed packages need it

        held["state"] = "not-compared"
        try:
            block = read_block(database.stream(_SIGNATURE), MOST_CERTIFICATES)
            add_certificates(gathered, (), block.certificates, place, "authenticode")
        except ParseError as error:
            held |= {"state": "failed", "error": error.message}
            gathered.lost_to("signing", error)
    gathered.add("signature.scheme", "authenticode", held, section="signatures")


def _carried(database: Database, gathered: Gathered, member: str) -> None:
    """Programs that lie openly in the package are read, cabinets are opened."""
    gathered.examined("native")
    gathered.examined("code", 0)
    for name in sorted(database.streams):
        if name.startswith(("!", "\x05")):
            continue
        path = path_of(member, name)
        try:
            content = database.stream(name, admit(gathered, 0, path))
        except ParseError as error:
            lost(gathered, error, path)
            continue
        add_file(content, path, gathered)
