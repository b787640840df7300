"""Fuzz target: any bytes as the rights of a program in DER."""

import contextlib

from luciole.apps.macho.rights import read_rights
from luciole.kernel.errors import ParseError


def target(data: bytes) -> None:
    """Names are texts, whatever the values are."""
    with contextlib.suppress(ParseError):
        assert all(isinstance(name, str) for name in read_rights(data))
