"""Reads the policy and its examples, checked against the catalogue they speak of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast, get_args

from luciole.criteria.model import (
    Catalogue,
    FactLeaf,
    MatchSignal,
    Node,
    Policy,
    PolicyExample,
    PolicyRule,
    Verdict,
)
from luciole.criteria.order import nodes
from luciole.criteria.parse import GROUPS, SUBJECTS
from luciole.criteria.parse_example import ExampleReader
from luciole.criteria.parse_rule import FAMILY_KINDS, NOTHING, STRENGTHS, RuleReader
from luciole.criteria.reading import Keys, map_of, suggest
from luciole.criteria.yaml_text import Problems, YamlNode, read_map
from luciole.kernel.errors import ContentError
from luciole.kernel.vocabulary import PLATFORMS, Platform, SubjectKind

VERDICTS: tuple[str, ...] = get_args(Verdict)
NO_RULE = "otherwise"

_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")


def parse_policy(file: str, text: str, catalogue: Catalogue) -> Policy:
    """The policy of one file. Raises ContentError with every problem, each as `file:line: message — what to do`."""
    node, problems = read_map(file, text)
    keys = Keys(node, problems)
    version = keys.whole("version")
    rules = tuple(rule for item in keys.items("rules", needed=True) if (rule := _rule(item, problems, catalogue)))
    verdict, statement = _otherwise(keys, problems)
    keys.finish()
    _refuse_twice([(rule.id, node.line) for rule in rules], problems)
    if problems.found:
        raise ContentError(problems.found)
    return Policy(version, rules, verdict, statement)


def _otherwise(keys: Keys, problems: Problems) -> tuple[Verdict, str]:
    entry = keys.need("otherwise")
    inner = map_of(entry.node, "otherwise", problems) if entry else None
    if inner is None:
        return "nothing-seen", ""
    verdict, statement = inner.choice("verdict", VERDICTS), inner.text("statement")
    inner.finish()
    return cast("Verdict", verdict), statement


def _rule(node: YamlNode, problems: Problems, catalogue: Catalogue) -> PolicyRule | None:
    keys = map_of(node, "rules", problems)
    if keys is None:
        return None
    subject = cast("SubjectKind", keys.choice("subject", SUBJECTS))
    rule = PolicyRule(
        id=_name(keys, problems),
        verdict=cast("Verdict", keys.choice("verdict", VERDICTS)),
        subject=subject,
        statement=keys.text("statement"),
        rule=_condition(keys, problems, catalogue, subject),
    )
    keys.finish()
    return rule


def _name(keys: Keys, problems: Problems) -> str:
    name = keys.text("id")
    if name and (not _IDENTIFIER.match(name) or name == NO_RULE):
        problems.add(keys.line, f"{name!r} is no id for a rule", "use small letters, digits and -")
    return name


def _condition(keys: Keys, problems: Problems, catalogue: Catalogue, subject: str) -> Node:
    entry = keys.need("rule")
    if entry is None:
        return NOTHING
    reader = RuleReader(problems, catalogue.lists, subject, GROUPS)
    rule = reader.read(entry.node)
    known = {one.id for one in catalogue.criteria if one.subject == subject}
    for name, line in reader.mentions:
        if name not in known:
            problems.add(line, f"there is no criterion {name!r} about the {subject}", suggest(name, known))
    if any(isinstance(one, FactLeaf) for one in nodes(rule)):
        problems.add(entry.line, "a policy asks for criteria, not for facts", "write a criterion and name it here")
    return rule


def _refuse_twice(names: list[tuple[str, int]], problems: Problems) -> None:
    seen: set[str] = set()
    for name, line in names:
        if name in seen:
            problems.add(line, f"the id {name!r} is used twice", "choose another for one of the two")
        seen.add(name)


def parse_policy_examples(files: Mapping[str, str], policy: Policy) -> tuple[PolicyExample, ...]:
    """The cases with their expected verdicts. files: name → text. Raises ContentError with every problem."""
    found: list[str] = []
    examples: list[PolicyExample] = []
    for file in sorted(files):
        try:
            examples += _examples(file, files[file], policy)
        except ContentError as error:
            found += error.problems
    if found:
        raise ContentError(found)
    return tuple(examples)


def _examples(file: str, text: str, policy: Policy) -> list[PolicyExample]:
    node, problems = read_map(file, text)
    keys = Keys(node, problems)
    read = [one for item in keys.items("examples", needed=True) if (one := _example(item, problems, policy))]
    keys.finish()
    _refuse_twice([(one.id, one.line) for one in read], problems)
    if problems.found:
        raise ContentError(problems.found)
    return read


def _example(node: YamlNode, problems: Problems, policy: Policy) -> PolicyExample | None:
    keys = map_of(node, "examples", problems)
    if keys is None:
        return None
    name, about = _name(keys, problems), keys.text("about")
    verdict = cast("Verdict", keys.choice("expect", VERDICTS))
    rules = (NO_RULE, *(rule.id for rule in policy.rules))
    rule = keys.choice("rule", rules) if keys.take("rule") else ""
    subject = cast("SubjectKind", keys.choice("subject", SUBJECTS)) if keys.take("subject") else "app"
    chosen = keys.choice("platform", PLATFORMS["any"]) if keys.take("platform") else "android"
    platform = cast("Platform", chosen)
    matches = tuple(one for item in keys.items("matches") if (one := _signal(item, problems)))
    reader = ExampleReader(problems, subject)
    made, damaged = reader.material(keys), reader.areas(keys, "damaged")
    keys.finish()
    return PolicyExample(
        name, about, verdict, subject, rule, platform, made.app, made.facts, made.not_looked_at, damaged, matches,
        node.line,
    )  # fmt: skip


def _signal(node: YamlNode, problems: Problems) -> MatchSignal | None:
    keys = map_of(node, "matches", problems)
    if keys is None:
        return None
    signal = MatchSignal(
        keys.choice("strength", STRENGTHS),
        keys.choice("family_kind", FAMILY_KINDS),
        keys.text("role", needed=False),
        keys.text("family", needed=False),
    )
    keys.finish()
    return signal
