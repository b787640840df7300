"""Gathers the ids of every anomaly that the readers of app files can report, from their source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

APPS = Path(__file__).parents[1] / "src" / "luciole" / "apps"
ID = re.compile(r"[a-z]+\.[a-z0-9]+(?:-[a-z0-9]+)*\Z")
NOTERS = {"note", "Anomaly"}
"""Functions that report an anomaly when they are given its id; others are found by asking for these."""
DETAIL = {"detail", "message"}
ROW = 2


class Reported(NamedTuple):
    """One id. files: where in apps/ it is reported; details: the words that are kept with it, places as …."""

    id: str
    files: tuple[str, ...]
    details: tuple[str, ...]
    refused: bool


def all_anomalies() -> list[Reported]:
    """Every id, sorted; an id that several readers report stands once."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    prefixes = _prefixes()
    for path in sorted(APPS.rglob("*.py")):
        name = path.relative_to(APPS).as_posix()
        for identifier, detail, refused in _in_file(ast.parse(path.read_text("utf-8")), prefixes):
            found.setdefault(identifier, []).append((name, detail, refused))
    return [
        Reported(
            identifier,
            tuple(dict.fromkeys(file for file, _, _ in rows)),
            tuple(dict.fromkeys(detail for _, detail, _ in rows if detail)),
            any(refused for _, _, refused in rows),
        )
        for identifier, rows in sorted(found.items())
    ]


def _prefixes() -> frozenset[str]:
    """What stands before the dot in ids that are given to `Anomaly` or `note` as a plain text."""
    found = set()
    for path in APPS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in NOTERS and node.args:
                found |= {text.partition(".")[0] for text in _texts(node.args[0]) if "." in text}
            elif isinstance(node, ast.Tuple) and (row := _row(node)):
                found.add(row[0].partition(".")[0])
    return frozenset(found)


def _row(node: ast.Tuple) -> tuple[str, str] | None:
    """The id and the words of a row of a table such as ("label.blank", test, "nothing is shown")."""
    values = [one.value if isinstance(one, ast.Constant) else None for one in node.elts]
    first, last = (values[0], values[-1]) if len(values) > ROW else (None, None)
    if isinstance(first, str) and isinstance(last, str) and ID.match(first) and " " in last:
        return first, last
    return None


def _in_file(tree: ast.Module, prefixes: frozenset[str]) -> Iterator[tuple[str, str, bool]]:
    """Ids with details: in calls, wherever one stands among the arguments, and in tables of ids."""
    known: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for identifier in _ids_of(node, tree, prefixes):
                known.add(identifier)
                yield identifier, _detail(node, tree), _refused(node)
        elif isinstance(node, ast.Tuple) and (row := _row(node)):
            known.add(row[0])
            yield *row, False
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if _is_id(text, prefixes) and text not in known:
            yield text, "", False


def _ids_of(call: ast.Call, tree: ast.Module, prefixes: frozenset[str]) -> Iterator[str]:
    yield from (text for one in call.args for text in _texts(one) if _is_id(text, prefixes))
    made = call.args[0] if call.args else None
    if isinstance(made, ast.JoinedStr) and _begins_like_an_id(made, prefixes):
        yield from _made(tree, made)


def _begins_like_an_id(text: ast.JoinedStr, prefixes: frozenset[str]) -> bool:
    start = text.values[0]
    return (
        isinstance(start, ast.Constant)
        and str(start.value).endswith((".", "-"))
        and str(start.value).partition(".")[0] in prefixes
    )


def _is_id(text: str, prefixes: frozenset[str]) -> bool:
    return bool(ID.match(text)) and text.partition(".")[0] in prefixes and not text.endswith(NOT_IDS)


NOT_IDS = (".arsc", ".dex", ".json", ".xml", ".visible", ".library", ".export", ".so")
"""Names of files and of facts that begin like an id."""


def _texts(node: ast.expr) -> Iterator[str]:
    """The plain texts that an argument can be: itself, or either side of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        yield str(node.values[0].value)


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _made(tree: ast.Module, text: ast.JoinedStr) -> Iterator[str]:
    """The ids that a text with one place can become, such as f"icon.{kind}" or f"zip.bytes-{WHERE[kind]}"."""
    start, place = text.values[0], text.values[-1]
    inner = place.value if isinstance(place, ast.FormattedValue) else None
    if not isinstance(start, ast.Constant) or not isinstance(start.value, str) or inner is None:
        raise SystemExit(f"line {text.lineno}: the ids that {ast.unparse(text)} can make cannot be told")
    values = _of_table(tree, inner) if isinstance(inner, ast.Subscript) else _of_test(tree, text)
    if not values:
        raise SystemExit(f"line {text.lineno}: the ids that {ast.unparse(text)} can make cannot be told")
    yield from (f"{start.value}{value}" for value in values)


def _of_table(tree: ast.Module, place: ast.Subscript) -> list[str]:
    """The values of the table that is looked into."""
    for node in ast.walk(tree):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if target is not None and _name(target) == _name(place.value) and isinstance(value, ast.Dict):
            return sorted(str(one.value) for one in value.values if isinstance(one, ast.Constant))
    return []


def _of_test(tree: ast.Module, text: ast.JoinedStr) -> list[str]:
    """The texts that the `if` around it compares with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and any(one is text for part in node.body for one in ast.walk(part)):
            constants = (one.value for one in ast.walk(node.test) if isinstance(one, ast.Constant))
            return sorted(one for one in constants if isinstance(one, str))
    return []


def _detail(call: ast.Call, tree: ast.Module) -> str:
    """The words of a call that follow the id, where they are written there or given a name just before."""
    arguments = [*call.args, *(one.value for one in call.keywords if one.arg in DETAIL)]
    words = [_sentence(_assigned(one, tree)) for one in arguments]
    return next((one for one in words if " " in one), "")


def _assigned(node: ast.expr, tree: ast.Module) -> ast.expr:
    """What a name was last given above the place where it is used; anything else is itself."""
    if not isinstance(node, ast.Name) or node.id not in DETAIL:
        return node
    above = [
        one
        for one in ast.walk(tree)
        if isinstance(one, ast.Assign) and one.lineno < node.lineno and node.id in map(_name, one.targets)
    ]
    return max(above, key=lambda one: one.lineno).value if above else node


def _sentence(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values)
    return ""


def _refused(call: ast.Call) -> bool:
    return any(
        one.arg == "refused" and not (isinstance(one.value, ast.Constant) and one.value.value is False)
        for one in call.keywords
    )
