"""Reads the files of the catalogue: criteria, their examples and the named lists, with every problem at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar, cast, get_args

from luciole.criteria.model import Catalogue, Criterion, Evidence, Example, Expectation, Group, NamedList, Node
from luciole.criteria.order import cycle_through
from luciole.criteria.parse_example import EXPECTATIONS, ExampleReader
from luciole.criteria.parse_rule import NOTHING, RuleReader
from luciole.criteria.reading import Keys, map_of, suggest
from luciole.criteria.yaml_text import Problems, YamlNode, read_map
from luciole.kernel.errors import ContentError
from luciole.kernel.vocabulary import PLATFORMS, SubjectKind

LISTS_FILE = "lists.yml"
GROUPS: tuple[str, ...] = get_args(Group)
SUBJECTS: tuple[str, ...] = get_args(SubjectKind)
EVIDENCE: tuple[str, ...] = get_args(Evidence)
MAX_FILES = 2_000

_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_LIST_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")

Read = TypeVar("Read")


class Mention(NamedTuple):
    """A criterion that a rule names: its id, and the file and line of the rule."""

    criterion: str
    file: str
    line: int


def parse_catalogue(files: Mapping[str, str]) -> Catalogue:
    """The catalogue of all files. files: name → text; a file named lists.yml holds the named lists.

    Raises ContentError with every problem of every file, each as `file:line: message — what to do`.
    """
    if len(files) > MAX_FILES:
        raise ContentError([f"catalogue:1: {len(files)} files — at most {MAX_FILES}"])
    found: list[str] = []
    lists: dict[str, NamedList] = {}
    criteria: list[Criterion] = []
    mentions: list[Mention] = []
    for name in filter(_holds_lists, sorted(files)):
        lists.update(_guarded(found, parse_lists, name, files[name]) or {})
    for name in sorted(files):
        if not _holds_lists(name):
            reader = CriterionReader(lists, mentions)
            criterion = _guarded(found, reader.read, name, files[name])
            criteria += [criterion] if criterion else []
    found += _disagreements(criteria, mentions, whole=not found)
    if found:
        raise ContentError(found)
    return Catalogue(tuple(sorted(criteria, key=lambda one: one.id)), lists)


def parse_lists(file: str, text: str) -> dict[str, NamedList]:
    """The named lists of one file: name → {about, values}. Raises ContentError."""
    node, problems = read_map(file, text)
    lists = {}
    for entry in node.entries:
        if not _LIST_NAME.match(entry.key):
            problems.add(entry.line, f"{entry.key!r} is no name for a list", "use small letters, digits and _")
        keys = map_of(entry.node, entry.key, problems)
        if keys is not None:
            lists[entry.key] = NamedList(keys.text("about"), keys.texts("values"))
            keys.finish()
    return _or_raise(lists, problems)


class CriterionReader:
    """Reads criteria. lists: the named lists; mentions: gets every criterion that a rule names."""

    def __init__(self, lists: Mapping[str, NamedList], mentions: list[Mention]) -> None:
        self.lists = lists
        self.mentions = mentions

    def read(self, file: str, text: str) -> Criterion:
        """The criterion of one file. Raises ContentError with all its problems."""
        node, problems = read_map(file, text)
        keys = Keys(node, problems)
        subject = cast("SubjectKind", keys.choice("subject", SUBJECTS))
        criterion = Criterion(
            id=_identifier(keys, problems),
            version=keys.whole("version"),
            title=keys.text("title"),
            statement=keys.text("statement"),
            why=keys.text("why"),
            ordinary=keys.texts("ordinary"),
            behaviours=keys.texts("behaviours", needed=False),
            attack=keys.texts("attack", needed=False),
            platform=keys.choice("platform", tuple(PLATFORMS)),
            subject=subject,
            evidence=cast("Evidence", keys.choice("evidence", EVIDENCE)),
            group=cast("Group", keys.choice("group", GROUPS)),
            rule=self._rule(keys, problems, subject),
            references=keys.texts("references"),
            examples=_examples(keys, problems, subject),
            source=file,
        )
        keys.finish()
        return _or_raise(criterion, problems)

    def _rule(self, keys: Keys, problems: Problems, subject: str) -> Node:
        entry = keys.need("rule")
        if entry is None:
            return NOTHING
        reader = RuleReader(problems, self.lists, subject)
        rule = reader.read(entry.node)
        self.mentions += [Mention(name, problems.file, line) for name, line in reader.mentions]
        return rule


def _identifier(keys: Keys, problems: Problems) -> str:
    name = keys.text("id")
    if name and not _IDENTIFIER.match(name):
        problems.add(keys.line, f"{name!r} is no id", "write group.short-name in small letters, digits and -")
    return name


def _examples(keys: Keys, problems: Problems, subject: str) -> tuple[Example, ...]:
    read = [_example(node, problems, subject) for node in keys.items("examples", needed=True)]
    return tuple(one for one in read if one is not None)


def _example(node: YamlNode, problems: Problems, subject: str) -> Example | None:
    keys = map_of(node, "examples", problems)
    if keys is None:
        return None
    expect = cast("Expectation", keys.choice("expect", EXPECTATIONS))
    note = keys.text("note")
    made = ExampleReader(problems, subject).material(keys)
    keys.finish()
    return Example(expect, note, made.app, made.facts, made.examined, made.not_looked_at, node.line)


def _holds_lists(name: str) -> bool:
    return name.rpartition("/")[2] == LISTS_FILE


def _guarded(found: list[str], read: Callable[[str, str], Read], name: str, text: str) -> Read | None:
    """What was read, or None with the problems added to those found in other files."""
    try:
        return read(name, text)
    except ContentError as error:
        found += error.problems
        return None


def _or_raise(read: Read, problems: Problems) -> Read:
    if problems.found:
        raise ContentError(problems.found)
    return read


def _disagreements(criteria: Sequence[Criterion], mentions: Sequence[Mention], *, whole: bool) -> list[str]:
    """What is wrong between files. whole: every file could be read, so that a missing criterion is really missing."""
    known: dict[str, Criterion] = {}
    found = []
    for one in criteria:
        if one.id in known:
            found.append(f"{one.source}:1: the id {one.id!r} is also used in {known[one.id].source} — choose another")
        known.setdefault(one.id, one)
    found += [text for mention in mentions if whole and (text := _unfit(mention, known, criteria))]
    circle = cycle_through(known)
    if circle:
        way = " → ".join(circle)
        found.append(f"{known[circle[0]].source}:1: criteria name each other in a circle: {way} — break it")
    return found


def _unfit(mention: Mention, known: Mapping[str, Criterion], criteria: Sequence[Criterion]) -> str:
    """What is wrong with one mention of a criterion, or nothing."""
    place = f"{mention.file}:{mention.line}"
    named = known.get(mention.criterion)
    if named is None:
        return f"{place}: there is no criterion {mention.criterion!r} — {suggest(mention.criterion, known)}"
    subject = next((one.subject for one in criteria if one.source == mention.file), "")
    if named.subject != subject:
        return f"{place}: {named.id!r} is about the {named.subject} — ask for one about the {subject}"
    return ""
