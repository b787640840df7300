"""`luciole submit`, `search` and `fetch` as people use them, and the client where lines and servers fail."""
# ruff: noqa: F811 - fixtures come in by their names

from __future__ import annotations

import hashlib
import io
import json
import os
import pty
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from running_hub import Running, identity_file, running_hub  # noqa: F401 - fixtures
from vault_making import some

from luciole.client import About, CannotReach, Hub, HubRefused
from luciole.client import hub as hub_module
from luciole.client.connection import Connection
from luciole.client.failures import NotTrusted
from luciole.client.sources import of_path, of_stream
from luciole.simulate.apps.build import build_apk


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def run(
    running: Running, *arguments: str, key: str = "one", given: bytes | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    environment = running.environment | {"LUCIOLE_HUB_ADDRESS": running.address, "LUCIOLE_HUB_KEY": running.keys[key]}
    return subprocess.run(
        [sys.executable, "-m", "luciole", *arguments], env=environment, check=False, capture_output=True, input=given,
        cwd=cwd,
    )  # fmt: skip


def an_archive(folder: Path, files: dict[str, bytes], password: str = "infected") -> Path:  # noqa: S107 - no secret
    inside = folder / "inside"
    inside.mkdir()
    for name, data in files.items():
        (inside / name).write_bytes(data)
    target = folder / "case.zip"
    subprocess.run(
        ["7z", "a", "-tzip", f"-p{password}", "-mem=AES256", str(target), "."], cwd=inside, check=True,
        capture_output=True,
    )  # fmt: skip
    return target


def test_files_folders_and_standard_input_go_in_together(running_hub: Running, tmp_path: Path) -> None:
    one, two, three = some(3000, 11), some(4000, 12), some(5000, 13)
    (tmp_path / "one.apk").write_bytes(one)
    (tmp_path / "folder" / "deeper").mkdir(parents=True)
    (tmp_path / "folder" / "deeper" / "two.apk").write_bytes(two)
    (tmp_path / "folder" / "link").symlink_to("/etc/passwd")
    done = run(
        running_hub, "submit", "one.apk", "folder", "-", "--tlp", "green", "--name", "three.apk", given=three,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines() == [
        f"{digest_of(one)}  one.apk", f"{digest_of(two)}  two.apk", f"{digest_of(three)}  -"
    ]  # fmt: skip
    with Hub(running_hub.address, running_hub.keys["one"]) as hub:
        assert [row.file_name for row in hub.hand_ins(digest_of(three))] == ["three.apk"]


def test_what_cannot_be_handed_in_is_said_and_the_others_are(running_hub: Running, tmp_path: Path) -> None:
    bad = an_archive(tmp_path, {"n.apk": build_apk({"package": "org.example.inert.a", "label": "I"})}, "other")
    good = tmp_path / "good.apk"
    good.write_bytes(some(2000, 14))
    done = run(running_hub, "submit", str(bad), str(good), "--tlp", "red")
    assert done.returncode == 11
    assert done.stdout.decode() == f"{digest_of(some(2000, 14))}  good.apk\n"
    assert "another password" in done.stderr.decode()
    assert "Pack app files into a ZIP archive" in done.stderr.decode()
    as_json = run(running_hub, "submit", str(bad), str(good), "--tlp", "red", "--json")
    outcomes = json.loads(as_json.stdout)
    assert as_json.returncode == 11
    assert [bool(one["problem"]) for one in outcomes] == [True, False]
    assert [row["sha256"] for row in outcomes[1]["hand_ins"]] == [digest_of(some(2000, 14))]


def test_each_app_of_an_archive_is_told(running_hub: Running, tmp_path: Path) -> None:
    apps = {f"n{one}.apk": build_apk({"package": f"org.example.inert.c{one}", "label": "I"}) for one in range(2)}
    archive = an_archive(tmp_path, apps | {"x.txt": b"x"})
    done = run(running_hub, "submit", str(archive), "--tlp", "green")
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.decode().splitlines()) == sorted(
        f"{digest_of(data)}  case.zip: {name}" for name, data in apps.items()
    )
    assert "no app files and were left out: 1" in done.stderr.decode()
    outcome = json.loads(run(running_hub, "submit", str(archive), "--tlp", "green", "--json").stdout)[0]
    assert (len(outcome["hand_ins"]), outcome["left_out"], outcome["problem"]) == (2, 1, "")


@pytest.mark.parametrize("size", [7_000_000, 20_000_000])
def test_what_is_refused_by_its_beginning_is_said_although_the_rest_was_not_read(
    running_hub: Running, tmp_path: Path, size: int
) -> None:
    file = tmp_path / "case.7z"
    file.write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(size))
    done = run(running_hub, "submit", str(file), "--tlp", "red")
    assert done.returncode == 11
    assert b"does not open archives of this kind" in done.stderr
    assert b"Pack app files into a ZIP archive" in done.stderr


def test_a_file_of_a_survivor_needs_their_consent_and_its_name_stays_here(running_hub: Running, tmp_path: Path) -> None:
    file = tmp_path / "Anna.apk"
    file.write_bytes(some(2500, 15))
    refused = run(running_hub, "submit", str(file), "--tlp", "red", "--from-survivor")
    assert refused.returncode == 2
    assert b"--consent" in refused.stderr
    done = run(running_hub, "submit", str(file), "--tlp", "red", "--from-survivor", "--consent", "survivor-1", "--json")
    assert done.returncode == 0, done.stderr
    assert b"Anna" not in json.dumps(json.loads(done.stdout)[0]["hand_ins"]).encode()
    assert json.loads(done.stdout)[0]["hand_ins"][0]["file_name"] == "file.apk"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--embargo-until", "soon"], b"soon is no date"),
        (["--embargo-until", "1850-01-01"], b"embargo_until"),
        (["--source", "two words"], b"source"),
    ],
)
def test_what_is_wrong_with_what_was_said_is_named(
    running_hub: Running, tmp_path: Path, arguments: list[str], said: bytes
) -> None:
    file = tmp_path / "a.apk"
    file.write_bytes(some(2000, 16))
    done = run(running_hub, "submit", str(file), "--tlp", "red", *arguments)
    assert done.returncode in {2, 11}
    assert said in done.stderr


def test_an_embargo_may_be_a_day(running_hub: Running, tmp_path: Path) -> None:
    file = tmp_path / "a.apk"
    file.write_bytes(some(2000, 17))
    done = run(running_hub, "submit", str(file), "--tlp", "green", "--embargo-until", "2031-02-03", "--json")
    assert json.loads(done.stdout)[0]["hand_ins"][0]["embargo_until"] == "2031-02-03T00:00:00Z"


def test_progress_is_shown_on_a_terminal_and_nowhere_else(running_hub: Running, tmp_path: Path) -> None:
    file = tmp_path / "a.apk"
    file.write_bytes(some(40 * 65_536, 18))
    assert b"%" not in run(running_hub, "submit", str(file), "--tlp", "green").stderr
    for quiet in ([], ["--quiet"]):
        ours, theirs = pty.openpty()
        environment = running_hub.environment | {
            "LUCIOLE_HUB_ADDRESS": running_hub.address, "LUCIOLE_HUB_KEY": running_hub.keys["one"]
        }  # fmt: skip
        command = [sys.executable, "-m", "luciole", "submit", str(file), "--tlp", "green", *quiet]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65_536):
                shown += part
        except OSError:  # the other end of a terminal is gone
            pass
        os.close(ours)
        assert process.wait() == 0
        assert (b"50 %" in shown, b"100 %" in shown) == ((not quiet), (not quiet))


def test_an_ended_key_is_said_with_what_to_do(running_hub: Running) -> None:
    broken = running_hub._replace(keys={"one": "luc_aaaaaaaa_" + "a" * 43})
    done = run(broken, "search", "x")
    assert done.returncode == 11
    assert b"Check the key" in done.stderr
    nowhere = running_hub._replace(address="http://127.0.0.1:9")
    assert b"cannot be reached" in run(nowhere, "search", "x").stderr


def test_a_search_that_finds_nothing_says_so_beside_its_output(running_hub: Running) -> None:
    done = run(running_hub, "search", "package:org.example.nowhere")
    assert (done.returncode, done.stdout, b"Nothing was found" in done.stderr) == (0, b"", True)
    assert json.loads(run(running_hub, "search", "package:org.example.nowhere", "--json").stdout) == []


def test_several_samples_are_fetched_and_age_opens_them(
    running_hub: Running, tmp_path: Path, identity_file: Path
) -> None:
    files = {digest_of(some(70_000, one)): some(70_000, one) for one in (20, 21)}
    for digest, data in files.items():
        (tmp_path / digest).write_bytes(data)
    run(running_hub, "submit", *(str(tmp_path / one) for one in files), "--tlp", "green", "--purpose", "detection")
    out = tmp_path / "out"
    out.mkdir()
    absent = "0" * 64
    done = run(
        running_hub, "fetch", *files, absent, "--purpose", "detection", "--out", str(out), "--json", key="two"
    )  # fmt: skip
    assert done.returncode == 11
    outcomes = {one["sha256"]: one for one in json.loads(done.stdout)}
    assert "404" in outcomes[absent]["problem"]
    for digest, data in files.items():
        opened = subprocess.run(
            ["age", "-d", "-i", str(identity_file), outcomes[digest]["file"]], check=True, capture_output=True
        ).stdout
        taken = subprocess.run(["tar", "-xO", digest], input=opened, check=True, capture_output=True).stdout
        assert taken == data
    assert sorted(one.name for one in out.iterdir()) == sorted(f"{one}.tar.age" for one in files)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["xyz", "--out", "."], b"is no SHA-256"),
        (["0" * 64, "1" * 64, "--out", "new"], b"is no folder"),
        (["0" * 64, "--out", "nowhere/new"], b"is no folder"),
    ],
)
def test_nothing_is_asked_for_where_it_could_not_be_put(
    running_hub: Running, tmp_path: Path, arguments: list[str], said: bytes
) -> None:
    done = run(running_hub, "fetch", *arguments, "--purpose", "research", cwd=tmp_path)
    assert (done.returncode, said in done.stderr) == (2, True)


def test_help_loads_neither_the_client_nor_the_hub() -> None:
    code = (
        "import sys\nfrom luciole.cli.main import run\nrun(['--help'])\nrun(['submit', '--help'])\n"
        "heavy = {'django', 'numpy', 'lief', 'ninja', 'http', 'ssl'}\n"
        "sys.exit(any(one.partition('.')[0] in heavy for one in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


# The client where something fails. What answers here is a server of the test, which says what a hub may say.


class Scripted:
    """Answers one request after the other with what it was told, whatever is asked; keeps what was asked."""

    def __init__(self, *answers: bytes | None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.asked: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, args=(answers,), daemon=True)
        self._thread.start()

    def _serve(self, answers: tuple[bytes | None, ...]) -> None:
        for answer in answers:
            client, _ = self._listener.accept()
            with client:
                got = b""
                while b"\r\n\r\n" not in got:
                    got += client.recv(65_536)
                head, _, body = got.partition(b"\r\n\r\n")
                lines = [line.lower() for line in head.split(b"\r\n")]
                length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
                while len(body) < length:
                    body += client.recv(65_536)
                self.asked.append(head)
                if answer is not None:
                    client.sendall(answer)

    def end(self) -> None:
        self._thread.join(10)
        self._listener.close()


def said(status: int, body: object, **headers: str) -> bytes:
    data = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(data)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


HAND_IN = {
    "id": "i", "sha256": "s", "by": "b", "is_own": True, "at": "a", "tlp": "red", "purposes": [], "source": "o",
    "file_name": "f", "note": "", "embargo_until": None, "withdrawn": False,
}  # fmt: skip


@pytest.fixture
def scripted() -> Iterator[Callable[..., tuple[Hub, Scripted, list[float]]]]:
    made: list[Scripted] = []

    def make(*answers: bytes | None) -> tuple[Hub, Scripted, list[float]]:
        server = Scripted(*answers)
        made.append(server)
        waited: list[float] = []
        return Hub("", "", Connection(f"http://127.0.0.1:{server.port}", "luc_x", waited.append)), server, waited

    yield make
    for one in made:
        one.end()


def test_a_request_that_is_still_being_answered_is_asked_again(
    scripted: Callable[..., tuple[Hub, Scripted, list[float]]], tmp_path: Path
) -> None:
    """The first answer was lost; the second try comes while the first one is still at work."""
    file = tmp_path / "a"
    file.write_bytes(b"x")
    hub, server, waited = scripted(None, said(409, {"title": "Conflict"}, Retry_After="1"), said(201, HAND_IN))
    assert hub.submit(file, About()).sha256 == "s"
    marks = {next(line for line in head.split(b"\r\n") if line.startswith(b"Idempotency-Key")) for head in server.asked}
    assert (len(server.asked), len(marks)) == (3, 1)
    assert waited[-1] == 1.0


def test_a_conflict_that_names_no_time_is_not_asked_again(
    scripted: Callable[..., tuple[Hub, Scripted, list[float]]],
) -> None:
    hub, server, _ = scripted(said(409, {"title": "Conflict", "detail": "no"}))
    with pytest.raises(HubRefused):
        hub.comment("0" * 64, "x")
    assert len(server.asked) == 1


def test_a_fetch_waits_for_a_busy_hub_but_is_never_asked_twice_by_itself(
    scripted: Callable[..., tuple[Hub, Scripted, list[float]]],
) -> None:
    hub, server, waited = scripted(said(503, {"title": "x"}, Retry_After="2"), said(200, "ok"))
    with hub.fetch("0" * 64, "research") as stream:
        assert b"".join(stream.chunks()) == b'"ok"'
    assert waited == [2.0]
    cut, again, _ = scripted(said(200, "x" * 100)[:-50])
    with cut.fetch("0" * 64, "research") as stream, pytest.raises(CannotReach):
        b"".join(stream.chunks())
    assert (len(server.asked), len(again.asked)) == (2, 1)


def test_a_connection_that_is_gone_for_a_while_costs_no_piece_that_arrived(
    scripted: Callable[..., tuple[Hub, Scripted, list[float]]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(hub_module, "AT_ONCE", 10)
    monkeypatch.setattr(hub_module, "PIECE", 100)
    file = tmp_path / "a"
    file.write_bytes(bytes(200))

    def at(received: int) -> bytes:
        return said(200, {"id": "u", "size": 200, "received": received, "piece_least": 1, "piece_most": 1000})

    # begun; one piece; the second breaks off, and so does asking for where it stands, more often than one try has
    hub, server, waited = scripted(at(0), at(100), *[None] * 8, at(100), at(200), said(201, HAND_IN))
    assert hub.submit(file, About()).sha256 == "s"
    offsets = [head for head in server.asked if b"Upload-Offset" in head]
    assert [b"Upload-Offset: 100" in head for head in offsets] == [False, True, True]
    assert len(waited) == 8


def test_a_certificate_that_is_not_trusted_is_said_at_once(tmp_path: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "certificate")],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            client, _ = listener.accept()
            with client:
                try:
                    with context.wrap_socket(client, server_side=True) as secured:
                        got.append(secured.recv(100))
                except OSError:
                    return

        thread = threading.Thread(target=answer)
        thread.start()
        waited: list[float] = []
        connection = Connection(f"https://localhost:{listener.getsockname()[1]}", "luc_secret", waited.append)
        with Hub("", "", connection) as hub, pytest.raises(NotTrusted, match="is not trusted"):
            hub.me()
        thread.join(10)
    assert (waited, got) == ([], [])


@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_a_stream_and_a_file_give_the_same(tmp_path: Path, size: int) -> None:
    file = tmp_path / "a"
    file.write_bytes(some(size))
    one = of_path(file)
    with of_stream(io.BytesIO(some(size)), "a") as two:
        assert one[:3] == two[:3]
        for start in (0, size // 2):
            there = some(size)[start:]
            assert b"".join(one.read(start, size - start)) == b"".join(two.read(start, size - start)) == there
