"""The files of a simulated acquisition are what their names say: JSON parses, digests are true, archives open."""

import csv
import hashlib
import io
import json
import stat
import tracemalloc
import zipfile
from pathlib import Path

import msgspec
import pyrage
import pytest

from luciole.kernel.errors import ContentError, UsageError
from luciole.simulate.devices import androidqf
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import (
    App,
    DeviceDescription,
    Filler,
    IntrusionEvent,
    Root,
    Setting,
    load_description,
)
from luciole.simulate.devices.phone import Phone
from luciole.simulate.devices.write import write_age, write_bugreport, write_folder, write_zip, zip_chunks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(demonstration(), tmp_path)


def test_every_json_file_parses_and_is_indented_with_four_spaces(folder: Path) -> None:
    files = sorted(folder.rglob("*.json"))
    assert {path.name for path in files} >= {
        "acquisition.json", "packages.json", "files.json", "mounts.json", "root_binaries.json", "processes.json",
    }  # fmt: skip
    for path in files:
        text = path.read_text()
        assert json.dumps(json.loads(text), indent=4, ensure_ascii=False) == text, path.name


def test_hashes_csv_holds_the_true_sha256_of_every_other_file(folder: Path) -> None:
    rows = dict(csv.reader((folder / "hashes.csv").read_text().splitlines()))
    paths = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    del paths["hashes.csv"]
    assert rows == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()}


def test_hashes_csv_can_hold_the_paths_of_the_computer_that_took_it(tmp_path: Path) -> None:
    folder = write_folder(DeviceDescription(absolute_hash_paths=True), tmp_path)
    stored = json.loads((folder / "acquisition.json").read_text())["storage_path"]
    rows = list(csv.reader((folder / "hashes.csv").read_text().splitlines()))
    assert all(path.startswith(stored + "/") for path, _ in rows)


def test_files_are_read_only(folder: Path) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o400}


def test_packages_json_has_the_fields_of_the_collector(folder: Path) -> None:
    rows = json.loads((folder / "packages.json").read_text())
    assert set(rows[0]) == {"name", "files", "installer", "uid", "disabled", "system", "third_party"}
    file = rows[0]["files"][0]
    assert set(file) == {
        "path", "local_name", "md5", "sha1", "sha256", "sha512", "error", "verified_certificate", "certificate",
        "certificate_error", "trusted_certificate",
    }  # fmt: skip
    assert set(file["certificate"]) == {
        "Md5", "Sha1", "Sha256", "ValidFrom", "ValidTo", "Issuer", "Subject", "SignatureAlgorithm", "SerialNumber",
    }  # fmt: skip
    assert {row["installer"] for row in rows} >= {"null", "com.android.vending", "org.fdroid.fdroid"}


def test_packages_json_lists_user_0_only_as_the_collector_does(folder: Path) -> None:
    names = {row["name"] for row in json.loads((folder / "packages.json").read_text())}
    assert "org.example.systemservice" in names
    assert "org.example.familywatch" not in names
    assert "DUMP OF SERVICE package" in (folder / "dumpsys.txt").read_text()
    assert "Package [org.example.familywatch]" in (folder / "dumpsys.txt").read_text()


def test_a_pulled_app_file_has_the_digests_that_packages_json_says(folder: Path) -> None:
    rows = json.loads((folder / "packages.json").read_text())
    file = next(row for row in rows if row["name"] == "org.example.systemservice")["files"][0]
    data = (folder / file["local_name"]).read_bytes()
    assert data[:2] == b"PK"
    for name in ("md5", "sha1", "sha256", "sha512"):
        assert file[name] == hashlib.new(name, data).hexdigest()
    assert bytes.fromhex(file["certificate"]["Sha256"])


def test_a_removed_app_with_its_data_has_no_files(tmp_path: Path) -> None:
    app = App("org.example.gone", state="removed-data-kept")
    folder = write_folder(DeviceDescription(apps=(app,)), tmp_path)
    rows = json.loads((folder / "packages.json").read_text())
    assert next(row for row in rows if row["name"] == "org.example.gone")["files"] is None


def test_settings_are_one_key_a_line_and_keep_equals_signs_in_values(tmp_path: Path) -> None:
    setting = Setting("global", "odd_value", "a=b=c")
    folder = write_folder(DeviceDescription(settings=(setting,)), tmp_path)
    lines = (folder / "settings_global.txt").read_text().splitlines()
    assert "odd_value=a=b=c" in lines
    assert all("=" in line for line in lines)


def test_getprop_lines_have_brackets(folder: Path) -> None:
    lines = (folder / "getprop.txt").read_text().splitlines()
    assert all(line.startswith("[") and "]: [" in line and line.endswith("]") for line in lines)
    assert "[ro.build.version.security_patch]: [2024-06-05]" in lines


def test_services_are_numbered_and_tabbed(folder: Path) -> None:
    first, *rows = (folder / "services.txt").read_text().splitlines()
    assert first == f"Found {len(rows)} services:"
    assert all(row.split("\t")[0] == str(index) and ": [" in row for index, row in enumerate(rows))


def test_the_intrusion_log_is_one_json_object_a_line(tmp_path: Path) -> None:
    event = IntrusionEvent("dns", "org.example.a", "host.example")
    folder = write_folder(DeviceDescription(android_version="16", intrusion=(event,)), tmp_path)
    lines = (folder / "intrusion_logs" / "exported-events.txt").read_text().splitlines()
    assert json.loads(lines[0])["dns_event"]["hostname"] == "host.example"


def test_the_zip_holds_the_same_files_as_the_folder(folder: Path, tmp_path: Path) -> None:
    path = write_zip(demonstration(), tmp_path / "a.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
    assert held == {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_zip_can_hold_the_folder_itself(tmp_path: Path) -> None:
    path = write_zip(DeviceDescription(), tmp_path / "a.zip", inside_folder=True)
    with zipfile.ZipFile(path) as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {
            androidqf.acquisition_id(Phone(DeviceDescription()))
        }


def test_the_age_file_decrypts_to_the_zip(tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    path = write_age(DeviceDescription(), tmp_path / "a.zip.age", str(identity.to_public()))
    assert path.read_bytes().startswith(b"age-encryption.org/v1")
    assert pyrage.decrypt(path.read_bytes(), [identity]) == b"".join(zip_chunks(DeviceDescription()))


def test_another_key_than_an_age_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_age(DeviceDescription(), tmp_path / "a.age", "ssh-rsa AAAA")


def test_the_bug_report_archive_names_its_text(tmp_path: Path) -> None:
    path = write_bugreport(demonstration(), tmp_path / "bugreport.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        name = archive.read("main_entry.txt").decode()
        text = archive.read(name).decode()
        assert archive.read("version.txt") == b"2.0"
    plain = write_bugreport(demonstration(), tmp_path / "bugreport.txt", text=True)
    assert plain.read_text() == text
    assert "------ SYSTEM PROPERTIES (getprop) ------" in text
    assert "DUMP OF SERVICE CRITICAL activity:" in text
    assert "DUMP OF SERVICE HIGH meminfo:" in text
    assert "DUMP OF SERVICE package:" in text


def test_the_bug_report_inside_an_acquisition_opens(folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO((folder / "bugreport.zip").read_bytes())) as archive:
        assert "main_entry.txt" in archive.namelist()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    assert b"".join(zip_chunks(demonstration(3))) == b"".join(zip_chunks(demonstration(3)))
    assert b"".join(zip_chunks(demonstration(3))) != b"".join(zip_chunks(demonstration(4)))


@pytest.mark.parametrize("name", ["dumpsys.txt", "files.json", "packages.json", "hashes.csv"])
def test_a_file_can_be_left_out(tmp_path: Path, name: str) -> None:
    folder = write_folder(DeviceDescription(absent=(name,)), tmp_path)
    assert not (folder / name).exists()


def test_both_shapes_of_processes_and_of_the_file_list(tmp_path: Path) -> None:
    old = DeviceDescription(processes_shape="text", files_shape="lines", apps=(App("org.example.run", process=True),))
    folder = write_folder(old, tmp_path)
    assert not (folder / "processes.json").exists()
    last = (folder / "processes.txt").read_text().splitlines()[-1].split()
    assert last[0].startswith("u0_a")
    assert last[-1] == "org.example.run"
    rows = [json.loads(line) for line in (folder / "files.json").read_text().splitlines()]
    assert "/data/data/org.example.run" in {row["path"] for row in rows}


def test_root_traces_show(tmp_path: Path) -> None:
    root = Root(("/system/xbin/su",), ("/dev/block/dm-4 on /system type ext4 (rw)",), permissive=True, debuggable=True)
    folder = write_folder(DeviceDescription(root=root, verified_boot="orange"), tmp_path)
    assert json.loads((folder / "root_binaries.json").read_text()) == ["/system/xbin/su"]
    assert (folder / "selinux.txt").read_text() == "Permissive\n"
    assert "[ro.debuggable]: [1]" in (folder / "getprop.txt").read_text()


def test_large_files_are_streamed() -> None:
    description = DeviceDescription(filler=Filler(files=60_000, dumpsys_megabytes=12))
    tracemalloc.start()
    try:
        size = sum(len(chunk) for member in androidqf.members(Phone(description)) for chunk in member.chunks)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 40_000_000
    assert peak < 8_000_000


def test_a_description_is_read_from_yaml() -> None:
    text = """
    model: Test Phone
    shape: samsung
    android_version: "11"
    users: [{id: 0, kind: owner, name: Owner}, {id: 150, kind: secure-folder, name: Secure Folder}]
    apps:
      - package: org.example.a
        users: [150]
        appops: {RECORD_AUDIO: {mode: allow, last_background: "2025-03-01T00:00:00Z"}}
        accessibility: [{service: .S, state: bound}]
        apk: {package: org.example.a, permissions: [INTERNET]}
    """
    description = load_description(text)
    assert description.apps[0].appops["RECORD_AUDIO"].last_background == "2025-03-01T00:00:00Z"
    assert description.users[1].kind == "secure-folder"


@pytest.mark.parametrize("text", ["modle: x", "apps: [{}]", "shape: nokia", "[", "taken: 5"])
def test_a_wrong_description_says_what_is_wrong(text: str) -> None:
    with pytest.raises(ContentError) as caught:
        load_description(text)
    assert caught.value.problems[0].startswith("device description:")


def test_a_description_survives_json() -> None:
    description = demonstration()
    assert load_description(msgspec.json.encode(description)) == description
