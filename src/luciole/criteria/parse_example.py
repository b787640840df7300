"""Reads the examples of criteria and of the policy: inert apps to build, or facts to evaluate."""

from __future__ import annotations

from typing import cast, get_args

from luciole.criteria.model import Expectation
from luciole.criteria.reading import Keys, items_of, map_of, plain, suggest, texts_of
from luciole.criteria.yaml_text import Problems, YamlEntry, YamlList, YamlMap, YamlNode, YamlScalar
from luciole.kernel.facts import Fact, Place, Scalar, Value
from luciole.kernel.vocabulary import AREAS, FACTS, FactType

EXPECTATIONS: tuple[str, ...] = get_args(Expectation)
NO_PLACE = Place(section="example")


class Material:
    """What an example is made of: an app, or facts with what was looked at."""

    __slots__ = ("app", "examined", "facts", "not_looked_at")

    def __init__(self) -> None:
        self.app: dict[str, object] | None = None
        self.facts: tuple[Fact, ...] = ()
        self.examined: tuple[str, ...] = ()
        self.not_looked_at: tuple[str, ...] = ()


class ExampleReader:
    """Reads the material of examples. subject: whom the facts must be about."""

    def __init__(self, problems: Problems, subject: str) -> None:
        self.problems = problems
        self.subject = subject

    def material(self, keys: Keys) -> Material:
        """The app or the facts under the keys of one example."""
        read = Material()
        app, facts = keys.take("app"), keys.take("facts")
        if (app is None) == (facts is None):
            self.problems.add(keys.line, "an example has either 'app' or 'facts'", "write exactly one of the two")
        if app is not None:
            read.app = self._app(app)
        if facts is not None:
            read.facts = self._facts(facts)
            read.examined = self.areas(keys, "examined")
        read.not_looked_at = self.areas(keys, "not_looked_at")
        return read

    def _app(self, entry: YamlEntry) -> dict[str, object] | None:
        if self.subject != "app":
            self.problems.add(entry.line, "an app says nothing about a device", "use 'facts' here")
        if not isinstance(entry.node, YamlMap):
            self.problems.add(entry.line, "'app' is no map of keys", "write `package:` and more under it")
            return None
        return {one.key: plain(one.node) for one in entry.node.entries}

    def areas(self, keys: Keys, key: str) -> tuple[str, ...]:
        """The names of areas in the list under `key`; none where there is no such key."""
        entry = keys.take(key)
        if entry is None:
            return ()
        names = texts_of(entry.node, key, self.problems)
        for name in names:
            if name not in AREAS:
                self.problems.add(entry.line, f"there is no area {name!r}", suggest(name, AREAS))
        return names

    def _facts(self, entry: YamlEntry) -> tuple[Fact, ...]:
        if isinstance(entry.node, YamlList) and not entry.node.items:
            return ()
        read = [self._fact(item) for item in items_of(entry.node, "facts", self.problems)]
        return tuple(fact for fact in read if fact is not None)

    def _fact(self, node: YamlNode) -> Fact | None:
        keys = map_of(node, "facts", self.problems)
        if keys is None:
            return None
        name = keys.text("fact")
        value, attributes = keys.need("value"), keys.take("with")
        keys.finish()
        kind = FACTS.get(name)
        if kind is None:
            self.problems.add(node.line, f"there is no fact {name!r}", suggest(name, FACTS))
            return None
        if kind.subject != self.subject:
            self.problems.add(
                node.line, f"{name!r} is about the {kind.subject}", f"give facts about the {self.subject}"
            )
        scalar = self._value(value.node, kind.value, name) if value else None
        extra = self._attributes(kind, attributes) if attributes else {}
        return Fact(name, cast("Scalar", scalar), NO_PLACE, extra) if scalar is not None else None

    def _attributes(self, kind: FactType, entry: YamlEntry) -> dict[str, Value]:
        if not isinstance(entry.node, YamlMap):
            self.problems.add(entry.line, "'with' is no map of keys", "write `with: {attribute: value}`")
            return {}
        found: dict[str, Value] = {}
        for one in entry.node.entries:
            wanted = kind.attributes.get(one.key)
            if wanted is None:
                what = f"{kind.name!r} has no attribute {one.key!r}"
                self.problems.add(one.line, what, suggest(one.key, kind.attributes))
            elif (value := self._value(one.node, wanted, f"{kind.name}.{one.key}")) is not None:
                found[one.key] = value
        return found

    def _value(self, node: YamlNode, kind: str, what: str) -> Value | None:
        if kind == "texts":
            empty = isinstance(node, YamlList) and not node.items
            return [] if empty else list(texts_of(node, what, self.problems))
        types: dict[str, type] = {"flag": bool, "number": int, "text": str}
        value = node.value if isinstance(node, YamlScalar) else None
        if isinstance(value, types[kind]) and (kind == "flag" or not isinstance(value, bool)):
            return value
        words = {
            "flag": "true or false",
            "number": "a whole number",
            "text": "a text, in quotes if it looks like a number",
        }
        self.problems.add(node.line, f"{what!r} has a value of another type", f"write {words[kind]}")
        return None
