"""Reads acquisition.json and hashes.csv: how and when an acquisition was made, and what its files should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from luciole.devices.parsers.rows import Account, Line
from luciole.devices.parsers.times import iso
from luciole.kernel.errors import ParseError

_SHA256 = 64
_HEXADECIMAL = frozenset("0123456789abcdef")


class Acquisition(msgspec.Struct, gc=False):
    """The fields that are read; started and completed are UTC, RFC 3339."""

    uuid: str = ""
    androidqf_version: str = ""
    started: str = ""
    completed: str | None = ""
    sdcard: str = ""
    cpu: str = ""

    def details(self) -> dict[str, str]:
        """For the record: what made the acquisition and when."""
        found = {"uuid": self.uuid, "version": self.androidqf_version, "completed": self.completed or ""}
        return {key: value[:200] for key, value in found.items() if value}

    @property
    def taken(self) -> str:
        """ISO 8601 time when it was begun."""
        return iso(self.started)


_decoder = msgspec.json.Decoder(Acquisition)


def parse(data: bytes) -> Acquisition:
    """The content of acquisition.json. Raises ParseError where it is no object with these fields."""
    try:
        found = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not a record of an acquisition ({error})") from error
    if not found.uuid and not found.androidqf_version:
        raise ParseError("not a record of an acquisition (neither uuid nor version)")
    return found


def parse_hashes(lines: Iterable[Line], account: Account) -> Iterator[tuple[str, str]]:
    """Path and SHA-256 of each row `path,sha256`; a quoted path may hold commas."""
    for at, text in lines:
        path, comma, digest = text.strip().rpartition(",")
        digest = digest.strip('" ').lower()
        if comma and len(digest) == _SHA256 and _HEXADECIMAL.issuperset(digest):
            account.anchor()
            yield path.strip('"').replace('""', '"'), digest
        elif text.strip() and at > 1:
            account.lose(at)
