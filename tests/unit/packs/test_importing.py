"""Lists come from files, folders and addresses that a person named; nothing else is ever asked."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from luciole.kernel.errors import CouldNotLook, NotThisKind, UsageError
from luciole.packs import importing
from luciole.packs import store as store_module
from luciole.packs.settings import Settings, load_settings
from luciole.packs.store import Store

IOC = "- name: Invented\n  type: stalkerware\n  packages:\n  - org.example.invented\n"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == "/ioc.yaml"
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(IOC.encode() if found else b"")

    def log_message(self, *_: object) -> None:
        """Keeps the test's output quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_list_is_fetched_from_the_address_that_was_named(address: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    assert importing.import_list(f"{address}/ioc.yaml", store, "2026-01-01").changed
    assert not importing.import_list(f"{address}/ioc.yaml", store, "2026-01-01").changed
    index = store.index()
    assert index is not None
    assert index.known("package", ["org.example.invented", "org.example.other"]) == {"org.example.invented"}


def test_an_address_that_does_not_answer_is_said_and_changes_nothing(address: str, tmp_path: Path) -> None:
    with pytest.raises(CouldNotLook, match="404"):
        importing.import_list(f"{address}/missing.yaml", Store(tmp_path), "2026-01-01")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", ["http://example.invalid/ioc.yaml", "ftp://example.invalid/x", "file:///etc/passwd"])
def test_only_https_is_asked(where: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="https"):
        importing.import_list(where, Store(tmp_path), "2026-01-01")


def test_an_unknown_format_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("a letter")
    with pytest.raises(NotThisKind):
        importing.import_list(str(tmp_path / "letter.txt"), Store(tmp_path / "data"), "2026-01-01")
    assert not (tmp_path / "data").exists()


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "list").mkdir()
    (tmp_path / "secret.yaml").write_text("secret")
    (tmp_path / "list" / "ioc.yaml").symlink_to(tmp_path / "secret.yaml")
    assert importing.read_files(tmp_path / "list") == {}


def test_settings_have_defaults_and_say_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.toml"
    monkeypatch.setenv("LUCIOLE_SETTINGS", str(path))
    assert load_settings() == Settings()
    path.write_text('[[sources]]\nname = "own"\naddresses = ["https://example.invalid/ioc.yaml"]\n')
    assert [source.name for source in load_settings().sources] == ["own"]
    path.write_text("colour = 'blue'\n")
    with pytest.raises(UsageError, match="colour"):
        load_settings()


def invented(folder: Path, *names: str) -> str:
    folder.mkdir(exist_ok=True)
    rows = "".join(f"- name: {name}\n  type: stalkerware\n  packages:\n  - org.example.{name}\n" for name in names)
    (folder / "ioc.yaml").write_text(rows)
    return str(folder / "ioc.yaml")


@pytest.mark.parametrize("stopped_before", ["knowledge.index", "knowledge.json"])
def test_an_import_that_was_stopped_halfway_is_mended_by_the_next(
    stopped_before: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "data")
    importing.import_list(invented(tmp_path / "list", "one"), store, "2026-01-01")
    write = store_module.write_whole

    def stop(path: Path, parts: list[bytes]) -> None:
        if path.name == stopped_before:
            raise KeyboardInterrupt
        write(path, parts)

    both = invented(tmp_path / "list", "one", "two")
    monkeypatch.setattr(store_module, "write_whole", stop)
    with pytest.raises(KeyboardInterrupt):
        importing.import_list(both, store, "2026-01-02")
    monkeypatch.setattr(store_module, "write_whole", write)
    importing.import_list(both, store, "2026-01-02")
    index = store.index()
    assert index is not None
    assert index.known("package", ["org.example.one", "org.example.two"]) == {"org.example.one", "org.example.two"}


def test_knowledge_without_its_index_is_said_and_not_taken_for_none(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    importing.import_list(invented(tmp_path / "list", "one"), store, "2026-01-01")
    (tmp_path / "data" / "knowledge.index").unlink()
    with pytest.raises(CouldNotLook, match="index is missing"):
        store.index()
    importing.import_list(invented(tmp_path / "list", "one"), store, "2026-01-01")
    assert store.index() is not None


def test_a_list_of_which_nothing_can_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ioc.yaml").write_text("&a [*a]")
    with pytest.raises(CouldNotLook, match="Nothing of this list"):
        importing.import_list(str(tmp_path / "ioc.yaml"), Store(tmp_path / "data"), "2026-01-01")
    assert not (tmp_path / "data").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(CouldNotLook, match="data"):
        importing.import_list(invented(tmp_path / "list", "one"), Store(tmp_path / "data"), "2026-01-01")
