"""Fuzz target: any bytes as the texts of a program."""

from luciole.apps.programs.texts import search, texts_of
from luciole.apps.programs.watched import APPLE, WINDOWS


def target(data: bytes) -> None:
    """Every find stands in the data where it is said to, in one of the two ways of writing."""
    for text in texts_of(data):
        for place in range(0, len(text.data), 61):
            assert 0 <= text.offset(place) <= len(data) + 8
    for watched in (WINDOWS, APPLE):
        found = search(data, watched)
        for one in found.finds:
            assert 0 <= one.offset < len(data)
            first = one.value[:1].encode()
            if one.name == "code.host" and one.value.isascii():
                assert data[one.offset : one.offset + 1].lower() in {first, b"[", b"/", b"@"} or one.offset
