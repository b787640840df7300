"""Fuzz target: any bytes as an ELF library."""

from luciole.apps.apk.native import exported_functions
from luciole.kernel.errors import ParseError


def target(data: bytes) -> None:
    """Reads the exported names; only a ParseError may come out, and it ends here."""
    try:
        names = exported_functions(data, "lib/x86/liba.so")
    except ParseError:
        return
    assert list(names) == sorted(set(names))
