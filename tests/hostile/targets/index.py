"""Fuzz target: any bytes opened as an index give an answer or a ParseError, nothing else."""

from __future__ import annotations

import contextlib

from luciole.intel.index import KINDS, Index
from luciole.kernel.errors import ParseError

ASKED = ("org.example.spy", "a.b.spy.example", "spy.example", "ab" * 20, "11" * 32, "192.0.2.7", "Kids12", "")


def target(data: bytes) -> None:
    """Opens `data` and asks everything."""
    with contextlib.suppress(ParseError):
        index = Index.open(data)
        for kind in KINDS:
            with contextlib.suppress(ParseError):
                index.known(kind, list(ASKED))
            for value in ASKED:
                with contextlib.suppress(ParseError):
                    index.look_up(kind, value)
        with contextlib.suppress(ParseError):
            index.family("spy")
        index.verify()
