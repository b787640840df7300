"""The three questions at a real terminal: asked only of a person, answered by numbers, never in the way."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from luciole.cli import exit_codes
from luciole.guidance import languages, questions, texts
from luciole.guidance.questions import ANSWERS
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS

NUMBER = {code: str(number) for number, code in enumerate(ANSWERS, start=1)}
GO_ON, STOP = "1", "2"
YES, NO = "1", "2"
CALM = [NUMBER["no"], NUMBER["yes"], NUMBER["no"]]
PATIENCE = 60


class Person:
    """Somebody at a terminal: reads until there is a question, types a line."""

    def __init__(self, folder: Path, *arguments: str | Path, language: str = "en") -> None:
        kept = {"PATH": os.environ["PATH"], "HOME": str(folder), "LUCIOLE_DATA": str(folder / "data")}
        self.terminal, inner = pty.openpty()
        command = [sys.executable, "-m", "luciole", "check", *map(str, arguments), "--language", language]
        self.process = subprocess.Popen(
            command, stdin=inner, stdout=inner, stderr=inner, cwd=folder, close_fds=True,
            env={**kept, "TERM": "dumb", "COLUMNS": "100", "NO_COLOR": "1"}, start_new_session=True,
        )  # fmt: skip
        os.close(inner)
        self.shown = ""

    def answer(self, *lines: str) -> int:
        """Types a line each time a prompt waits, reads to the end; returns the exit code."""
        waiting = list(lines)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.terminal], [], [], 0.3)
            if ready:
                try:
                    data = os.read(self.terminal, 65536)
                except OSError:
                    break
                if not data:
                    break
                self.shown += data.decode("utf-8", "replace")
            elif waiting and self.shown.rstrip(" ").splitlines()[-1:] and self.shown.endswith(" "):
                os.write(self.terminal, waiting.pop(0).encode() + b"\n")
        code = self.process.wait(timeout=PATIENCE)
        os.close(self.terminal)
        assert waiting == []
        return code

    def said(self, text: str) -> bool:
        return "".join(text.split()) in "".join(self.shown.split())


@pytest.fixture
def app(tmp_path: Path) -> Path:
    path = tmp_path / "app.apk"
    path.write_bytes(build_apk(DEMONSTRATIONS["stalkerware-like"]))
    return path


def test_a_person_is_asked_all_three_and_then_sees_the_result(app: Path, tmp_path: Path) -> None:
    person = Person(tmp_path, app)
    assert person.answer(*CALM) == exit_codes.FOUND
    assert all(person.said(text) for text in (questions.INTRODUCTION, *questions.QUESTIONS))
    assert not person.said(questions.GO_ON)
    assert person.said(texts.TITLE)


def test_who_chooses_to_stop_stops_before_anything_is_read(app: Path, tmp_path: Path) -> None:
    person = Person(tmp_path, app, "--out", tmp_path / "out")
    assert person.answer(NUMBER["yes"], NUMBER["yes"], NUMBER["yes"], STOP) == exit_codes.INTERRUPTED
    assert person.said(questions.STOPPED)
    assert person.said(questions.OTHER_COMPUTER)
    assert not person.said(texts.TITLE)
    assert not (tmp_path / "out").exists()


def test_who_insists_goes_on_and_sees_first_what_matters_to_them(app: Path, tmp_path: Path) -> None:
    person = Person(tmp_path, app)
    assert person.answer(NUMBER["yes"], NUMBER["no"], NUMBER["no"], GO_ON) == exit_codes.FOUND
    shown = "".join(person.shown.split())
    page = shown[shown.index("".join(texts.TITLE.split())) :]
    assert page.index("".join(texts.OTHER_DEVICE.split())) < page.index("".join(texts.DANGER.split()))


def test_a_report_on_a_computer_that_others_see_is_written_only_after_a_second_yes(app: Path, tmp_path: Path) -> None:
    for answer, written in ((NO, False), (YES, True)):
        person = Person(tmp_path, app, "--html", tmp_path / "r.html")
        code = person.answer(NUMBER["unsure"], NUMBER["yes"], NUMBER["no"], GO_ON, answer)
        assert code == exit_codes.FOUND
        assert person.said(questions.WRITE_HERE)
        assert (tmp_path / "r.html").exists() == written


def test_not_now_three_times_is_fine_and_something_else_is_asked_again(app: Path, tmp_path: Path) -> None:
    person = Person(tmp_path, app)
    later = NUMBER["not-now"]
    assert person.answer(later, "what?", "9", later, later, GO_ON) == exit_codes.FOUND
    assert person.said(questions.NO_HURRY)


def test_no_answer_is_kept_anywhere(app: Path, tmp_path: Path) -> None:
    """Whatever was answered, the saved result is the same, and nothing else was written."""
    kept = []
    for answers in (CALM, [NUMBER["no"], NUMBER["no"], NUMBER["no"], GO_ON]):
        out = tmp_path / f"out{len(kept)}"
        person = Person(tmp_path, app, "--out", out)
        person.answer(*answers)
        text = (out / "result.json").read_text("utf-8")
        kept.append([line for line in text.splitlines() if '"created"' not in line])
    assert kept[0] == kept[1]
    assert {one.name for one in tmp_path.iterdir()} == {"app.apk", "out0", "out1"}


@pytest.mark.parametrize("option", ["--yes", "--quiet", "--json"])
def test_automation_is_not_asked_even_at_a_terminal(app: Path, tmp_path: Path, option: str) -> None:
    person = Person(tmp_path, app, option)
    assert person.answer() == exit_codes.FOUND
    assert not person.said(questions.INTRODUCTION)


def test_nobody_is_asked_where_there_is_no_terminal(app: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "luciole", "check", str(app)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, input="", cwd=tmp_path)
    assert ended.returncode == exit_codes.FOUND
    assert questions.INTRODUCTION not in ended.stdout + ended.stderr


@pytest.mark.parametrize("language", [one for one in languages.offered() if one != "en"])
def test_the_questions_come_in_every_language(app: Path, tmp_path: Path, language: str) -> None:
    person = Person(tmp_path, app, language=language)
    assert person.answer(*CALM) == exit_codes.FOUND
    translate = languages.translator(language)
    assert all(person.said(translate(text)) for text in questions.QUESTIONS)


def test_ctrl_d_is_a_way_out(app: Path, tmp_path: Path) -> None:
    person = Person(tmp_path, app)
    assert person.answer("\x04") == exit_codes.INTERRUPTED
