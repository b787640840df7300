"""Scheduled tasks of Windows in XML → what they start, when, and whether Windows hides them in its list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.parsers import expat

from luciole.devices.parsers.computer.records import Of, Record, start, text_of
from luciole.devices.parsers.rows import LOOK, Account, Row
from luciole.kernel.errors import ParseError

_DEEPEST = 40
_MOST_TEXT = 8_192
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def looks_like(head: bytes) -> bool:
    """Whether bytes begin as a task does."""
    return "<Task " in text_of(head[:2048])[:1024]


def parse(data: bytes, account: Account) -> Iterator[Record]:
    """The tasks of one file: one as Windows stores it, or many as schtasks prints them, each below its name.

    Format: Task Scheduler schema (MS-TSCH 2.5).
    """
    text = text_of(data)
    yield Row(LOOK, text, 1)
    at, line = 0, 1
    while (begin := text.find("<Task ", at)) >= 0:
        stop = text.find("</Task>", begin)
        line += text.count("\n", at, begin)
        if stop < 0:
            account.lose(line)
            return
        stop += len("</Task>")
        yield from _task(text[begin:stop], _comment(text, at, begin), line, account)
        line += text.count("\n", begin, stop)
        at = stop


def listing(data: bytes, account: Account) -> Iterator[Record]:
    """What schtasks prints; nothing where there is no task."""
    if not text_of(data).strip():
        account.anchor()
    yield from parse(data, account)


def _comment(text: str, start_at: int, stop: int) -> str:
    """The name that schtasks writes as a comment before a task."""
    begin = text.rfind("<!--", start_at, stop)
    end = text.find("-->", begin, stop) if begin >= 0 else -1
    return text[begin + 4 : end].strip() if end >= 0 else ""


def _task(xml: str, name: str, line: int, account: Account) -> Iterator[Of]:
    try:
        found = _Task(xml)
    except (expat.ExpatError, ParseError):
        account.lose(line)
        return
    account.anchor()
    place = found.text.get("URI", [name])[0] or name
    hidden = found.text.get("Hidden", ["false"])[0].strip().lower() == "true"
    enabled = found.settings_enabled
    trigger = ", ".join(sorted(found.triggers)[:6])
    for command, arguments in found.commands:
        line_of = (
            f'"{command.strip()}" {arguments}'.strip()
            if " " in command.strip()
            else f"{command.strip()} {arguments}".strip()
        )
        yield start(
            "autostart.task",
            "task",
            place or "(no name)",
            line_of,
            line=line,
            enabled=enabled,
            hidden=hidden,
            trigger=trigger,
            scope="system",
        )


class _Task:
    """What one task holds. commands: program and arguments of each action; triggers: names of the elements."""

    def __init__(self, xml: str) -> None:
        self.text: dict[str, list[str]] = {}
        self.triggers: set[str] = set()
        self.commands: list[tuple[str, str]] = []
        self.settings_enabled = True
        self._path: list[str] = []
        self._content: list[str] = []
        self._size = 0
        parser = expat.ParserCreate()
        parser.EntityDeclHandler = _refused
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(_DECLARATION.sub("", xml, count=1), True)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - expat's interface
        self._path.append(name)
        if len(self._path) > _DEEPEST:
            raise ParseError("nested more deeply than allowed", limit=True)
        if len(self._path) > 1 and self._path[-2] == "Triggers":
            self.triggers.add(name)
        if name == "Exec":
            self.commands.append(("", ""))
        self._content, self._size = [], 0

    def _characters(self, text: str) -> None:
        if self._size < _MOST_TEXT:
            self._content.append(text[:_MOST_TEXT])
            self._size += len(text)

    def _end(self, name: str) -> None:
        text = "".join(self._content)
        above = self._path[-2] if len(self._path) > 1 else ""
        if above == "Exec" and self.commands and name in {"Command", "Arguments"}:
            command, arguments = self.commands[-1]
            self.commands[-1] = (text, arguments) if name == "Command" else (command, text)
        elif above == "Settings" and name == "Enabled":
            self.settings_enabled = text.strip().lower() != "false"
        elif name in {"URI", "Hidden", "Author"}:
            self.text.setdefault(name, []).append(text)
        self._path.pop()
        self._content, self._size = [], 0


def _refused(*entity: object) -> None:  # noqa: ARG001 - expat's interface
    raise ParseError("a task with entities", limit=True)
