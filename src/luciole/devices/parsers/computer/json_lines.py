"""Reads texts of one JSON document a line, as the collector of computers writes its lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from luciole.devices.parsers.rows import Account

BAD_JSON = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What decoding bytes that are no such document raises."""
Document = TypeVar("Document", bound=msgspec.Struct)


def json_lines(data: bytes, of: type[Document], account: Account) -> Iterator[tuple[int, bytes, Document]]:
    """Each line with its number, its bytes and what it holds; a line that is none is lost, and only that line."""
    decoder = msgspec.json.Decoder(of)
    account.anchor()
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            found = decoder.decode(line)
        except BAD_JSON:
            account.lose(number)
            continue
        yield number, line, found
