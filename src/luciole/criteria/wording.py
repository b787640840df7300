"""Says in one short line what a leaf of a rule asks, for the tree of reasons."""

from __future__ import annotations

from luciole.criteria.model import Comparison, FactLeaf, GroupLeaf, MatchLeaf, UnreadLeaf
from luciole.kernel.facts import Scalar

_SHOWN = 6


def asks(leaf: FactLeaf) -> str:
    """Such as `permission.requested is android.permission.READ_SMS` or `code.string group is messenger`."""
    parts = [leaf.fact, *(_test(test) for test in leaf.tests)]
    parts += [f"with {one.attribute} {' and '.join(_test(test) for test in one.tests)}" for one in leaf.where]
    if leaf.count > 1:
        parts.append(f"at least {leaf.count} times")
    return " ".join(parts)


def asks_group(leaf: GroupLeaf) -> str:
    """Such as `at least 2 of collection`."""
    return f"at least {leaf.at_least} of {leaf.name}"


def asks_match(leaf: MatchLeaf) -> str:
    """Such as `a strong match of stalkerware`."""
    words = [leaf.strength, "match", f"of {leaf.family_kind}" if leaf.family_kind else "", leaf.role]
    return " ".join(word for word in words if word)


def asks_unread(leaf: UnreadLeaf) -> str:
    """Such as `a part of manifest or code that could not be read`."""
    return f"a part of {' or '.join(leaf.areas)} that could not be read"


def _test(test: Comparison) -> str:
    operation = test.operation.replace("_", " ")
    if not isinstance(test.operand, tuple):
        return f"{operation} {_value(test.operand)}"
    shown = [_value(one) for one in test.operand[:_SHOWN]]
    rest = len(test.operand) - len(shown)
    return f"{operation} {', '.join(shown)}" + (f" and {rest} more" if rest else "")


def _value(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
