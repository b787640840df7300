"""Reads the rule language: YAML nodes become rule nodes, checked against the vocabulary of facts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from luciole.criteria.model import (
    AllOf,
    AnyOf,
    AtLeast,
    Comparison,
    CriterionLeaf,
    FactLeaf,
    GroupLeaf,
    LostLeaf,
    MatchLeaf,
    NamedList,
    Node,
    NotOf,
    Operand,
    UndecidedLeaf,
    UnreadLeaf,
    Where,
)  # fmt: skip
from luciole.criteria.operations import MAX_GLOB, MAX_STARS, OPERATIONS, OperandKind
from luciole.criteria.reading import Keys, items_of, map_of, suggest, text_of, texts_of
from luciole.criteria.yaml_text import Problems, YamlEntry, YamlList, YamlMap, YamlNode, YamlScalar
from luciole.kernel.vocabulary import AREAS, FACTS, FactType

NOTHING = AnyOf(())
"""Stands where a part could not be read; never leaves the parser, because a problem was noted."""

LEAF_KEYS = ("where", "count", "ignore_case")
COMBINATIONS = ("all", "any", "not", "at_least", "fact", "criterion")
POLICY_ONLY = ("group", "match", "undecided", "lost", "unread")
STRENGTHS = ("strong", "supporting", "contradictory")
FAMILY_KINDS = ("stalkerware", "watchware", "dual-use", "disputed")
EXAMPLES: dict[str, str] = {"text": "a text", "number": "a number", "flag": "true or false", "texts": "a list"}


class RuleReader:
    """Reads rules. subject: whose facts they may ask for; groups: known group names, given for a policy only."""

    def __init__(
        self, problems: Problems, lists: Mapping[str, NamedList], subject: str, groups: Collection[str] = ()
    ) -> None:
        self.problems = problems
        self.lists = lists
        self.subject = subject
        self.groups = groups
        self.mentions: list[tuple[str, int]] = []
        """Criteria that the rules name, with the line, to be checked when all are known."""

    def read(self, node: YamlNode) -> Node:
        """The rule of a node; NOTHING where it is wrong."""
        if not isinstance(node, YamlMap) or not node.entries:
            self.problems.add(node.line, "a rule is missing here", f"begin with one of: {self._words()}")
            return NOTHING
        found = [entry for entry in node.entries if entry.key in self._allowed()]
        if any(entry.key == "fact" for entry in found):
            found = [entry for entry in found if entry.key != "at_least"]  # beside a fact, it compares a number
        if len(found) != 1:
            return self._unclear(node, found)
        keys = Keys(node, self.problems)
        keys.take(found[0].key)
        rule = self._readers()[found[0].key](found[0], keys)
        keys.finish()
        return rule

    def _allowed(self) -> tuple[str, ...]:
        return (*COMBINATIONS, *POLICY_ONLY) if self.groups else COMBINATIONS

    def _words(self) -> str:
        return ", ".join(self._allowed())

    def _unclear(self, node: YamlMap, found: list[YamlEntry]) -> Node:
        first = node.entries[0]
        if found:
            names = " and ".join(repr(entry.key) for entry in found)
            self.problems.add(found[1].line, f"{names} stand side by side", "join them with `all:` or `any:`")
        elif first.key in POLICY_ONLY:
            self.problems.add(first.line, f"{first.key!r} is for the policy only", f"use one of: {self._words()}")
        else:
            self.problems.add(first.line, f"{first.key!r} begins no rule", suggest(first.key, self._allowed()))
        return NOTHING

    def _readers(self) -> Mapping[str, Callable[[YamlEntry, Keys], Node]]:
        return {
            "all": lambda entry, _: AllOf(self._parts(entry)),
            "any": lambda entry, _: AnyOf(self._parts(entry)),
            "not": lambda entry, _: NotOf(self.read(entry.node)),
            "at_least": self._at_least,
            "fact": self._fact,
            "criterion": self._criterion,
            "group": self._group,
            "match": self._match,
            "undecided": lambda entry, _: UndecidedLeaf(self.read(entry.node)),
            "lost": lambda entry, _: LostLeaf(self.read(entry.node)),
            "unread": self._unread,
        }

    def _parts(self, entry: YamlEntry) -> tuple[Node, ...]:
        return tuple(self.read(item) for item in items_of(entry.node, entry.key, self.problems))

    def _at_least(self, entry: YamlEntry, _: Keys) -> Node:
        keys = map_of(entry.node, "at_least", self.problems)
        if keys is None:
            return NOTHING
        number = keys.whole("number")
        parts = keys.need("of")
        keys.finish()
        of = self._parts(parts) if parts else ()
        if of and number > len(of):
            self.problems.add(entry.line, f"{number} of {len(of)} can never be met", "lower the number")
        return AtLeast(number, of)

    def _criterion(self, entry: YamlEntry, _: Keys) -> Node:
        name = text_of(entry.node, "criterion", self.problems)
        self.mentions.append((name, entry.line))
        return CriterionLeaf(name)

    def _group(self, entry: YamlEntry, _: Keys) -> Node:
        keys = map_of(entry.node, "group", self.problems)
        if keys is None:
            return NOTHING
        leaf = GroupLeaf(keys.choice("name", self.groups), keys.whole("at_least"))
        keys.finish()
        return leaf

    def _match(self, entry: YamlEntry, _: Keys) -> Node:
        keys = map_of(entry.node, "match", self.problems)
        if keys is None:
            return NOTHING
        strength = keys.choice("strength", STRENGTHS) if keys.take("strength") else ""
        kind = keys.choice("family_kind", FAMILY_KINDS) if keys.take("family_kind") else ""
        leaf = MatchLeaf(strength, kind, keys.text("role", needed=False))
        keys.finish()
        return leaf

    def _unread(self, entry: YamlEntry, _: Keys) -> Node:
        names = texts_of(entry.node, "unread", self.problems)
        for name in names:
            if name not in AREAS:
                self.problems.add(entry.line, f"there is no area {name!r}", suggest(name, AREAS))
        return UnreadLeaf(names)

    def _fact(self, entry: YamlEntry, keys: Keys) -> Node:
        name = text_of(entry.node, "fact", self.problems)
        fact = FACTS.get(name)
        if fact is None:
            self.problems.add(entry.line, f"there is no fact {name!r}", suggest(name, FACTS))
            for key in (*LEAF_KEYS, *OPERATIONS):
                keys.take(key)
            return NOTHING
        if fact.subject != self.subject:
            self.problems.add(
                entry.line, f"{name!r} is about the {fact.subject}", f"this rule is about the {self.subject}"
            )
        return self._leaf(fact, entry, keys)

    def _leaf(self, fact: FactType, entry: YamlEntry, keys: Keys) -> Node:
        tests = tuple(self._tests(keys, fact.value, fact.name, attribute=False))
        where = keys.take("where")
        conditions = self._where(fact, where) if where else ()
        count = keys.take("count")
        if not tests and not conditions:
            self.problems.add(entry.line, f"nothing is asked of {fact.name!r}", "add a test such as `present: true`")
        return FactLeaf(fact.name, tests, conditions, self._count(count) if count else 1, keys.flag("ignore_case"))

    def _count(self, entry: YamlEntry) -> int:
        keys = map_of(entry.node, "count", self.problems)
        if keys is None:
            return 1
        least = keys.whole("at_least", least=2)
        keys.finish()
        return least

    def _where(self, fact: FactType, entry: YamlEntry) -> tuple[Where, ...]:
        if not isinstance(entry.node, YamlMap) or not entry.node.entries:
            self.problems.add(entry.line, "'where' names no attribute", "write `where: {attribute: {is: value}}`")
            return ()
        return tuple(self._attribute(fact, one) for one in entry.node.entries)

    def _attribute(self, fact: FactType, entry: YamlEntry) -> Where:
        kind = fact.attributes.get(entry.key)
        if kind is None:
            known = suggest(entry.key, fact.attributes) if fact.attributes else "this fact has no attributes"
            self.problems.add(entry.line, f"{fact.name!r} has no attribute {entry.key!r}", known)
            return Where(entry.key, ())
        keys = map_of(entry.node, entry.key, self.problems)
        if keys is None:
            return Where(entry.key, ())
        tests = tuple(self._tests(keys, kind, f"{fact.name}.{entry.key}", attribute=True))
        keys.finish()
        if not tests:
            self.problems.add(entry.line, f"nothing is asked of {entry.key!r}", "add a test such as `present: true`")
        return Where(entry.key, tests)

    def _tests(self, keys: Keys, kind: str, what: str, *, attribute: bool) -> list[Comparison]:
        tests = []
        for name, operation in OPERATIONS.items():
            entry = keys.take(name)
            if entry is None:
                continue
            if kind not in operation.kinds:
                fitting = ", ".join(key for key, one in OPERATIONS.items() if kind in one.kinds)
                self.problems.add(
                    entry.line, f"{name!r} does not fit {what}, which is {EXAMPLES[kind]}", f"use one of: {fitting}"
                )
                continue
            operand = self._operand(entry, kind, operation.operand)
            if operand is not None:
                tests.append(Comparison(name, operand))
            if name == "present" and operand is False and not attribute:
                self.problems.add(entry.line, "'present: false' of a fact", "write `not:` around `present: true`")
        return tests

    def _operand(self, entry: YamlEntry, kind: str, wanted: OperandKind) -> Operand | None:
        if isinstance(entry.node, YamlList) or self._list_name(entry.node) is not None:
            if wanted in {"list", "text-or-list"}:
                return self._values(entry, kind)
            self.problems.add(entry.line, f"{entry.key!r} takes one value", "write a single value")
            return None
        if wanted == "list":
            self.problems.add(entry.line, f"{entry.key!r} takes a list", "write [a, b] or $list")
            return None
        element = {"flag": "flag", "number": "number", "scalar": kind}.get(wanted, "text")
        value = self._value(entry.node, element, entry.key)
        return self._globbed(entry, value)

    def _list_name(self, node: YamlNode) -> str | None:
        value = node.value if isinstance(node, YamlScalar) else None
        return value if isinstance(value, str) and value.startswith("$") else None

    def _values(self, entry: YamlEntry, kind: str) -> Operand | None:
        nodes = entry.node.items if isinstance(entry.node, YamlList) else [entry.node]
        if not nodes:
            self.problems.add(entry.line, f"{entry.key!r} has an empty list", "add a value")
        element = "number" if kind == "number" else "text"
        values = [self._value(node, element, entry.key) for node in nodes]
        checked = tuple(value for value in values if isinstance(value, str | int | float))
        return self._globbed(entry, checked) if len(checked) == len(nodes) else None

    def _value(self, node: YamlNode, kind: str, what: str) -> bool | int | float | str | None:
        value = node.value if isinstance(node, YamlScalar) else None
        name = self._list_name(node)
        if name is not None and name[1:] not in self.lists:
            self.problems.add(node.line, f"there is no list {name!r}", suggest(name[1:], self.lists))
            return None
        types: dict[str, type | tuple[type, ...]] = {"flag": bool, "number": (int, float), "text": str}
        right = isinstance(value, types[kind]) and (kind == "flag" or not isinstance(value, bool))
        if right and value != "":
            return value
        if name is not None:
            return name
        self.problems.add(node.line, f"{what!r} is compared with {value!r}", f"write {EXAMPLES[kind]}")
        return None

    def _globbed(self, entry: YamlEntry, operand: Operand | None) -> Operand | None:
        if entry.key != "matches" or operand is None:
            return operand
        for pattern in operand if isinstance(operand, tuple) else (operand,):
            text = str(pattern)
            if "*" not in text and not text.startswith("$"):
                self.problems.add(entry.line, f"the pattern {text!r} has no *", "use `is` or `in`")
            if len(text) > MAX_GLOB or text.count("*") > MAX_STARS or "**" in text:
                self.problems.add(
                    entry.line,
                    f"the pattern {text[:40]!r} is too wide",
                    f"at most {MAX_STARS} single * and {MAX_GLOB} characters",
                )
            if any(mark in text for mark in "?[]^+|\\"):
                self.problems.add(
                    entry.line, f"the pattern {text!r} has marks of another language", "only * has a meaning"
                )
        return operand
