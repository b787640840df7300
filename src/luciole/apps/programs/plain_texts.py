"""Searches what lies beside programs for addresses: lists, settings, scripts, and the tables of installers."""

from __future__ import annotations

from collections.abc import Iterable

from luciole.apps import plist
from luciole.apps.apk.addresses import find_addresses
from luciole.apps.apk.text_hosts import Form, hosts_in_text
from luciole.apps.programs.gathered import Gathered
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import MIB
from luciole.kernel.outcome import Reason

LARGEST_TEXT = 8 * MIB
"""Bytes searched of one text, from its start."""
TEXT_ENDINGS = (
    ".plist", ".strings", ".json", ".js", ".jsbundle", ".html", ".xml", ".txt", ".conf", ".cfg", ".ini", ".yml",
    ".yaml", ".sh", ".py", ".properties",
)  # fmt: skip
"""Ends of the names of files in which settings and scripts lie."""
MOST_MARKS = 50_000
MOST_FOUND = 10_000
_FIRST_BYTES = 512
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\x1b"))
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_LISTS = (b"bplist", b"<?xml", b"<!DOCTYPE plist", b"<plist")
_OF_LISTS = ("http://www.apple.com/DTDs/", "www.apple.com")
"""Named by every property list that is written as text."""


def add_text_file(gathered: Gathered, content: bytes, member: str) -> bool:
    """Adds the addresses of a file that is text or a property list. False for anything else. Raises ParseError."""
    if content.startswith(_LISTS):
        try:
            add_texts_of(gathered, plist.texts(plist.load(content)), member)
        except ParseError:
            # a list of another kind is searched as the text that it is
            if content.startswith(b"bplist"):
                raise
        else:
            return True
    encoding = _MARKS.get(content[:2], "")
    start = content[:_FIRST_BYTES]
    if not encoding and (not start or start.translate(None, _CONTROLS) != start):
        return False
    text = content[:LARGEST_TEXT]
    if encoding:
        text = text.decode(encoding, "replace").encode("utf-8", "replace")
    if _allowed(gathered, len(content), member):
        _add(gathered, text, member, "asset", placed=not encoding)
    return True


def add_texts_of(gathered: Gathered, texts: Iterable[str], member: str) -> None:
    """Adds the addresses of texts that stand in a list or table at `member`."""
    add_text(gathered, "\n".join(each.replace("\n", " ") for each in texts).encode("utf-8", "replace"), member)


def add_text(gathered: Gathered, text: bytes, member: str) -> None:
    """Adds the addresses of a text that was put together from what stands at `member`."""
    if _allowed(gathered, len(text), member):
        _add(gathered, text[:LARGEST_TEXT], member, "resource", placed=False)


def _allowed(gathered: Gathered, size: int, member: str) -> bool:
    """Counts a text against what may be searched; says where one is not searched to its end."""
    searched = min(size, LARGEST_TEXT)
    room = gathered.allowance.texts >= searched
    if room:
        gathered.allowance.texts -= searched
    if not room or size > searched:
        gathered.lost("code", Reason.LIMIT, f"{member or gathered.file}: not searched to the end")
    return room


def _add(gathered: Gathered, text: bytes, member: str, where: str, *, placed: bool) -> None:
    found = find_addresses(text, 0, len(text), MOST_MARKS)
    named = hosts_in_text(text, 0, len(text), Form.PLAIN, MOST_MARKS)
    count = 0
    for name, values in (("code.url", found.urls), ("code.host", {**found.hosts, **named.hosts})):
        for value, place in values.items():
            count += 1
            if count <= MOST_FOUND and not value.startswith(_OF_LISTS):
                gathered.add(name, value, {"where": where}, member=member, offset=place if placed else None)
    if not (found.complete and named.complete and count <= MOST_FOUND):
        gathered.lost("code", Reason.LIMIT, f"{member or gathered.file}: not searched to the end")
