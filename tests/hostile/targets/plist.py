"""Fuzz target: any bytes as a property list, and as a keyed archive inside one."""

import contextlib

from luciole.apps import plist
from luciole.kernel.errors import ParseError


def target(data: bytes) -> None:
    """Reads `data`, unwraps it, and walks through every text."""
    with contextlib.suppress(ParseError):
        value = plist.unwrap(plist.load(data))
        for text in plist.texts(value):
            assert isinstance(text, str)
