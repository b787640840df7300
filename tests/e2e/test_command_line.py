"""The command line as its users meet it: exit codes, output forms, and files that are whole or not there."""

import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jsonschema
import msgspec
import pytest

from luciole.report.json import schema
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.apps.write import write_apps
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.write import write_zip

Run = subprocess.CompletedProcess[str]


class QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keeps the test's output quiet."""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    names = ("notes", "stalkerware-like", "malformed")
    write_apps(folder / "apps", {name: DEMONSTRATIONS[name] for name in names})
    write_zip(demonstration(), folder / "phone.zip")
    (folder / "letter.txt").write_text("a letter")
    (folder / "empty.apk").touch()
    return folder


@pytest.fixture
def luciole(tmp_path: Path) -> "Command":
    return Command(tmp_path)


class Command:
    def __init__(self, home: Path) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "LUCIOLE_SHARED") if name in os.environ}
        self.environment = {**kept, "HOME": str(home), "LUCIOLE_DATA": str(home / "data"), "LANG": "C.UTF-8"}
        self.home = home

    def __call__(self, *arguments: object, **environment: str) -> Run:
        command = [sys.executable, "-m", "luciole", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=self.home, env={**self.environment, **environment}, check=False
        )


def test_nothing_seen_is_0_and_something_found_is_10(luciole: Command, inputs: Path) -> None:
    assert luciole("check", inputs / "apps" / "notes.apk").returncode == 0
    assert luciole("check", inputs / "apps" / "stalkerware-like.apk").returncode == 10


def test_something_that_could_not_be_looked_at_is_11_and_said(luciole: Command, inputs: Path) -> None:
    for name in ("letter.txt", "empty.apk"):
        run = luciole("check", inputs / name)
        assert run.returncode == 11
        assert "What could not be read" in run.stdout
        assert name in run.stdout


def test_a_file_of_no_kind_is_told_which_kinds_there_are(luciole: Command, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("Packages:\n  Package [org.example.app] (1a2b3c):\n    userId=10100\n")
    (unreadable,) = json.loads(luciole("check", "--json", tmp_path / "p.txt").stdout)["unreadable"]
    assert "no kind of file that Luciole reads" in unreadable["problem"]
    assert "whole dumpsys texts" in unreadable["remedy"]


def test_found_comes_before_could_not_look(luciole: Command, inputs: Path) -> None:
    assert luciole("check", inputs / "empty.apk", inputs / "apps" / "stalkerware-like.apk").returncode == 10


@pytest.mark.parametrize("arguments", [["check"], ["nonsense"], ["check", "no-such-file"], ["check", "--nonsense"]])
def test_wrong_usage_is_2_and_says_what_to_do(luciole: Command, arguments: list[str]) -> None:
    run = luciole(*arguments)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert run.stderr


def test_json_is_the_whole_output_and_fits_the_schema(luciole: Command, inputs: Path) -> None:
    run = luciole("check", "--json", inputs / "phone.zip")
    result = json.loads(run.stdout)
    jsonschema.validate(result, schema())
    assert {one["subject"]["kind"] for one in result["assessments"]} == {"app", "device"}
    assert run.stderr == ""


def test_out_writes_both_files_and_prints_their_paths_last(luciole: Command, inputs: Path, tmp_path: Path) -> None:
    run = luciole("check", inputs / "apps", "--out", tmp_path / "report")
    names = ["result.html", "result.json", "result.pdf"]
    assert run.stdout.splitlines()[-3:] == [str(tmp_path / "report" / name) for name in names]
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == names


def test_quiet_prints_only_the_verdicts(luciole: Command, inputs: Path) -> None:
    run = luciole("check", "--quiet", inputs / "apps" / "stalkerware-like.apk")
    assert len(run.stdout.splitlines()) == 1
    assert run.stderr.startswith("Do not remove anything yet.")
    assert "does not mean that" in luciole("check", "--quiet", inputs / "apps" / "notes.apk").stderr


def test_output_that_is_no_terminal_holds_no_control_sequence(luciole: Command, inputs: Path) -> None:
    run = luciole("check", inputs / "apps")
    assert "\x1b" not in run.stdout + run.stderr


def test_a_saved_result_is_shown_again_exactly(luciole: Command, inputs: Path, tmp_path: Path) -> None:
    first = luciole("check", inputs / "apps", "--out", tmp_path / "report")
    again = luciole("report", "render", tmp_path / "report" / "result.json")
    assert first.stdout.startswith(again.stdout)
    html = luciole("report", "render", tmp_path / "report" / "result.json", "--html", tmp_path / "again.html")
    assert html.returncode == 0
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "report" / "result.html").read_bytes()


def test_explain_leads_to_the_byte(luciole: Command, inputs: Path, tmp_path: Path) -> None:
    luciole("check", inputs / "apps", "--out", tmp_path / "report")
    verdict = luciole("explain", tmp_path / "report" / "result.json", "--app", "org.example.inert.systemhelper")
    assert verdict.returncode == 0
    assert "conceal.no-icon" in verdict.stdout
    assert "android.permission.READ_SMS" in verdict.stdout
    assert "@ stalkerware-like.apk · AndroidManifest.xml" in verdict.stdout
    finding = luciole("explain", tmp_path / "report" / "result.json", "persist.autostart", "--json")
    assert json.loads(finding.stdout)[0]["finding"] == "persist.autostart"
    text = luciole("explain", tmp_path / "report" / "result.json", "persist.autostart").stdout
    assert "AndroidManifest.xml" in text
    assert "0x" in text
    unknown = luciole("explain", tmp_path / "report" / "result.json", "no.such-finding")
    assert unknown.returncode == 2
    assert "persist.autostart" in unknown.stderr


def test_triage_writes_a_line_for_each_app_and_goes_on_after_a_bad_one(
    luciole: Command, inputs: Path, tmp_path: Path
) -> None:
    run = luciole("triage", inputs, "--out", tmp_path / "apps.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "apps.jsonl").read_text().splitlines()]
    assert run.returncode == 10
    assert "could not be read" in run.stdout
    by_name = {row["name"]: row for row in rows}
    assert by_name["apps/stalkerware-like.apk"]["verdict"] == "behaves-like-stalkerware"
    assert by_name["apps/notes.apk"]["verdict"] == "nothing-seen"
    assert by_name["empty.apk"]["problem"]
    assert not (tmp_path / "apps.jsonl.partial").exists()


@pytest.mark.parametrize(("name", "code"), [("notes", 0), ("stalkerware-like", 10), ("letter.txt", 11)])
def test_triage_ends_with_the_same_codes_as_a_check(
    name: str, code: int, luciole: Command, inputs: Path, tmp_path: Path
) -> None:
    path = inputs / name if "." in name else inputs / "apps" / f"{name}.apk"
    run = luciole("triage", path, "--out", tmp_path / "apps.jsonl", "--json")
    assert run.returncode == code
    assert json.loads(run.stdout)["out"] == str(tmp_path / "apps.jsonl")


def interrupted(luciole: Command, paths: list[Path], out: Path, finished: int) -> None:
    """Leaves `OUT.partial` as a triage of `paths` leaves it that was stopped after `finished` items and a torn line."""
    partial = out.with_name(out.name + ".partial")
    script = (
        "import sys\nfrom luciole.cli.commands import triage\n"
        "triage._finish = lambda partial, out: sys.exit(9)\n"
        "from luciole.cli.main import main\nmain()\n"
    )
    command = [sys.executable, "-c", script, "triage", *map(str, paths), "--out", str(out)]
    subprocess.run(command, env=luciole.environment, capture_output=True, check=False)
    lines = partial.read_bytes().splitlines(keepends=True)
    partial.write_bytes(b"".join(lines[: finished + 1]) + lines[finished + 1][:20])


def rows_of(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_triage_goes_on_where_it_was_stopped(luciole: Command, inputs: Path, tmp_path: Path) -> None:
    luciole("triage", inputs / "apps", "--out", tmp_path / "all.jsonl")
    out = tmp_path / "some.jsonl"
    interrupted(luciole, [inputs / "apps"], out, 1)
    partial = tmp_path / "some.jsonl.partial"
    lines = partial.read_bytes().splitlines(keepends=True)
    kept = json.loads(lines[1])
    kept["rows"][0]["label"] = "kept from before"
    partial.write_bytes(lines[0] + json.dumps(kept).encode() + b"\n" + lines[2])
    luciole("triage", inputs / "apps", "--out", out)
    assert sorted(str(row["name"]) for row in rows_of(out)) == ["malformed.apk", "notes.apk", "stalkerware-like.apk"]
    assert [row["label"] for row in rows_of(out)].count("kept from before") == 1
    assert not partial.exists()


def test_triage_never_takes_a_row_of_another_file_of_the_same_name(luciole: Command, tmp_path: Path) -> None:
    for folder, name in (("a", "notes"), ("b", "stalkerware-like")):
        write_apps(tmp_path / folder, {"base": DEMONSTRATIONS[name]})
    out = tmp_path / "apps.jsonl"
    write_apps(tmp_path / "a", {"other": DEMONSTRATIONS["messenger"]})
    interrupted(luciole, [tmp_path / "a"], out, 1)
    luciole("triage", tmp_path / "b", tmp_path / "a", "--out", out)
    found = sorted((str(row["name"]), str(row["verdict"])) for row in rows_of(out))
    assert ("base.apk", "behaves-like-stalkerware") in found
    assert [name for name, _ in found] == ["base.apk", "base.apk", "other.apk"]


@pytest.mark.parametrize("damage", [b"", b"nonsense\n", b'{"knowledge":"another"}\n{"key":"x","rows":[]}\n'])
def test_triage_starts_anew_where_the_partial_file_is_of_no_use(
    damage: bytes, luciole: Command, inputs: Path, tmp_path: Path
) -> None:
    (tmp_path / "apps.jsonl.partial").write_bytes(damage)
    assert luciole("triage", inputs / "apps", "--out", tmp_path / "apps.jsonl").returncode == 10
    assert len(rows_of(tmp_path / "apps.jsonl")) == 3


def test_triage_does_not_write_through_a_link(luciole: Command, inputs: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / "apps.jsonl.partial").symlink_to(tmp_path / "elsewhere")
    run = luciole("triage", inputs / "apps", "--out", tmp_path / "apps.jsonl")
    assert run.returncode == 11
    assert "cannot be written" in run.stderr
    assert (tmp_path / "elsewhere").read_text() == "mine"


def test_what_is_not_opened_is_said(luciole: Command, inputs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    write_apps(folder, {"notes": DEMONSTRATIONS["notes"]})
    (folder / "link.apk").symlink_to(inputs / "apps" / "stalkerware-like.apk")
    deep = folder.joinpath(*["d"] * 70)
    deep.mkdir(parents=True)
    run = luciole("check", folder)
    assert run.returncode == 11
    assert "links are not followed" in run.stdout
    assert "too deep" in run.stdout
    os.mkfifo(tmp_path / "pipe")
    assert "neither a file nor a folder" in luciole("check", tmp_path / "pipe").stdout


def test_a_file_name_that_is_no_text_stops_nothing(luciole: Command, inputs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    data = (inputs / "apps" / "stalkerware-like.apk").read_bytes()
    Path(os.fsdecode(os.fsencode(folder) + b"/odd\xff.apk")).write_bytes(data)
    run = luciole("check", folder)
    assert run.returncode == 10
    assert "odd\\xff.apk" in run.stdout


def test_an_app_that_poses_as_an_acquisition_is_assessed_as_an_app_too(luciole: Command, tmp_path: Path) -> None:
    posing = {**msgspec.to_builtins(DEMONSTRATIONS["stalkerware-like"])}
    path = tmp_path / "posing.apk"
    path.write_bytes(build_apk(msgspec.convert(posing, type(DEMONSTRATIONS["notes"]))))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("acquisition.json", "{}")
    run = luciole("check", path, "--json")
    verdicts = {one["subject"]["identity"]: one["verdict"]["code"] for one in json.loads(run.stdout)["assessments"]}
    assert verdicts["org.example.inert.systemhelper"] in {"behaves-like-stalkerware", "needs-a-person"}


def test_triage_writes_parquet(luciole: Command, inputs: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    run = luciole("triage", inputs / "apps", "--out", tmp_path / "apps.parquet")
    assert run.returncode == 10, run.stderr
    assert (tmp_path / "apps.parquet").stat().st_mode & 0o777 == 0o600
    table = pq.read_table(tmp_path / "apps.parquet").to_pylist()
    assert {row["verdict"] for row in table} >= {"nothing-seen", "behaves-like-stalkerware"}
    assert all(isinstance(row["criteria"], list) for row in table)


def test_ctrl_c_leaves_no_partial_file(luciole: Command, inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    many = tmp_path / "many"
    many.mkdir()
    for number in range(400):
        (many / f"{number}.apk").hardlink_to(inputs / "apps" / "stalkerware-like.apk")
    command = [sys.executable, "-m", "luciole", "check", str(many), "--out", str(out)]
    with subprocess.Popen(command, env=luciole.environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        until = time.monotonic() + 60
        while not children.read_text().strip() and process.poll() is None and time.monotonic() < until:
            pass
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 130
    assert not out.exists() or not list(out.iterdir())


def test_doctor_says_what_is_missing_and_how_to_mend_it(luciole: Command, tmp_path: Path) -> None:
    run = luciole("doctor")
    assert run.returncode == 0
    assert "luciole intel import PATH" in run.stdout
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "knowledge.index").write_bytes(b"damaged")
    broken = luciole("doctor", "--json")
    assert broken.returncode == 11
    assert any(line["state"] == "broken" and line["remedy"] for line in json.loads(broken.stdout))


def test_an_installed_list_is_used_shown_searched_and_exported(luciole: Command, inputs: Path, tmp_path: Path) -> None:
    ioc = "- name: Invented\n  type: stalkerware\n  packages:\n  - org.example.inert.notes\n"
    (tmp_path / "ioc.yaml").write_text(ioc)
    assert luciole("intel", "import", tmp_path / "ioc.yaml").returncode == 0
    assert "nothing changed" in luciole("intel", "import", tmp_path / "ioc.yaml").stdout
    run = luciole("check", inputs / "apps" / "notes.apk")
    assert run.returncode == 10
    assert "Invented" in run.stdout
    assert json.loads(luciole("intel", "show", "--json").stdout)["indicators"] == {"package": 1}
    assert luciole("intel", "search", "inert.notes").returncode == 10
    assert luciole("intel", "search", "absent").returncode == 0
    for name in ("json", "csv"):
        assert luciole("intel", "export", "--format", name, "--out", tmp_path / name).returncode == 0
    assert "org.example.inert.notes" in "".join(p.read_text() for p in (tmp_path / "csv").iterdir())


def test_a_damaged_list_stops_the_check_instead_of_being_ignored(
    luciole: Command, inputs: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "knowledge.index").write_bytes(b"damaged")
    run = luciole("check", inputs / "apps" / "notes.apk")
    assert run.returncode == 11
    assert "import the list again" in run.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_completion_script(luciole: Command, shell: str) -> None:
    run = luciole("completion", shell)
    assert run.returncode == 0
    assert "LUCIOLE_COMPLETE" in run.stdout


def test_the_demonstration_shows_its_result_and_prints_the_paths_last(luciole: Command, tmp_path: Path) -> None:
    run = luciole("demo", tmp_path / "demo")
    assert run.returncode == 0, run.stderr
    names = ("result.html", "result.json", "result.pdf")
    assert run.stdout.splitlines()[-3:] == [str(tmp_path / "demo" / name) for name in names]
    result = json.loads((tmp_path / "demo" / "result.json").read_text())
    verdicts = {one["subject"]["identity"]: one["verdict"]["code"] for one in result["assessments"]}
    assert verdicts["org.example.inert.notes"] == "nothing-seen"
    assert verdicts["org.example.inert.systemhelper"] == "behaves-like-stalkerware"
    assert verdicts["org.example.inert.knownfamily"] == "known-stalkerware"
    assert verdicts["org.example.inert.parental"] == "visible-monitoring"
    assert verdicts["org.example.familywatch"] == "known-stalkerware"
    assert luciole("demo", tmp_path / "demo").returncode == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").touch()
    refused = luciole("demo", tmp_path / "mine")
    assert refused.returncode == 2
    assert (tmp_path / "mine" / "letter").exists()


def test_update_says_whom_it_would_ask_and_asks_only_when_told(luciole: Command, tmp_path: Path) -> None:
    run = luciole("update", "--list")
    assert run.returncode == 0
    assert "https://" in run.stdout
    assert not (tmp_path / "data").exists()


def test_update_fetches_the_lists_of_the_settings(luciole: Command, tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "ioc.yaml").write_text(
        "- name: Invented\n  type: stalkerware\n  packages:\n  - org.example.inert.notes\n"
    )
    handler = functools.partial(QuietFiles, directory=str(tmp_path / "web"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/ioc.yaml"
        (tmp_path / "settings.toml").write_text(f'[[sources]]\nname = "own"\naddresses = ["{address}"]\n')
        run = luciole("update", LUCIOLE_SETTINGS=str(tmp_path / "settings.toml"))
        server.shutdown()
        thread.join()
    assert run.returncode == 0, run.stderr
    assert json.loads(luciole("intel", "show", "--json").stdout)["indicators"] == {"package": 1}


@pytest.mark.parametrize("arguments", [["list"], ["show", "collect.sms-read"], ["lint"], ["test"]])
def test_criteria_can_be_listed_shown_linted_and_tested(luciole: Command, arguments: list[str]) -> None:
    run = luciole("criteria", *arguments)
    assert run.returncode == 0, run.stdout + run.stderr
    as_json = luciole("criteria", *arguments, "--json")
    json.loads(as_json.stdout)


def test_a_wrong_criterion_is_reported_with_file_and_line(luciole: Command, tmp_path: Path) -> None:
    (tmp_path / "wrong.yml").write_text("id: collect.wrong\nversion: one\nrule:\n  fact: no.such.fact\n")
    run = luciole("criteria", "lint", tmp_path / "wrong.yml")
    assert run.returncode == 2
    assert "wrong.yml:2" in run.stdout
    assert "wrong.yml:4" in run.stdout
