"""Diagnosis archives: what names apps is found, the stream is bounded, and what is cut off is told."""

import gzip
import io
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import pytest

from luciole import devices
from luciole.devices.collect import Collector, Request
from luciole.devices.names import Kind
from luciole.devices.opened import Opened
from luciole.devices.parsers import tar
from luciole.devices.readers import sysdiagnose as source
from luciole.kernel.facts import Fact, FactSet
from luciole.kernel.limits import Limits
from luciole.kernel.outcome import Reason, State
from luciole.kernel.reading import Reading
from luciole.simulate.devices.ios import sysdiagnose, write
from luciole.simulate.devices.ios.description import App, Grant, IosDescription, Payload, Place, Planted, Profile, Vpn

KNOWN = "org.example.knownwatcher"
HOST = "panel.example.net"
FULL = IosDescription(
    apps=(App("org.example.chat", grants=(Grant("kTCCServiceMicrophone"),)), App("org.example.gone", removed=True)),
    profiles=(
        Profile(
            "org.example.profile", "Example", (Payload("com.apple.mdm", {"ServerURL": "https://mdm.example.org"}),)
        ),
    ),
    supervised=True,
    vpns=(Vpn(app="org.example.tunnel", server="vpn.example.org"),),
)
PLACES: tuple[Place, ...] = (
    "install-log", "container-log", "process", "crash", "power-log", "tcc", "profile", "event", "vpn",
)  # fmt: skip


class Watching:
    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        return set(values) & {"ios-bundle": {KNOWN}, "host": {HOST}}.get(kind, set())


def read(path: Path) -> Reading:
    return devices.read_evidence(path, watch=Watching())


def facts(found: FactSet, name: str) -> list[Fact]:
    return [fact for fact in found.facts if fact.name == name]


def app(reading: Reading, identity: str) -> FactSet:
    return next(each for each in reading.subjects if each.subject.identity == identity)


def states(reading: Reading) -> dict[str, tuple[State, Reason]]:
    return {each.area: (each.state, each.reason) for each in reading.coverage}


def packed(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as target:
        for entry, data in members:
            entry.size = len(data)
            target.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read(write.write_sysdiagnose(FULL, tmp_path_factory.mktemp("diagnosis") / "sysdiagnose.tar.gz"))


def test_versions_profiles_management_and_rights(archive: Reading) -> None:
    device = archive.subjects[0]
    shown = {fact.attributes["key"]: fact.value for fact in facts(device, "device.property")}
    assert (shown["model"], shown["os_version"], shown["build"]) == ("iPhone14,5", "18.1.1", "22B91")
    assert [fact.value for fact in facts(device, "management.profile")] == ["org.example.profile"]
    assert facts(device, "profile.payload")[0].attributes["host"] == "mdm.example.org"
    assert [fact.value for fact in facts(device, "device.supervised")] == [True]
    assert [fact.value for fact in facts(device, "vpn.configuration")] == ["org.example.tunnel"]
    assert [fact.value for fact in facts(app(archive, "org.example.chat"), "permission.granted")] == [
        "kTCCServiceMicrophone"
    ]
    assert [fact.attributes["clients"] for fact in facts(device, "device.restart")] == [1]


def test_a_removed_app_is_told_with_the_time_of_its_removal(archive: Reading) -> None:
    removals = {str(fact.value) for fact in facts(app(archive, "org.example.gone"), "removal")}
    assert removals == {"2025-03-20T09:00:00", "2025-03-20T09:00:00Z"}


def test_an_archive_without_a_list_of_apps_concludes_no_removal(archive: Reading) -> None:
    assert facts(app(archive, "org.example.chat"), "app.state") == []
    assert states(archive)["ios.apps"] == (State.PARTIAL, Reason.MISSING)


def test_the_folder_says_the_same_as_the_archive(archive: Reading, tmp_path: Path) -> None:
    folder = read(write.write_sysdiagnose_folder(FULL, tmp_path))
    told = [(each.subject, {(f.name, f.value, f.when) for f in each.facts}) for each in folder.subjects]
    assert told == [(each.subject, {(f.name, f.value, f.when) for f in each.facts}) for each in archive.subjects]
    assert {area: state for area, (state, _) in states(folder).items()} == {
        area: state for area, (state, _) in states(archive).items()
    }


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("make", [write.write_sysdiagnose, write.write_sysdiagnose_folder])
def test_a_known_app_is_found_wherever_it_is_named(
    place: Place, make: Callable[[IosDescription, Path], Path], tmp_path: Path
) -> None:
    description = IosDescription(planted=(Planted(KNOWN, place),))
    reading = read(make(description, tmp_path / "evidence"))
    named = {fact.value for fact in facts(reading.subjects[0], "named.package")}
    assert KNOWN in named | {each.subject.identity for each in reading.subjects}


@pytest.mark.parametrize("place", ["mdm", "profile", "process"])
def test_a_known_host_is_found(place: Place, tmp_path: Path) -> None:
    reading = read(write.write_sysdiagnose(IosDescription(planted=(Planted(HOST, place),)), tmp_path / "evidence"))
    assert HOST in {fact.value for fact in facts(reading.subjects[0], "named.host")}


def test_an_archive_cut_at_each_hundredth_tells_the_gap(tmp_path: Path) -> None:
    data = sysdiagnose.archive(FULL)
    path = tmp_path / "evidence"
    for step in range(100):
        path.write_bytes(data[: len(data) * step // 100])
        if devices.recognise(path) is None:
            continue
        reading = read(path)
        assert not [each for each in reading.coverage if each.state is State.EXAMINED]
        assert states(reading)["device.names"][1] in {Reason.DAMAGED, Reason.LIMIT}


def test_links_and_devices_in_the_archive_are_passed_over(tmp_path: Path) -> None:
    start = sysdiagnose.folder(FULL)
    members = []
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
        entry = tarfile.TarInfo(f"{start}/ps.txt")
        entry.type, entry.linkname = kind, "/etc/passwd"
        members.append((entry, b""))
    members.append((tarfile.TarInfo(f"{start}/sysdiagnose.log"), b"x"))
    path = tmp_path / "evidence"
    path.write_bytes(packed(members))
    reading = read(path)
    assert states(reading)["ios.processes"] == (State.NOT_LOOKED_AT, Reason.MISSING)


def test_names_that_leave_the_folder_are_only_names(tmp_path: Path) -> None:
    start = sysdiagnose.folder(FULL)
    names = (f"{start}/x.txt", f"{start}/../../../outside.txt", "/absolute.txt", f"{start}/logs/../../ps.txt")
    path = tmp_path / "evidence"
    path.write_bytes(packed((tarfile.TarInfo(name), b"text " + KNOWN.encode()) for name in names))
    before = sorted(tmp_path.rglob("*"))
    reading = read(path)
    assert sorted(tmp_path.rglob("*")) == before
    assert KNOWN in {fact.value for fact in facts(reading.subjects[0], "named.package")}


def test_what_inflates_beyond_the_limit_is_stopped() -> None:
    start = sysdiagnose.folder(FULL)
    entry = tarfile.TarInfo(f"{start}/ps.txt")
    data = packed([(entry, bytes(1 << 20))])
    collector = Collector(Request(limits=Limits(archive_total=1 << 16)))
    source.read(Opened.data(data, "sysdiagnose.tar.gz"), collector)
    assert collector.marks["device.names"][0].reason is Reason.LIMIT


def test_a_bomb_is_stopped_by_its_ratio() -> None:
    start = sysdiagnose.folder(FULL)
    data = packed([(tarfile.TarInfo(f"{start}/a.bin"), bytes(40 << 20))])
    collector = Collector(Request())
    source.read(Opened.data(data, "sysdiagnose.tar.gz"), collector)
    assert collector.marks["device.names"][0].reason is Reason.LIMIT


def test_a_power_log_that_is_compressed_once_more_is_read(tmp_path: Path) -> None:
    folder = write.write_sysdiagnose_folder(FULL, tmp_path)
    log = next(folder.rglob("*.PLSQL"))
    log.with_name(log.name + ".gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    reading = read(folder)
    assert "2025-03-20T09:00:00Z" in {fact.value for fact in facts(app(reading, "org.example.gone"), "removal")}


def test_other_archives_are_no_evidence(tmp_path: Path) -> None:
    path = tmp_path / "sysdiagnose_2025.tar.gz"
    path.write_bytes(packed([(tarfile.TarInfo("holiday/photo.txt"), b"x")]))
    assert devices.recognise(path) is None


def test_contents_of_members_come_as_tarfile_reads_them() -> None:
    data = gzip.decompress(sysdiagnose.archive(FULL))
    ours = [(member.name, content) for member, content in tar.files(iter([data]), lambda member: member.size)]
    with tarfile.open(fileobj=io.BytesIO(data)) as theirs:
        expected = [(entry.name, handle.read()) for entry in theirs if (handle := theirs.extractfile(entry))]
    assert ours == expected


def test_nothing_of_the_archive_is_kept_but_facts(archive: Reading) -> None:
    assert b"locationd" not in msgspec.json.encode(archive)
