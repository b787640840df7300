"""The rows of a CSV table with known headings."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from luciole.kernel.errors import ParseError

MAX_ROWS = 5_000_000


def rows(data: bytes, file: str, columns: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row below the expected headings; blank rows are passed over (RFC 4180)."""
    try:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        if next(reader, None) != columns:
            raise ParseError(f"line 1: the headings are not {', '.join(columns)}", file=file)
        for row in reader:
            if reader.line_num > MAX_ROWS:
                raise ParseError(f"line {reader.line_num}: more rows than a list may have", file=file, limit=True)
            if row:
                yield reader.line_num, row
    except csv.Error:
        raise ParseError(f"line {reader.line_num}: not a table", file=file) from None
    except UnicodeDecodeError as error:
        raise ParseError("not UTF-8", file=file, offset=error.start) from None
