"""Which criteria a rule names, and the order in which criteria can be evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from luciole.criteria.model import (
    AllOf,
    AnyOf,
    AtLeast,
    Criterion,
    CriterionLeaf,
    FactLeaf,
    GroupLeaf,
    LostLeaf,
    Node,
    NotOf,
    UndecidedLeaf,
)  # fmt: skip


def parts(rule: Node) -> tuple[Node, ...]:
    """What stands directly below a rule."""
    if isinstance(rule, AllOf | AnyOf | AtLeast):
        return rule.of
    return (rule.of,) if isinstance(rule, NotOf | UndecidedLeaf | LostLeaf) else ()


def nodes(rule: Node) -> Iterator[Node]:
    """The rule and everything below it, without recursion."""
    waiting = [rule]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += parts(node)


def depth(rule: Node) -> int:
    """How many levels a rule has."""
    levels, row = 0, [rule]
    while row:
        levels += 1
        row = [below for node in row for below in parts(node)]
    return levels


def references(rule: Node) -> set[str]:
    """The ids of the criteria that a rule names."""
    return {node.criterion for node in nodes(rule) if isinstance(node, CriterionLeaf)}


def facts_of(rule: Node, criteria: Mapping[str, Criterion]) -> set[str]:
    """The names of the facts that a rule asks for, directly or through other criteria."""
    found: set[str] = set()
    waiting, seen = [rule], set[str]()
    while waiting:
        for node in nodes(waiting.pop()):
            if isinstance(node, FactLeaf):
                found.add(node.fact)
            elif isinstance(node, CriterionLeaf) and node.criterion in criteria and node.criterion not in seen:
                seen.add(node.criterion)
                waiting.append(criteria[node.criterion].rule)
    return found


def groups_of(rule: Node) -> set[str]:
    """The groups that a rule counts."""
    return {node.name for node in nodes(rule) if isinstance(node, GroupLeaf)}


def cycle_through(criteria: Mapping[str, Criterion]) -> list[str]:
    """The ids of one circle of criteria that name each other, or nothing."""
    waiting = {name: references(one.rule) & criteria.keys() for name, one in criteria.items()}
    while free := [name for name, needs in waiting.items() if not needs]:
        for name in free:
            del waiting[name]
        for needs in waiting.values():
            needs.difference_update(free)
    return _walk(waiting)


def _walk(waiting: Mapping[str, set[str]]) -> list[str]:
    path: list[str] = []
    name = min(waiting, default="")
    while name and name not in path:
        path.append(name)
        name = min(waiting[name] & waiting.keys(), default="")
    return [*path[path.index(name) :], name] if name else []


def in_order(criteria: Sequence[Criterion]) -> list[Criterion]:
    """The criteria so that each comes after those it names. There are no circles (the parser refuses them)."""
    known = {one.id: one for one in criteria}
    done: dict[str, Criterion] = {}
    for one in criteria:
        stack = [one]
        while stack:
            needs = [known[name] for name in references(stack[-1].rule) if name in known and name not in done]
            if needs:
                stack += needs
            else:
                last = stack.pop()
                done[last.id] = last
    return list(done.values())
