"""The demonstration: a hub in a folder of its own, that can be made twice, and whose samples were analysed."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from luciole.hub.site.sqlite import use_current

use_current()


def demonstrate(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs `luciole hub demo`, as a person would."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("LUCIOLE_", "DJANGO_"))}
    command = [sys.executable, "-m", "luciole", "hub", "demo", str(folder), "--prepare-only", "--port", "18400"]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=ours, timeout=300)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    folder = tmp_path_factory.mktemp("demonstration") / "demo-hub"
    first, second = demonstrate(folder), demonstrate(folder)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    return folder, first.stdout, second.stdout


def rows(folder: Path, question: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(folder / "hub" / "hub.db")
    try:
        return list(connection.execute(question))
    finally:
        connection.close()


def test_it_has_four_members_and_every_sample_was_analysed(twice: tuple[Path, str, str]) -> None:
    folder, _, _ = twice
    assert {kind for (kind,) in rows(folder, "SELECT kind FROM members_organisation")} == {
        "support", "security", "police", "research",
    }  # fmt: skip
    states = rows(folder, "SELECT state, count(*) FROM samples_sample GROUP BY state")
    assert sum(int(str(number)) for _, number in states) == 10
    assert {state for state, _ in states} <= {"analysed", "unreadable"}
    assert ("known-stalkerware",) in rows(folder, "SELECT verdict FROM samples_sample")


def test_the_tour_has_a_link_for_everybody_and_a_key_for_every_member(twice: tuple[Path, str, str]) -> None:
    _, first, second = twice
    for tour in (first, second):
        assert len(set(re.findall(r"http://127\.0\.0\.1:\d+/invitation/\S+", tour))) == 7
        assert len(set(re.findall(r"luc_[a-z2-7]{8}_[A-Za-z0-9_-]{43}", tour))) == 4


def test_doing_it_again_adds_nothing_and_ends_the_keys_and_links_of_before(twice: tuple[Path, str, str]) -> None:
    folder, first, second = twice
    assert rows(folder, "SELECT count(*) FROM samples_handin") == [(10,)]
    assert rows(folder, "SELECT count(*) FROM members_organisation") == [(4,)]
    assert rows(folder, "SELECT count(*) FROM members_apikey WHERE revoked_at IS NULL") == [(4,)]
    open_links = "SELECT count(*) FROM members_invitation WHERE used_at IS NULL AND expires_at > datetime('now')"
    assert rows(folder, open_links) == [(7,)]
    assert not set(re.findall(r"luc_\S+", first)) & set(re.findall(r"luc_\S+", second))


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    done = demonstrate(tmp_path)
    assert done.returncode != 0
    assert "not empty" in done.stderr + done.stdout
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]
