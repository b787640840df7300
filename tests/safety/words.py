"""Words that nothing shown to a person may hold, by language, and where the texts for people are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import yaml

from luciole.criteria.yaml_text import YamlList, YamlMap, YamlNode, YamlScalar, read_map

SOURCE = Path(__file__).parents[2] / "src" / "luciole"
SHOWN_ROOMS = ("guidance", "report", "cli", "assess", "scale", "packs")
"""Rooms whose every text with a space may reach a person."""
DATA = ("watched", "warninglists", "simulate")
"""Tables of words that are looked for in apps, and made-up apps; they are never shown as our own."""


class Shown(NamedTuple):
    """A text for people and where it stands."""

    text: str
    place: str


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The term list of one language. caught, left_alone: sentences that the patterns must and must not fit."""

    language: str
    preferred: tuple[Preferred, ...]
    forbidden: tuple[Forbidden, ...]
    allowed: tuple[str, ...]
    caught: tuple[str, ...]
    left_alone: tuple[str, ...]


class Preferred(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said for an English term, and why."""

    english: str
    use: str
    why: str


class Forbidden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Patterns of words that are not said, and why."""

    why: str
    words: tuple[str, ...]


def read_terms(path: Path) -> Terms:
    """A term list; anything in it that has no place fails."""
    return msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Terms)


TERMS: dict[str, Terms] = {
    path.stem: read_terms(path) for path in sorted((SOURCE / "guidance" / "terms").glob("*.yml"))
}
FORBIDDEN: dict[str, dict[str, re.Pattern[str]]] = {
    language: {one.why: _any(*one.words) for one in terms.forbidden} for language, terms in TERMS.items()
}
"""What is forbidden, and why, for each language that may be offered."""
ALLOWED: dict[str, tuple[str, ...]] = {language: terms.allowed for language, terms in TERMS.items()}
"""Phrases that are taken out before the rest is judged."""


def faults(text: str, language: str = "en") -> list[str]:
    """What is wrong with a text, each as `why: the words`."""
    judged = text
    for phrase in ALLOWED[language]:
        judged = re.sub(re.escape(phrase), " ", judged, flags=re.IGNORECASE)
    return [f"{why}: {found[0]!r}" for why, words in FORBIDDEN[language].items() for found in words.finditer(judged)]


def in_code() -> Iterator[Shown]:
    """Every text with a space in the rooms whose texts are shown, messages of errors everywhere, help of commands."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if any(part in name for part in DATA):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        skip = _docstrings(tree) if not name.startswith("cli/commands/") else set()
        parts: list[ast.AST] = [tree]
        if name.split("/")[0] not in SHOWN_ROOMS:
            parts = [node for node in ast.walk(tree) if isinstance(node, ast.Raise) or _marks(node)]
        for node in (inner for part in parts for inner in ast.walk(part)):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if " " in text.strip() and id(node) not in skip:
                yield Shown(text, f"{name}:{node.lineno}")


def _marks(node: ast.AST) -> bool:
    """Whether this is a call that marks a text for translation, notes a detail of coverage, or names an area."""
    names = {"mark", "_", "Coverage", "Message", "_areas", "note", "partial", "problem"}
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names


def _docstrings(tree: ast.AST) -> set[int]:
    """The texts that stand alone as a statement: they explain code to those who read it."""
    alone = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    return {id(value) for value in alone if isinstance(value, ast.Constant)}


SHOWN_KEYS = frozenset({"title", "statement", "why", "ordinary"})


def in_yaml(file: str, text: str) -> Iterator[Shown]:
    """The sentences of a criterion or of the policy."""
    node, problems = read_map(file, text)
    assert problems.found == []
    yield from _shown(node, file, shown=False)


def _shown(node: YamlNode, file: str, *, shown: bool) -> Iterator[Shown]:
    if isinstance(node, YamlScalar) and shown and isinstance(node.value, str):
        yield Shown(node.value, f"{file}:{node.line}")
    elif isinstance(node, YamlList):
        for item in node.items:
            yield from _shown(item, file, shown=shown)
    elif isinstance(node, YamlMap):
        for entry in node.entries:
            if entry.key not in {"examples", "references"}:
                yield from _shown(entry.node, file, shown=entry.key in SHOWN_KEYS)


def in_templates() -> Iterator[Shown]:
    """What the page's template says by itself, between tags and in attributes that are read aloud."""
    for path in sorted((SOURCE / "report").glob("*.jinja")):
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<style>.*?</style>", " ", path.read_text("utf-8"), flags=re.DOTALL)
        for number, line in enumerate(re.sub(r"<[^>]*>", "\0", bare).split("\0"), start=1):
            if line.strip():
                yield Shown(line, f"{path.name}: text {number}")
        yield from (Shown(text, path.name) for text in re.findall(r'(?:alt|title|aria-label)="([^"]+)"', bare))
