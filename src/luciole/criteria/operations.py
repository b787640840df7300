"""The comparisons of the criteria language: which value each fits, what it is compared with, how it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from luciole.criteria.model import Comparison, NamedList, Operand

Kind = Literal["text", "number", "flag", "texts"]
OperandKind = Literal["scalar", "text", "number", "list", "text-or-list", "flag"]
Predicate = Callable[[object], bool]

MAX_GLOB = 128
MAX_STARS = 4


class Operation(NamedTuple):
    """kinds: the values it can test; operand: what it is compared with; about: its meaning, for the reference."""

    kinds: tuple[Kind, ...]
    operand: OperandKind
    about: str


OPERATIONS: dict[str, Operation] = {
    "is": Operation(("text", "number", "flag"), "scalar", "equal to"),
    "in": Operation(("text", "number"), "list", "equal to one of"),
    "not_in": Operation(("text", "number"), "list", "equal to none of"),
    "starts_with": Operation(("text",), "text-or-list", "begins with the text, or with one of the texts"),
    "ends_with": Operation(("text",), "text-or-list", "ends with the text, or with one of the texts"),
    "contains": Operation(("text", "texts"), "text", "holds the text; of a list: has it as an item"),
    "contains_any": Operation(("text", "texts"), "list", "holds one of the texts; of a list: has one as an item"),
    "contains_all": Operation(("text", "texts"), "list", "holds all of the texts; of a list: has all as items"),
    "matches": Operation(("text",), "text-or-list", "fits a pattern in which * stands for any characters"),
    "at_least": Operation(("number",), "number", "equal or more"),
    "at_most": Operation(("number",), "number", "equal or less"),
    "more_than": Operation(("number",), "number", "more"),
    "less_than": Operation(("number",), "number", "less"),
    "present": Operation(("text", "number", "flag", "texts"), "flag", "was read and is not empty"),
}
"""Every test there is, by name."""


def resolve(operand: Operand, lists: Mapping[str, NamedList]) -> tuple[str | int | float, ...]:
    """The values of an operand as one tuple, with the named lists (`$name`) written out. Raises KeyError."""
    if not isinstance(operand, tuple):
        return (operand,)
    found: list[str | int | float] = []
    for item in operand:
        if isinstance(item, str) and item.startswith("$"):
            found += lists[item[1:]].values
        else:
            found.append(item)
    return tuple(found)


def predicate(test: Comparison, lists: Mapping[str, NamedList], *, ignore_case: bool = False) -> Predicate:
    """A function that tells whether a value passes the test; it answers False to values of another type."""
    values = resolve(test.operand, lists)
    if ignore_case:
        folded = tuple(one.casefold() if isinstance(one, str) else one for one in values)
        answer = _BUILDERS[test.operation](folded)
        return lambda value: answer(_fold(value))
    return _BUILDERS[test.operation](values)


def _fold(value: object) -> object:
    if isinstance(value, str):
        return value.casefold()
    return [one.casefold() for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else value


Values = tuple[str | int | float, ...]


def _texts(values: Values) -> tuple[str, ...]:
    return tuple(str(one) for one in values)


def _is(values: Values) -> Predicate:
    wanted = values[0]
    if isinstance(wanted, bool):
        return lambda value: value is wanted
    return lambda value: value == wanted and not isinstance(value, bool)


def _in(values: Values) -> Predicate:
    wanted = frozenset(values)
    return lambda value: isinstance(value, str | int | float) and not isinstance(value, bool) and value in wanted


def _not_in(values: Values) -> Predicate:
    unwanted = frozenset(values)
    return lambda value: isinstance(value, str | int | float) and value not in unwanted


def _starts_with(values: Values) -> Predicate:
    starts = _texts(values)
    return lambda value: isinstance(value, str) and value.startswith(starts)


def _ends_with(values: Values) -> Predicate:
    ends = _texts(values)
    return lambda value: isinstance(value, str) and value.endswith(ends)


def _contains_any(values: Values) -> Predicate:
    wanted = _texts(values)
    return lambda value: isinstance(value, str | list | tuple) and any(one in value for one in wanted)


def _contains_all(values: Values) -> Predicate:
    wanted = _texts(values)
    return lambda value: isinstance(value, str | list | tuple) and all(one in value for one in wanted)


def _matches(values: Values) -> Predicate:
    patterns = [tuple(one.split("*")) for one in _texts(values)]
    starts = tuple(one[0] for one in patterns if len(one) == 2 and not one[1])  # noqa: PLR2004 - before and after a star
    others = [one for one in patterns if len(one) != 2 or one[1]]  # noqa: PLR2004 - as above
    return lambda value: (
        isinstance(value, str) and (value.startswith(starts) or any(_fits(value, parts) for parts in others))
    )


def _fits(text: str, parts: tuple[str, ...]) -> bool:
    """Leftmost search of each part in turn: linear in the text for each star, no backtracking."""
    if len(parts) == 1:
        return text == parts[0]
    first, last = parts[0], parts[-1]
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in parts[1:-1]:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _number(compare: Callable[[float, float], bool]) -> Callable[[Values], Predicate]:
    def build(values: Values) -> Predicate:
        bound = float(values[0])
        return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and compare(value, bound)

    return build


def _present(values: Values) -> Predicate:
    wanted = bool(values[0])
    return lambda value: (value is not None and value not in ("", [], ())) is wanted


_BUILDERS: dict[str, Callable[[Values], Predicate]] = {
    "is": _is,
    "in": _in,
    "not_in": _not_in,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "contains": _contains_any,
    "contains_any": _contains_any,
    "contains_all": _contains_all,
    "matches": _matches,
    "at_least": _number(lambda value, bound: value >= bound),
    "at_most": _number(lambda value, bound: value <= bound),
    "more_than": _number(lambda value, bound: value > bound),
    "less_than": _number(lambda value, bound: value < bound),
    "present": _present,
}
