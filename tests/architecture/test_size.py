"""Budgets that keep the project readable: file and function lengths, one sentence on top of each module."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "luciole"
FILES = sorted(path for path in SOURCE.rglob("*.py") if path.parent.name != "migrations")
"""Migrations are written by Django."""
MAX_FILE = 600
MAX_FUNCTION = 80
KERNEL_FILES = 8
ALONE = {"devices/collector/computer.py": 1_300}
"""One file on purpose, however long: it also runs alone, on computers without Luciole."""


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_file_is_short_and_says_its_job(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= ALONE.get(path.relative_to(SOURCE).as_posix(), MAX_FILE)
    tree = ast.parse(text)
    if text.strip():
        assert ast.get_docstring(tree), "a module opens with one sentence on its job"
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION
    ]
    assert long == []


def test_kernel_stays_small() -> None:
    files = [p for p in (SOURCE / "kernel").glob("*.py") if p.name != "__init__.py"]
    assert len(files) <= KERNEL_FILES
