"""Fuzz target: any bytes as a package of Windows Installer, and as the strings of one."""

import contextlib

from luciole.apps.installers.msi import read_msi, stream_name
from luciole.apps.programs.gathered import Gathered
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.vocabulary import FACTS


def target(data: bytes) -> None:
    """Reads it; only a ParseError or NotThisKind may come out."""
    assert isinstance(stream_name(data[:64].decode("utf-16-le", "replace")), str)
    gathered = Gathered("package.msi")
    with contextlib.suppress(ParseError, NotThisKind):
        read_msi(data, gathered)
    assert {fact.name for fact in gathered.facts} <= set(FACTS)
