"""What the parsers of computers hand on: rows about the computer, rows about programs, and lists of programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from luciole.devices.parsers.rows import Account, Row
from luciole.kernel.facts import Value

By = Literal["command", "path", "id"]
LONGEST = 4_096
"""Characters of a command or path that are kept."""


class Of(NamedTuple):
    """A row about a program. program: a command line, a path, or the program's own id, as `by` says."""

    program: str
    by: By
    row: Row


class Listed(NamedTuple):
    """A program that a list of installed programs names.

    key: its id in that list; folders: where its files lie; by_package: paths that its package is said to own; when:
    ISO 8601 day or time of installation; hidden: the list does not show it to people.
    """

    key: str
    label: str = ""
    version: str = ""
    publisher: str = ""
    folders: tuple[str, ...] = ()
    line: int = 0
    hidden: bool = False
    when: str = ""
    rows: tuple[Row, ...] = ()


Record = Row | Of | Listed
Parse = Callable[[bytes, Account], Iterator[Record]]
"""A parser: the bytes of one artefact in, records out; raises ParseError alone."""


def start(  # noqa: PLR0913 - one for each attribute of such facts
    fact: str, kind: str, place: str, command: str, *, line: int = 0, scope: str = "system", enabled: bool = True,
    hidden: bool = False, trigger: str = "", by: By = "command", program: str = "",
) -> Of:  # fmt: skip
    """A place that starts a program. fact: an `autostart.…` of the vocabulary; the rest as its attributes."""
    said: dict[str, Value] = {
        "kind": kind,
        "command": command[:LONGEST],
        "scope": scope,
        "enabled": enabled,
        "hidden": hidden,
        **({"trigger": trigger} if trigger else {}),
    }
    return Of((program or command)[:LONGEST], by, Row(fact, place[:LONGEST], line, attributes=said))


def text_of(data: bytes) -> str:
    """The text of a file that may be UTF-8 or UTF-16 with its mark."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def without_access(address: str) -> str:
    """An address without the name and the password that may stand before its server (RFC 3986, 3.2.1)."""
    before, mark, rest = address.rpartition("://") if address.count("://") == 1 else ("", "", address)
    server, slash, path = rest.partition("/")
    return before + mark + server.rpartition("@")[2] + slash + path
