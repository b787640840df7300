"""Turns examples into what a reader of evidence would have handed over, and criteria into programs to check them."""

from __future__ import annotations

from collections.abc import Iterable

from luciole.criteria.model import Catalogue, Criterion, Example, PolicyExample
from luciole.criteria.order import facts_of
from luciole.kernel.facts import Fact, FactSet, Subject
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.kernel.vocabulary import AREAS, FACTS, PLATFORMS, Platform, SubjectKind


def example_facts(example: Example, criterion: Criterion, catalogue: Catalogue) -> FactSet:
    """The facts of an example that has no app, with what was looked at.

    Where the example does not say what was examined, it is every area of the facts that the example and the rule
    name, less those not looked at.
    """
    known = {one.id: one for one in catalogue.criteria}
    names = {fact.name for fact in example.facts} | facts_of(criterion.rule, known)
    examined = example.examined or _areas(names)
    platform = PLATFORMS[criterion.platform][0]
    return fact_set(criterion.subject, example.facts, examined, example.not_looked_at, platform)


def policy_example_facts(example: PolicyExample) -> FactSet:
    """The facts of a policy example that has no app; everything was examined but what it says was not."""
    closed = (*example.not_looked_at, *example.damaged)
    made = fact_set(example.subject, example.facts, AREAS, closed, example.platform)
    damaged = {area: Coverage(area, State.PARTIAL, Reason.DAMAGED) for area in example.damaged}
    return FactSet(made.subject, made.facts, tuple(damaged.get(line.area, line) for line in made.coverage))


def fact_set(
    subject: SubjectKind,
    facts: tuple[Fact, ...],
    examined: Iterable[str],
    not_looked_at: Iterable[str],
    platform: Platform = "android",
) -> FactSet:
    """Facts about one subject with an account of what was looked at. examined, not_looked_at: names of areas."""
    closed = set(not_looked_at)
    own = {area for area in examined if platform in AREAS[area].platforms}
    coverage = [Coverage(area, State.EXAMINED) for area in sorted(own - closed)]
    coverage += [Coverage(area, State.NOT_LOOKED_AT, Reason.MISSING) for area in sorted(closed)]
    names = [str(fact.value) for fact in facts if fact.name == "app.package"]
    identity = names[0] if names else "org.example.subject"
    return FactSet(Subject(subject, identity, platform=platform), facts, tuple(coverage))


def _areas(names: Iterable[str]) -> set[str]:
    return {area for name in names for area in FACTS[name].areas}
