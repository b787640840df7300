"""One suite that grades every kind of device evidence: recognition, damage, honesty about gaps, and no writing."""

import os
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import pyrage
import pytest

from luciole import devices
from luciole.devices.names import Kind
from luciole.devices.source import all_sources
from luciole.kernel.errors import NotThisKind
from luciole.kernel.outcome import Reason, State
from luciole.kernel.reading import Reading
from luciole.kernel.vocabulary import AREAS
from luciole.simulate.devices import backup, write
from luciole.simulate.devices.demonstration import KNOWN, demonstration
from luciole.simulate.devices.description import DeviceDescription, Filler
from luciole.simulate.devices.phone import Phone

KEY = pyrage.x25519.Identity.generate()
PASSWORD = "correct horse"  # noqa: S105 - of the simulated backup


def description() -> DeviceDescription:
    filler = Filler(files=20, system_packages=5, user_packages=3, dumpsys_megabytes=0.02, log_lines=10, processes=5)
    return msgspec.structs.replace(demonstration(), filler=filler)


def _folder(target: Path) -> Path:
    return write.write_folder(description(), target)


def _zip(target: Path) -> Path:
    return write.write_zip(description(), target / "evidence", inside_folder=True)


def _age(target: Path) -> Path:
    return write.write_age(description(), target / "evidence", str(KEY.to_public()))


def _bugreport(target: Path) -> Path:
    return write.write_bugreport(description(), target / "evidence")


def _text(target: Path) -> Path:
    return write.write_bugreport(description(), target / "evidence", text=True)


def _backup(password: str) -> Callable[[Path], Path]:
    def make(target: Path) -> Path:
        path = target / "evidence"
        path.write_bytes(backup.backup(Phone(description()), password))
        return path

    return make


def _apks(target: Path) -> Path:
    folder = target / "pulled"
    folder.mkdir()
    acquisition = write.write_folder(description(), target)
    for apk in (acquisition / "apks").iterdir():
        (folder / apk.name).write_bytes(apk.read_bytes())
    return folder


MADE: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "androidqf-folder": ("androidqf", _folder),
    "androidqf-zip": ("androidqf", _zip),
    "age": ("age-encrypted", _age),
    "bugreport": ("bugreport", _bugreport),
    "text": ("dumpsys", _text),
    "backup": ("backup", _backup("")),
    "backup-encrypted": ("backup", _backup(PASSWORD)),
    "apks": ("apk-folder", _apks),
}


class Watching:
    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        return set(values) & {KNOWN} if kind == "package" else set()


def read(path: Path) -> Reading:
    return devices.read_evidence(path, watch=Watching(), now="2025-03-20", identity=str(KEY), password=PASSWORD)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: make(tmp_path_factory.mktemp(name)) for name, (_, make) in MADE.items()}


def everything(path: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of everything below a folder."""
    found = {}
    for folder, _, names in os.walk(path):
        for name in names:
            status = os.lstat(Path(folder) / name)
            found[str(Path(folder) / name)] = (status.st_size, status.st_mtime_ns)
    return found


def test_every_kind_is_found_and_has_what_is_asked_of_it() -> None:
    assert {source.KIND for source in all_sources()} == {kind for kind, _ in MADE.values()}
    for source in all_sources():
        assert source.TITLE
        assert set(source.AREAS) <= set(AREAS)
        assert callable(source.recognise)
        assert callable(source.read)


@pytest.mark.parametrize("name", MADE)
def test_a_kind_is_recognised_by_its_content_and_by_no_other_source(name: str, made: dict[str, Path]) -> None:
    assert devices.recognise(made[name]) == MADE[name][0]


@pytest.mark.parametrize("name", MADE)
def test_evidence_is_read_and_every_area_accounted_for(name: str, made: dict[str, Path]) -> None:
    reading = read(made[name])
    assert reading.problem == ""
    assert reading.evidence.kind == MADE[name][0]
    assert [each.area for each in reading.coverage] == [area for area in AREAS if area.startswith("device.")]
    examined = {each.area for each in reading.coverage if each.state is not State.NOT_LOOKED_AT}
    source = next(source for source in all_sources() if MADE[name][0] == source.KIND)
    assert examined <= set(source.AREAS)
    for each in reading.coverage:
        assert each.state is State.EXAMINED or each.reason is not Reason.NONE


@pytest.mark.parametrize("name", [name for name in MADE if name != "apks"])
def test_the_known_app_is_found(name: str, made: dict[str, Path]) -> None:
    reading = read(made[name])
    named = {fact.value for found in reading.subjects for fact in found.facts if fact.name == "named.package"}
    assert KNOWN in named | {found.subject.identity for found in reading.subjects}


@pytest.mark.parametrize("name", MADE)
def test_reading_writes_nothing(
    name: str, made: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = everything(made[name].parent)
    read(made[name])
    assert everything(made[name].parent) == before
    assert everything(tmp_path) == {}


@pytest.mark.parametrize("name", [name for name in MADE if "folder" not in name and name != "apks"])
def test_a_file_cut_at_any_point_is_refused_or_read_in_part_and_says_so(
    name: str, made: dict[str, Path], tmp_path: Path
) -> None:
    data = made[name].read_bytes()
    whole = read(made[name])
    complete = readable(whole)
    path = tmp_path / "cut"
    for step in range(24):
        path.write_bytes(data[: len(data) * step // 24])
        try:
            reading = read(path)
        except NotThisKind:
            continue
        gaps = [each for each in reading.coverage if each.state is not State.EXAMINED and each.area in _areas(reading)]
        assert readable(reading) <= complete
        assert reading.problem or gaps


def readable(reading: Reading) -> int:
    return sum(fact.name != "unreadable.section" for found in reading.subjects for fact in found.facts)


def _areas(reading: Reading) -> set[str]:
    return set(next(source.AREAS for source in all_sources() if reading.evidence.kind == source.KIND))


@pytest.mark.parametrize("name", [name for name in MADE if "folder" not in name and name != "apks"])
def test_flipped_bytes_raise_nothing_but_the_errors_of_luciole(
    name: str, made: dict[str, Path], tmp_path: Path
) -> None:
    data = made[name].read_bytes()
    path = tmp_path / "flipped"
    for step in range(1, 30):
        changed = bytearray(data)
        for at in range(step * 37 % len(data), len(data), max(1, len(data) // 5)):
            changed[at] ^= 1 << (step % 8)
        path.write_bytes(changed)
        try:
            reading = read(path)
        except NotThisKind:
            continue
        assert len(reading.coverage) == sum(area.startswith("device.") for area in AREAS)


def test_without_the_key_nothing_is_read_and_nothing_counts_as_looked_at(made: dict[str, Path]) -> None:
    for identity in (None, "", "AGE-SECRET-KEY-1BROKEN", str(pyrage.x25519.Identity.generate())):
        reading = devices.read_evidence(made["age"], identity=identity)
        assert reading.problem
        assert reading.subjects == ()
        assert {each.state for each in reading.coverage} == {State.NOT_LOOKED_AT}
        assert {each.reason for each in reading.coverage} == {Reason.ENCRYPTED}


def test_without_the_password_a_backup_is_encrypted_not_empty(made: dict[str, Path]) -> None:
    for password in (None, "wrong"):
        reading = devices.read_evidence(made["backup-encrypted"], password=password)
        states = {each.area: (each.state, each.reason) for each in reading.coverage}
        assert states["device.backup"] == (State.NOT_LOOKED_AT, Reason.ENCRYPTED)
        assert "password" in reading.problem


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 100, b"PK\x03\x04", b"hello", b"PK\x05\x06" + bytes(18), b"age-encryption.org/v2\n"]
)
def test_other_files_are_no_evidence(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bugreport-androidqf-dumpsys.zip"
    path.write_bytes(data)
    assert devices.recognise(path) is None
    with pytest.raises(NotThisKind):
        read(path)


def test_an_empty_folder_is_no_evidence(tmp_path: Path) -> None:
    assert devices.recognise(tmp_path) is None
    assert devices.recognise(tmp_path / "absent") is None


@pytest.mark.parametrize("at", range(40))
def test_each_member_of_an_archive_may_be_damaged_alone(at: int, made: dict[str, Path], tmp_path: Path) -> None:
    """One byte in the middle of one member's data: that member is named as damaged, the others are read."""
    data = bytearray(made["androidqf-zip"].read_bytes())
    members = sorted(zipfile.ZipFile(made["androidqf-zip"]).infolist(), key=lambda entry: entry.header_offset)
    if at >= len(members):
        return
    member = members[at]
    start = member.header_offset + 30 + len(member.filename.encode())
    data[start + member.compress_size // 2] ^= 0x55
    path = tmp_path / "evidence"
    path.write_bytes(data)
    reading = read(path)
    before = read(made["androidqf-zip"])
    assert reading.coverage != before.coverage or member.filename.endswith((".apk", "acquisition.json", "hashes.csv"))
    assert len(reading.subjects) > 1


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "logcat.txt").write_text(f"Start proc {KNOWN}\n", "utf-8")
    folder = write.write_folder(
        msgspec.structs.replace(description(), apps=(), absent=("logcat.txt",)), tmp_path / "acquisition"
    )
    (folder / "logcat.txt").symlink_to(secret / "logcat.txt")
    (folder / "logs").mkdir(exist_ok=True)
    (folder / "logs" / "more").symlink_to(secret)
    reading = read(folder)
    assert KNOWN not in str(reading.subjects)
    names = next(each for each in reading.coverage if each.area == "device.names")
    assert names.state is State.PARTIAL
    assert "logcat.txt" in names.detail
