"""The result document as JSON, and back, and its published schema."""

from __future__ import annotations

import msgspec

from luciole.assess.comparison import Comparison
from luciole.assess.document import FORMAT, Result
from luciole.assess.timeline import Timeline
from luciole.kernel.canon import readable_json
from luciole.kernel.errors import ParseError

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"

DOCUMENTS: dict[str, type[msgspec.Struct]] = {"result": Result, "comparison": Comparison, "timeline": Timeline}
"""The documents that are printed with --json, by name."""


def render(result: Result) -> bytes:
    """Sorted keys, two spaces, UTF-8, a final newline: the same result is the same bytes."""
    return readable_json(result)


def read(data: bytes) -> Result:
    """A saved result. Raises ParseError when it is none, or of a newer format."""
    try:
        result = msgspec.json.decode(data, type=Result)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"this is not a saved result: {error}") from None
    if result.format > FORMAT:
        raise ParseError(f"this result was saved by a newer Luciole (format {result.format})")
    return result


def schema(of: str = "result") -> dict[str, object]:
    """The JSON Schema of a saved result, or of another document of `DOCUMENTS`."""
    document = DOCUMENTS[of]
    return {"$schema": SCHEMA_DIALECT, "title": f"Luciole {of}", **msgspec.json.schema(document)}
