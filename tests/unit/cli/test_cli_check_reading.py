"""`luciole check` of a phone at the cable, and the options that say what else to read."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from luciole.cli import exit_codes, output, reading
from luciole.cli.main import run
from luciole.kernel.errors import UsageError
from luciole.simulate.apps.build import build_apk
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.live.adb_server import AdbServer, SimulatedDevice


@pytest.fixture
def server() -> Iterator[AdbServer]:
    with AdbServer(SimulatedDevice("ONE", demonstration())) as made:
        yield made


def test_a_phone_at_the_cable_is_checked_and_no_copy_stays(
    server: AdbServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    code = run(["check", "--adb", "--adb-server", server.address, "--yes", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert code in {exit_codes.FOUND, exit_codes.COULD_NOT_LOOK}
    assert {one["subject"]["kind"] for one in told["assessments"]} == {"device", "app"}
    assert list(tmp_path.iterdir()) == []


def test_without_a_yes_nothing_is_asked_of_the_phone(server: AdbServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--adb", "--adb-server", server.address]) == exit_codes.USAGE
    assert "--yes" in capsys.readouterr().err


def test_no_path_and_no_phone_is_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check"]) == exit_codes.USAGE
    assert "--adb" in capsys.readouterr().err


def test_spans_of_time_are_read_as_pairs() -> None:
    assert reading.spans_of(("2026-11-20T23:00Z/2026-11-21T06:00Z",)) == (("2026-11-20T23:00Z", "2026-11-21T06:00Z"),)


@pytest.mark.parametrize("text", ["", "at night", "2026-11-20/", "2026-11-21T06:00Z/2026-11-20T23:00Z", "1/2/3"])
def test_what_is_no_span_of_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="no span of time"):
        reading.spans_of((text,))


def test_a_very_long_result_is_not_set_on_paper_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "MOST_ON_PAPER", 0)
    app = tmp_path / "a.apk"
    app.write_bytes(build_apk({"package": "org.example.inert.long", "permissions": ["READ_SMS", "INTERNET"]}))
    assert run(["check", str(app), "--yes", "--out", str(tmp_path / "out")]) == exit_codes.FOUND
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["result.html", "result.json"]
    assert "--pdf" in capsys.readouterr().err
