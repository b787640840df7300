"""Every parser withstands mutated input: a short, repeatable run of each target in a process with little memory."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TARGETS = sorted(path.stem for path in (HERE / "targets").glob("*.py"))
RUNS = 120


def run(script: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", TARGETS)
def test_the_target_answers_every_seed_and_mutation_with_facts_or_a_parse_error(name: str, tmp_path: Path) -> None:
    ended = run(HERE / "fuzz.py", "--plain", "--target", name, "--runs", str(RUNS), "--crashes", str(tmp_path))
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert f"{RUNS} mutations, nothing found" in ended.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """The search with no targets but those that a test writes."""
    for name in ("fuzz.py", "seeds.py", "seeds_network.py"):
        shutil.copy(HERE / name, tmp_path / name)
    (tmp_path / "targets").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return {b'P': 1}[data[:1]]", "KeyError"),
        ("while True: pass", "HangError"),
        ("return len(bytearray(1 << 30))", "MemoryError"),
    ],
)
def test_a_crash_a_hang_and_greed_are_found_and_the_input_is_kept(elsewhere: Path, body: str, said: str) -> None:
    (elsewhere / "targets" / "broken.py").write_text(f"def target(data):\n    {body}\n")
    text = (elsewhere / "fuzz.py").read_text().replace("SECONDS_FOR_ONE = 20", "SECONDS_FOR_ONE = 0.2")
    (elsewhere / "fuzz.py").write_text(text)
    ended = run(elsewhere / "fuzz.py", "--plain", "--runs", "5", "--crashes", str(elsewhere / "kept"))
    assert ended.returncode == 77
    assert said in ended.stderr
    assert "broken" in ended.stdout.splitlines()[-1]
    assert len(list((elsewhere / "kept").iterdir())) == 1


def test_a_parse_error_is_a_fitting_answer(elsewhere: Path) -> None:
    (elsewhere / "targets" / "strict.py").write_text(
        "from luciole.kernel.errors import ParseError\n\n\ndef target(data):\n    raise ParseError('no')\n"
    )
    assert run(elsewhere / "fuzz.py", "--plain", "--runs", "5", "--crashes", str(elsewhere / "kept")).returncode == 0


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no release for this Python")
def test_the_guided_search_finds_a_planted_fault(elsewhere: Path) -> None:
    (elsewhere / "targets" / "planted.py").write_text(
        "from luciole.kernel.canon import sha256\n\n\ndef target(data):\n"
        "    if data[:2] == b'PK' and sha256(data):\n        raise KeyError('planted')\n"
    )
    ended = run(elsewhere / "fuzz.py", "--seconds", "20", "--crashes", str(elsewhere / "kept"))
    assert ended.returncode == 77
    assert "planted" in ended.stderr
    assert [path.name.startswith("planted-crash-") for path in (elsewhere / "kept").iterdir()] == [True]
