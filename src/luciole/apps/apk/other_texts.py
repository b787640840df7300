"""Searches what is not code for addresses: string resources, text files such as bundles of scripts, native libraries.

Optional, because an app may carry many times its code in such files. Not searched: compiled XML below res/, files that
are neither text nor library, and files inside carried archives.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from luciole.apps.apk.addresses import find_addresses
from luciole.apps.apk.archive import Archive, Entry, show
from luciole.apps.apk.carried import is_library, loaded_names, peek_entry
from luciole.apps.apk.hermes import MAGIC as HERMES
from luciole.apps.apk.hermes import bundle_text
from luciole.apps.apk.libraries import abi_of, chosen_abi
from luciole.apps.apk.pool_text import PlacedText, narrowed, pool_text
from luciole.apps.apk.text_hosts import Form, hosts_in_text
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Fact, Place, Value
from luciole.kernel.limits import MIB
from luciole.kernel.outcome import Coverage, Reason, State

LARGEST_TEXT, TEXT_TOTAL = 8 * MIB, 32 * MIB
LARGEST_LIBRARY, LIBRARY_TOTAL = 16 * MIB, 64 * MIB
"""Bytes searched of one file, from its start, and of all files of that sort."""
MOST_FILES = 10_000
"""Files whose first bytes are looked at to tell whether they are text."""
MOST_PLACES = 100_000
"""Places of one app at which an address could stand: "://", and ends of names."""
MOST_FOUND = 20_000
"""Different addresses and hosts kept of one app."""
RESOURCES = b"resources.arsc"
_FIRST_BYTES = 512
_NAMED = 3
_DEFLATED = 8
_LOCAL = struct.Struct("<26xHH")
_LOCAL_SIZE = 30
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\x1b"))
_UTF16 = {b"\xff\xfe": "<u2", b"\xfe\xff": ">u2"}
_ASCII_ONLY = bytes(range(0x80)) + bytes(0x80)
_SIGNATURE_FILE = re.compile(rb"META-INF/[^/]*\.(?:MF|SF|RSA|DSA|EC)\Z", re.IGNORECASE)


class TextFind(NamedTuple):
    """One address or host. name: of its fact; where: asset, resource or native; member, offset: where it first stands
    (of the inflated entry)."""  # noqa: D209, D205 - a list of fields follows the sentence

    name: str
    value: str
    where: str
    member: str
    offset: int


class OtherTexts(NamedTuple):
    """What was found. searched: files searched; large: those that were not searched to their end; unread: those that
    could not be read, with the reason; complete: False when a bound over all files was reached."""  # noqa: D209, D205 - a list of fields follows the sentence

    finds: tuple[TextFind, ...]
    searched: int
    large: tuple[str, ...]
    unread: tuple[str, ...]
    complete: bool


def read_other_texts(archive: Archive) -> OtherTexts:
    """The addresses in the string resources, the text files and the native libraries (of one ABI) of an app file.

    Raises nothing for damaged or large entries: they are named in what comes back.
    """
    search = _Search(archive)
    search.resources()
    search.files()
    search.libraries()
    return search.result()


def text_facts(texts: OtherTexts, file: str = "") -> Iterator[Fact]:
    """The facts of what was found; file: name of the app file, for the places."""
    for find in texts.finds:
        attributes: dict[str, Value] = {"where": find.where}
        yield Fact(find.name, find.value, Place(file, find.member, find.offset or None), attributes)


def with_texts(coverage: Iterable[Coverage], texts: OtherTexts | None) -> tuple[Coverage, ...]:
    """The coverage of the code, told what was searched beside it; None: it was not asked for."""
    return tuple(_line(line, texts) if line.area == "code" else line for line in coverage)


def _line(line: Coverage, texts: OtherTexts | None) -> Coverage:
    if texts is None:
        return _add(line, "addresses were searched in the code only")
    if not (texts.large or texts.unread) and texts.complete:
        return line
    details = [_list("not searched to the end", texts.large), _list("not read", texts.unread)]
    details.append("" if texts.complete else "a bound on all files was reached")
    told = _add(line, "; ".join(filter(None, details)))
    if line.state is not State.EXAMINED:
        return told
    return msgspec.structs.replace(told, state=State.PARTIAL, reason=Reason.DAMAGED if texts.unread else Reason.LIMIT)


def _list(title: str, names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{title}: {', '.join(names[:_NAMED])}{more}" if names else ""


def _add(line: Coverage, text: str) -> Coverage:
    return msgspec.structs.replace(line, detail="; ".join(filter(None, (line.detail, text))))


class _Search:
    """Goes through one archive; counts bytes and places against the bounds."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._finds: dict[tuple[str, str, str], TextFind] = {}
        self._large: list[str] = []
        self._unread: list[str] = []
        self._searched = 0
        self._addresses = self._names = MOST_PLACES
        self._complete = True

    def result(self) -> OtherTexts:
        """Everything so far."""
        finds = tuple(self._finds.values())
        return OtherTexts(finds, self._searched, tuple(self._large), tuple(self._unread), self._complete)

    def resources(self) -> None:
        """The strings of the resource table."""
        entry = self._archive.entries.get(RESOURCES)
        data = self._content(entry, self._archive.limits.resources) if entry is not None else b""
        if not data:
            return
        try:
            text = pool_text(data, "resources.arsc")
        except ParseError as error:
            self._unread.append(str(error))
            return
        if text.cut:
            self._large.append("resources.arsc")
        self._search(text, "resource", "resources.arsc", Form.PLAIN)

    def files(self) -> None:
        """Every file that looks like text, wherever it lies, and the bundles of Hermes."""
        loaded = frozenset(loaded_names(self._archive.entries))
        room = TEXT_TOTAL
        for count, entry in enumerate(_worth_a_look(self._archive.entries.values(), loaded)):
            if count >= MOST_FILES:
                self._complete = False
                return
            start = bytes(peek_entry(self._archive.data, entry, _FIRST_BYTES))
            if not start:
                self._unread.append(f"{show(entry.name)}: its first bytes cannot be read")
            reader = _reader(start)
            if reader is not None:
                room -= self._file(entry, min(LARGEST_TEXT, room), reader)

    def _file(self, entry: Entry, most: int, reader: Callable[[bytes], PlacedText]) -> int:
        """Searches one text file and says how many bytes that took."""
        data = self._content(entry, most) if most > 0 else self._too_large(entry)
        if data:
            form = Form.ENDED if data.startswith(HERMES) else Form.PLAIN
            text = reader(data)
            self._complete &= not text.cut
            self._search(text, "asset", show(entry.name), form)
        return len(data)

    def libraries(self) -> None:
        """The native libraries of one ABI: the others are the same code for other processors."""
        present = [entry for entry in self._archive.entries.values() if is_library(entry.name)]
        abi = chosen_abi(present)
        room = LIBRARY_TOTAL
        for entry in [entry for entry in present if abi_of(entry.name) == abi]:
            most = min(LARGEST_LIBRARY, room)
            data = self._content(entry, most) if most > 0 else self._too_large(entry)
            room -= len(data)
            self._search(_plain(data.translate(_ASCII_ONLY)), "native", show(entry.name), Form.ENDED)

    def _too_large(self, entry: Entry) -> bytes:
        self._large.append(show(entry.name))
        return b""

    def _content(self, entry: Entry, most: int) -> bytes:
        """The content of an entry, or its first `most` bytes; empty when it cannot be read."""
        try:
            if max(entry.size, 0 if entry.method == _DEFLATED else entry.compressed) <= most:
                return self._archive.read_entry(entry, most)
            self._large.append(show(entry.name))
            return _first_bytes(self._archive, entry, most)
        except ParseError as error:
            self._unread.append(str(error) if error.file else f"{show(entry.name)}: {error.message}")
            return b""

    def _search(self, text: PlacedText, where: str, member: str, form: Form) -> None:
        self._searched += 1
        data = text.data
        marks = data.count(b"://")
        found = find_addresses(data, 0, len(data), min(marks, self._addresses))
        named = hosts_in_text(data, 0, len(data), form, self._names)
        self._addresses -= min(marks, self._addresses)
        self._names -= named.looked_at
        self._complete &= found.complete and named.complete
        self._keep("code.url", found.urls, text, where, member)
        self._keep("code.host", found.hosts | named.hosts, text, where, member)

    def _keep(self, name: str, values: Mapping[str, int], text: PlacedText, where: str, member: str) -> None:
        for value, place in values.items():
            if len(self._finds) >= MOST_FOUND:
                self._complete = False
                return
            self._finds.setdefault((name, value, where), TextFind(name, value, where, member, text.offset(place)))


def _worth_a_look(entries: Iterable[Entry], loaded: frozenset[bytes]) -> Iterator[Entry]:
    """The files that could be text: not code, compiled XML, libraries, or lists of digests."""
    for entry in entries:
        name = entry.name
        if not entry.size and not entry.compressed:
            continue
        if name in loaded or name in {RESOURCES, b"AndroidManifest.xml"} or is_library(name):
            continue
        if name.startswith(b"res/") and not name.startswith(b"res/raw"):
            continue
        if not _SIGNATURE_FILE.match(name):
            yield entry


def _reader(start: bytes) -> Callable[[bytes], PlacedText] | None:
    """How content with these first bytes becomes text; None when it is none."""
    if start.startswith(HERMES):
        return bundle_text
    if start[:2] in _UTF16:
        return _wide_text
    return _plain if start and start.translate(None, _CONTROLS) == start else None


def _plain(data: bytes) -> PlacedText:
    return PlacedText(data)


def _wide_text(data: bytes) -> PlacedText:
    """UTF-16 with its mark, one byte for each unit."""
    wide = np.frombuffer(data, np.dtype(_UTF16[data[:2]]), len(data) // 2)
    return PlacedText(narrowed(wide).tobytes(), 0, 2)


def _first_bytes(archive: Archive, entry: Entry, most: int) -> bytes:
    """The first `most` bytes of a large entry. Raises ParseError when they cannot be inflated."""
    data = archive.data
    member = show(entry.name)
    if not 0 <= entry.header <= len(data) - _LOCAL_SIZE:
        raise ParseError("the local header lies outside the file", file=member, offset=entry.header)
    start = entry.header + _LOCAL_SIZE + sum(_LOCAL.unpack_from(data, entry.header))
    if entry.method != _DEFLATED:
        return bytes(data[start : start + most])
    try:
        with memoryview(data) as view, view[start : start + min(entry.compressed, most + MIB)] as packed:
            return zlib.decompressobj(-15).decompress(packed, most)
    except zlib.error as error:
        raise ParseError(f"it cannot be inflated: {error}", file=member, offset=start) from error
