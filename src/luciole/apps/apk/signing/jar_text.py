"""Reads the texts of JAR signing, MANIFEST.MF and *.SF: sections of attributes, and the bytes each section takes."""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from luciole.kernel.errors import ParseError

ALGORITHMS = (("sha512", b"sha-512"), ("sha384", b"sha-384"), ("sha256", b"sha-256"), ("sha1", b"sha1"))
"""What Android 4.3 and later look for, strongest first; only the first found counts."""
MOST_LINES = 1_000_000
MOST_SECTIONS = 100_000
MOST_ATTRIBUTES = 1_000
"""Of one section; everything larger is no manifest that a tool wrote."""
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_USUAL = b"SHA-256-Digest: "
_USUAL_OLD = b"SHA1-Digest: "


class Sections(NamedTuple):
    """The sections after the first.

    by_name: name of an entry → the lines of its section, continuation lines joined; unnamed: a section has no name;
    duplicate: a name occurs twice.
    """

    by_name: dict[bytes, bytes]
    unnamed: bool
    duplicate: bool


class JarText:
    """One such file (JAR File Specification, section "JAR Manifest").

    raw: its bytes; main: attributes of the first
    section, names in lower case. The other sections are read when they are asked for. Raises ParseError, also later,
    when there are more lines, sections or attributes than a tool would write.
    """

    def __init__(self, raw: bytes) -> None:
        if raw.count(b"\n") + raw.count(b"\r") > 2 * MOST_LINES:
            raise ParseError("more lines than the limit", limit=True)
        self.raw = raw
        text = raw.lstrip(b"\r\n")
        end = len(text)
        for blank in (b"\n\r", b"\n\n", b"\r\r"):
            at = text.find(blank, 0, end)
            end = at if at >= 0 else end
        self.main = attributes(_unfold(text[:end]))

    @cached_property
    def sections(self) -> Sections:
        """The sections after the first."""
        by_name: dict[bytes, bytes] = {}
        count = 0
        unnamed = False
        text = _unfold(self.raw).lstrip(b"\n")
        if text.count(b"\n\n") > MOST_SECTIONS:
            raise ParseError("more sections than the limit", limit=True)
        for section in text.split(b"\n\n")[1:]:
            name, _, rest = section.partition(b"\n")
            if name.startswith(b"Name: "):
                by_name[name[6:]] = rest
                count += 1
            elif section:
                found, rest = _unusual(section)
                unnamed = unnamed or (found is None and bool(rest))
                if found is not None:
                    by_name[found] = rest
                    count += 1
        return Sections(by_name, unnamed, duplicate=count != len(by_name))

    def spans(self) -> Iterator[tuple[int, int]]:
        """Where each section begins and ends in `raw`, the main one first, with the blank line that ends it."""
        begin = -1
        for line in _LINE.finditer(self.raw):
            blank = self.raw[line.start() : line.start() + 1] in {b"\r", b"\n", b""}
            if not blank and begin < 0:
                begin = line.start()
            if blank and begin >= 0:
                yield begin, line.end()
                begin = -1

    def named_spans(self) -> dict[bytes, bytes]:
        """The original bytes of each section by entry name, for files whose digest as a whole does not verify."""
        named: dict[bytes, bytes] = {}
        for begin, end in islice(self.spans(), 1, None):
            section = self.raw[begin:end]
            name = attributes(_unfold(section)).get(b"name")
            if name is not None:
                named[name] = section
        return named


def _unfold(text: bytes) -> bytes:
    """Line ends as one character, continuation lines joined to the line they continue."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n ", b"")


def _unusual(section: bytes) -> tuple[bytes | None, bytes]:
    """Name and lines of a section that begins with blank lines or in which another attribute stands before the name."""
    section = section.strip(b"\n")
    return attributes(section).get(b"name"), section


def attributes(section: bytes) -> dict[bytes, bytes]:
    """The attributes of one section whose continuation lines are joined; names in lower case, the first one counts."""
    found: dict[bytes, bytes] = {}
    if section.count(b"\n") > MOST_ATTRIBUTES:
        raise ParseError("more attributes than the limit", limit=True)
    for line in section.split(b"\n"):
        name, colon, value = line.partition(b": ")
        if line:
            found.setdefault(name.lower(), value if colon else b"")
    return found


def digest_of(section: bytes) -> tuple[str, bytes] | None:
    """Algorithm (a hashlib name) and digest that Android takes from the lines of a section; None without any.

    Raises ParseError when the digest is not base64.
    """
    if b"\n" not in section:
        if section.startswith(_USUAL):
            return "sha256", decode(section[len(_USUAL) :])
        if section.startswith(_USUAL_OLD):
            return "sha1", decode(section[len(_USUAL_OLD) :])
    return strongest(attributes(section), b"-digest")


def strongest(found: dict[bytes, bytes], suffix: bytes) -> tuple[str, bytes] | None:
    """The strongest digest among attributes whose name ends in `suffix`. Raises ParseError when it is not base64."""
    for algorithm, prefix in ALGORITHMS:
        value = found.get(prefix + suffix)
        if value is not None:
            return algorithm, decode(value)
    return None


def decode(text: bytes) -> bytes:
    """The bytes of a base64 text. Raises ParseError."""
    try:
        return a2b_base64(text)
    except Base64Error as error:
        raise ParseError("a digest is not base64") from error
