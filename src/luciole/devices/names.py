"""Finds names of the indicators anywhere in a text: one pass over its dotted words and hexadecimal digests."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, Protocol

Kind = Literal["package", "host", "ipv4", "certificate", "digest", "ios-bundle"]
KINDS: tuple[Kind, ...] = ("package", "host", "certificate", "digest")

PIECE = 1 << 18
"""Bytes looked at in one go: the words of a piece stay in the processor's cache."""
_WORD_BYTES = (string.ascii_letters + string.digits + "_.-").encode()
_TO_SPACES = bytes(byte if byte in _WORD_BYTES else 32 for byte in range(256))
_NO_LETTERS = b"0123456789._-"
_DIGEST_LENGTHS = (32, 40, 64)
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]+")
_LONGEST = 255
_REMEMBERED = 400_000
_COUNTED = 32
"""Pieces of one section in which a name is counted; a text full of known names must not cost more than others."""
_LISTED = 2_000
"""Places of one text that are kept."""
_FILE_ENDINGS = (
    ".apk", ".dex", ".odex", ".vdex", ".jar", ".xml", ".db", ".txt", ".json", ".log", ".zip", ".obb", ".so", ".prof",
)  # fmt: skip
_APP_ENDINGS = (".apk", ".apks", ".xapk", ".apkm", ".obb")
_MOST_UNDERSCORES = 8
_PERCENT = (b"%2F", b"%2f", b"%3A", b"%3a", b"%3D", b"%3d", b"%26", b"%3F", b"%3f", b"%22", b"%20", b"%40")
_BACKSLASH = (
    b"\\n", b"\\r", b"\\t", b"\\u003d", b"\\u003D", b"\\u003c", b"\\u003e", b"\\u0026", b"\\u0027", b"\\u0022",
    b"\\u002f", b"\\u002F", b"\\u0000",
)  # fmt: skip
_TIME = re.compile(rb"(?:\d{4}-)?\d\d-\d\d[ T]\d\d:\d\d:\d\d")
_LONGEST_TIME = 48
_REVERSED = frozenset(
    {"com", "org", "net", "android", "androidx", "java", "javax", "kotlin", "kotlinx", "dalvik", "sun", "io"}
)
"""First labels of class and package names: such a word counts as a host only where an address holds it."""


class Watch(Protocol):
    """What the caller looks for. Hosts are handed over whole; matching their parents is the watch's business."""

    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        """Those of `values` that are known. Hosts and digests come in lower case."""
        ...


class NoWatch:
    """A watch that looks for nothing."""

    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:  # noqa: ARG002 - the interface
        """Nothing is known."""
        return set()


class Named(NamedTuple):
    """A known name and where a text first has it.

    times: how often in that section, at least; when: the time at the beginning of the last such line that was looked
    at, as printed, perhaps without a year; empty where the line begins with none.
    """

    kind: Kind
    value: str
    source: str
    section: str
    line: int
    times: int
    when: str = ""


def package_candidates(word: str) -> Iterator[str]:
    """The application ids that a dotted word may stand for: itself, or as a part of a file or folder name."""
    yield word
    shorter = word.partition("-")[0].rstrip(".")
    if shorter != word:
        yield shorter
    if shorter.endswith(_FILE_ENDINGS):
        shorter = shorter.rpartition(".")[0]
        yield shorter
    if shorter.endswith("_preferences"):
        yield shorter.removesuffix("_preferences")
    elif word.endswith(_APP_ENDINGS):
        yield from _before_underscores(word)


def _before_underscores(word: str) -> Iterator[str]:
    """`package_1.2.apk` or `package_config.en.apk`: every beginning before an underscore, for the first few."""
    at = word.find("_")
    for _ in range(_MOST_UNDERSCORES):
        if at < 0:
            return
        yield word[:at]
        at = word.find("_", at + 1)


def unescaped(piece: bytes) -> bytes:
    """The piece with escapes of JSON and of addresses made blank, so that words begin where they begin.

    The length stays the same, and so does every offset and line.
    """
    if b"%" in piece:
        for escape in _PERCENT:
            piece = piece.replace(escape, b"   ")
    if b"\\" in piece:
        for escape in _BACKSLASH:
            piece = piece.replace(escape, b" " * len(escape))
    return piece


class Names:
    """Collects known names over all texts of one piece of evidence; `found` in the order they were seen."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._idle = isinstance(watch, NoWatch)
        self._seen: set[bytes] = set()
        self._known: dict[bytes, tuple[tuple[Kind, str], ...]] = {}
        self._at: dict[tuple[Kind, str, str, str], tuple[int, int, str]] = {}
        self._pieces: dict[tuple[bytes, str, str], int] = {}
        self.bytes = 0
        self.full = False

    @property
    def found(self) -> list[Named]:
        """Every known name, once for each source and section."""
        return [Named(*key, *found) for key, found in self._at.items()]

    def scan(self, data: bytes, source: str, section: str = "", first: int = 1) -> None:
        """Looks through whole lines. source: name of the text; first: number of the first line of `data`."""
        if self._idle:
            return
        self.bytes += len(data)
        start = 0
        while start < len(data):
            stop = start + PIECE
            stop = len(data) if stop >= len(data) else data.find(b"\n", stop) + 1 or len(data)
            piece = data if (start, stop) == (0, len(data)) else data[start:stop]
            self._scan_piece(unescaped(piece), source, section, first)
            first += piece.count(b"\n") if stop < len(data) else 0
            start = stop

    def touches(self, data: bytes) -> bool:
        """Whether a text put together from decoded fields holds a known word; counts as looked through."""
        if self._idle:
            return False
        self.bytes += len(data)
        return bool(self._known_in(set(data.translate(_TO_SPACES).split())))

    def _scan_piece(self, piece: bytes, source: str, section: str, first: int) -> None:
        for word in self._known_in(set(piece.translate(_TO_SPACES).split())):
            self._locate(piece, word, source, section, first)

    def _known_in(self, words: set[bytes]) -> set[bytes]:
        """Known words among `words`; the watch is asked about each new word once."""
        new = words - self._seen
        dotted = [word for word in new if b"." in word and len(word) <= _LONGEST and _may_name(word)]
        digests = [word for word in new if len(word) in _DIGEST_LENGTHS and _HEXADECIMAL.fullmatch(word)]
        if len(self._seen) > _REMEMBERED:
            self._seen.clear()
        self._seen.update(dotted)
        self._ask_names(dotted)
        self._ask_digests(digests)
        return self._known.keys() & words

    def _ask_names(self, words: list[bytes]) -> None:
        if not words:
            return
        texts = [text.strip(".-") for text in b" ".join(words).decode("ascii").split(" ")]
        values = set(texts)
        values.update(candidate for text in texts if _is_compound(text) for candidate in package_candidates(text))
        packages = self._watch.known("package", values)
        hosts = self._watch.known("host", {text.lower() for text in texts})
        addresses = {text for text in texts if text.count(".") == 3 and text.replace(".", "").isdigit()}  # noqa: PLR2004 - IPv4
        if addresses:
            hosts |= self._watch.known("ipv4", addresses)
        if not packages and not hosts:
            return
        for word, text in zip(words, texts, strict=True):
            found: list[tuple[Kind, str]] = [("package", each) for each in package_candidates(text) if each in packages]
            found += [("host", text.lower())] if text.lower() in hosts else []
            if found:
                self._known[word] = tuple(dict.fromkeys(found))

    def _ask_digests(self, words: list[bytes]) -> None:
        if not words:
            return
        values = {word.decode("ascii").lower() for word in words}
        asked: tuple[Kind, ...] = ("digest", "certificate")
        known = {kind: self._watch.known(kind, values) for kind in asked}
        for word in words:
            text = word.decode("ascii").lower()
            found = tuple((kind, text) for kind in asked if text in known[kind])
            if found:
                self._known[word] = found

    def _locate(self, piece: bytes, word: bytes, source: str, section: str, first: int) -> None:
        pieces = self._pieces.get((word, source, section), 0)
        if pieces >= _COUNTED:
            return
        self._pieces[word, source, section] = pieces + 1
        count, at, plain, last = 0, -1, True, 0
        for position in _whole_words(piece, word):
            at = position if count == 0 else at
            count, last = count + 1, position
            plain = plain and piece[position - 2 : position] != b"//" and piece[position - 1 : position] != b"@"
        if not count:
            return
        line = first + piece.count(b"\n", 0, at)
        reversed_name = plain and word.partition(b".")[0].decode() in _REVERSED
        for kind, value in self._known[word]:
            if kind != "host" or not reversed_name:
                self.add(kind, value, source, section, line, count, _time_of_line(piece, last))

    def add(self, kind: Kind, value: str, source: str, section: str, line: int, count: int = 1, when: str = "") -> None:
        """Notes that a text has a known name; used by readers that decode a text themselves. when: as in Named."""
        key = (kind, value, source, section)
        before = self._at.get(key)
        if before is None and len(self._at) >= _LISTED:
            self.full = True
            return
        first, times, latest = before or (line, 0, "")
        self._at[key] = (first, times + count, max(latest, when))

    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        """Asks the watch directly."""
        return set() if self._idle else self._watch.known(kind, values)


def _may_name(word: bytes) -> bool:
    """Numbers with a point name nothing, except addresses of four numbers."""
    return bool(word.translate(None, _NO_LETTERS)) or word.count(b".") == 3  # noqa: PLR2004 - IPv4


def _time_of_line(piece: bytes, at: int) -> str:
    """The time with which the line begins that holds the byte `at`; empty for none."""
    start = piece.rfind(b"\n", 0, at) + 1
    found = _TIME.match(piece[start : start + _LONGEST_TIME].lstrip())
    return found[0].decode("ascii") if found else ""


def _is_compound(text: str) -> bool:
    """Whether a word may hold a package as a part: the name of a file or of a folder."""
    return "-" in text or text.endswith(_FILE_ENDINGS) or text.endswith("_preferences")


def _whole_words(piece: bytes, word: bytes) -> Iterator[int]:
    """Offsets of `word` in `piece` where it is not a part of a longer word."""
    at = piece.find(word)
    while at >= 0:
        stop = at + len(word)
        if (at == 0 or piece[at - 1] not in _WORD_BYTES) and (stop == len(piece) or piece[stop] not in _WORD_BYTES):
            yield at
        at = piece.find(word, stop)
