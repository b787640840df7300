"""Fuzz target: any bytes as getprop.txt and settings_*.txt of an acquisition."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from luciole.devices.parsers import properties, settings
from luciole.devices.parsers.rows import Account, Row, plain_lines
from luciole.devices.parsers.sections import Line
from luciole.kernel.errors import ParseError
from luciole.kernel.vocabulary import FACTS

Parse = Callable[[Iterable[Line], Account], Iterator[Row]]
PARSERS: list[Parse] = [
    properties.parse,
    settings.parse,
    *(partial(settings.parse_file, namespace=each) for each in ("secure", "global", "system")),
]


def target(data: bytes) -> None:
    """Reads `data` as each; only names of the vocabulary come out."""
    text = data.decode("utf-8", "surrogateescape")
    for parse in PARSERS:
        with contextlib.suppress(ParseError):
            for row in parse(plain_lines(text), Account("2024-03-01T10:00:00")):
                assert row.name in FACTS
