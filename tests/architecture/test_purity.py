"""The pure rooms call no clock, no chance and no disk, not even through a builtin."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "luciole"
PURE = ("kernel", "criteria", "intel", "assess", "devices/parsers", "report")
BANNED_MODULES = {
    "os", "pathlib", "shutil", "tempfile", "socket", "ssl", "subprocess", "multiprocessing",
    "sqlite3", "random", "secrets", "time", "zipfile", "importlib", "glob", "fileinput", "mmap",
}  # fmt: skip
BANNED_CALLS = {"open", "exec", "eval", "input", "print", "__import__", "breakpoint"}
CLOCKS = {"now", "utcnow", "today"}


def pure_files() -> list[Path]:
    return sorted(path for room in PURE for path in (SOURCE / room).rglob("*.py"))


def breaks(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [f"{node.lineno}: imports {a.name}" for a in node.names if a.name.split(".")[0] in BANNED_MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in BANNED_MODULES:
            found.append(f"{node.lineno}: imports from {node.module}")
        elif isinstance(node, ast.Call):
            found += call_breaks(node)
    return found


def call_breaks(node: ast.Call) -> list[str]:
    if isinstance(node.func, ast.Name) and node.func.id in BANNED_CALLS:
        return [f"{node.lineno}: calls {node.func.id}()"]
    if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
        return [f"{node.lineno}: asks the clock with .{node.func.attr}()"]
    return []


@pytest.mark.parametrize("path", pure_files(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_pure_rooms_do_no_input_or_output(path: Path) -> None:
    assert breaks(ast.parse(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    ["import os", "from pathlib import Path", "open('x')", "import datetime\ndatetime.datetime.now()", "import time"],
)
def test_the_purity_test_can_fail(line: str) -> None:
    assert breaks(ast.parse(line))
