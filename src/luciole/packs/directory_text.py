"""Reads a directory of help as people write it: YAML, with every problem and its line at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from luciole.criteria.reading import Keys
from luciole.criteria.yaml_text import Problems, YamlMap, YamlNode, read_map
from luciole.guidance.directory import WORLD, Entry
from luciole.kernel.errors import ContentError

VERSION = 1
MAX_ENTRIES = 2_000

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
COUNTRY = re.compile(rf"(?:[A-Z]{{2}}|{WORLD})\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+\Z")
_PHONE = re.compile(r"[0-9+*#()/ .-]{2,40}\Z")


def parse(file: str, text: str) -> tuple[Entry, ...]:
    """The entries of a directory file. Raises ContentError with every problem of the file and its line."""
    root, problems = read_map(file, text)
    keys = Keys(root, problems)
    version = keys.whole("version")
    if version != VERSION:
        problems.add(root.line, f"version {version} is not known", f"write `version: {VERSION}`")
    nodes = keys.items("entries", needed=True)
    keys.finish()
    if len(nodes) > MAX_ENTRIES:
        problems.add(root.line, f"{len(nodes)} entries", f"at most {MAX_ENTRIES}")
    entries = _entries(nodes[:MAX_ENTRIES], problems)
    if problems.found:
        raise ContentError(problems.found)
    return tuple(entries)


def _entries(nodes: list[YamlNode], problems: Problems) -> list[Entry]:
    found: dict[str, Entry] = {}
    for node in nodes:
        if not isinstance(node, YamlMap):
            problems.add(node.line, "an entry is no map", "begin with `- id:`")
            continue
        entry = _entry(node, problems)
        if entry.id and entry.id in found:
            problems.add(node.line, f"the id {entry.id!r} stands twice", "give each entry its own id")
        found[entry.id] = entry
    return list(found.values())


def _entry(node: YamlMap, problems: Problems) -> Entry:
    keys = Keys(node, problems)
    entry = Entry(
        id=_fitting(keys, "id", _ID, "small letters, digits and -"),
        country=_fitting(keys, "country", COUNTRY, f'two capital letters of ISO 3166-1, or "{WORLD}" for all'),
        name=keys.text("name"),
        languages=_languages(keys),
        services=keys.texts("services"),
        phone=_fitting(keys, "phone", _PHONE, "a number in quotes", needed=False),
        hours=keys.text("hours", needed=False, empty=True),
        link=_fitting(keys, "link", _ADDRESS, "an address that begins with https://", needed=False),
        last_verified=_date(keys),
        source=keys.text("source"),
        note=keys.text("note", needed=False, empty=True),
    )
    keys.finish()
    return entry


def _fitting(keys: Keys, key: str, form: re.Pattern[str], remedy: str, *, needed: bool = True) -> str:
    text = keys.text(key, needed=needed, empty=not needed)
    return _checked(keys, key, text, remedy, lambda value: form.match(value) is not None)


def _date(keys: Keys) -> str:
    text = keys.text("last_verified", needed=False, empty=True)
    return _checked(keys, "last_verified", text, "a date such as 2026-01-31, or nothing", _is_date)


def _checked(keys: Keys, key: str, text: str, remedy: str, fits: Callable[[str], bool]) -> str:
    """The text where it fits; a problem at its line, and nothing, where it does not."""
    if not text or fits(text):
        return text
    entry = keys.take(key)
    keys.problems.add(entry.line if entry else keys.line, f"{key!r} cannot be {text[:60]!r}", f"write {remedy}")
    return ""


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _languages(keys: Keys) -> tuple[str, ...]:
    found = keys.texts("languages")
    for text in found:
        _checked(keys, "languages", text, "codes such as en, fr or pt-BR", lambda one: _LANGUAGE.match(one) is not None)
    return found
