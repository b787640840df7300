"""Fuzz target: any bytes as the text of dumpsys or of a bug report, through every section parser."""

from __future__ import annotations

import itertools

from luciole.devices.dumpsys import SECTIONS
from luciole.devices.parsers.rows import Account
from luciole.devices.parsers.sections import WholeLines, cut, lines
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import Limits

_LIMITS = Limits(line=1 << 16)


def target(data: bytes) -> None:
    """Reads `data` by sections, and once more as each section; only ParseError may come out of a parser."""
    blocks = list(cut(WholeLines([data[at : at + 997] for at in range(0, len(data), 997)], _LIMITS)))
    for _, group in itertools.groupby(blocks, key=lambda block: block.number):
        held = list(group)
        known = SECTIONS.get(held[0].section)
        for section in [known] if known is not None else SECTIONS.values() if len(data) < 1 << 14 else []:
            account = Account("2024-03-01T10:00:00")
            try:
                for _ in section.parse(lines(held, account), account):
                    pass
            except ParseError:
                continue
