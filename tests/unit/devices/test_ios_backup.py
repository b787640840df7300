"""Backups of iPhones: everything that names an app is found, an encrypted one says the same, gaps are told."""

import hashlib
import plistlib
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from luciole import devices
from luciole.devices import ios_files
from luciole.devices.collect import Collector, Origin, Request
from luciole.devices.names import Kind
from luciole.devices.parsers.ios import keybag
from luciole.devices.readers.ios_backup import KNOWN_FILES
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Fact, FactSet
from luciole.kernel.outcome import Reason, State
from luciole.kernel.reading import Reading
from luciole.simulate.devices.ios import backup, content, write
from luciole.simulate.devices.ios.description import (
    AccountOfDevice,
    App,
    Grant,
    IosDescription,
    Payload,
    Place,
    Planted,
    Profile,
    Shortcut,
    Vpn,
)

KNOWN = "org.example.knownwatcher"
HOST = "panel.example.net"
PASSWORD = "a long phrase"  # noqa: S105 - of a simulated backup
APPS = (
    App(
        "org.example.chat",
        "Chat",
        grants=(Grant("kTCCServiceMicrophone"), Grant("kTCCServiceCamera", 0), Grant("kTCCServicePhotos", 3)),
        location="always",
        groups=("group.org.example.chat",),
        sent=900,
        received=100,
    ),
    App(
        "org.example.sync.A1B2C3D4E5",
        origin="sideloaded",
        keyboard="org.example.sync.A1B2C3D4E5.keys",
        extensions=("org.example.sync.A1B2C3D4E5.keys",),
    ),
    App("org.example.work", origin="enterprise"),
    App("org.example.beta", origin="testflight"),
    App("org.example.given", origin="management"),
    App("org.example.fair", origin="marketplace"),
    App("org.example.gone", removed=True),
)
PROFILES = (
    Profile(
        "org.example.profile",
        "Example",
        (
            Payload("com.apple.mdm", {"ServerURL": "https://mdm.example.org/x", "AccessRights": 8191}),
            Payload("com.apple.security.root", {"PayloadCertificateFileName": "Example Root"}),
            Payload("com.apple.vpn.managed", {"VPNType": "AlwaysOn", "VPN": {"RemoteAddress": "vpn.example.org"}}),
            Payload("com.apple.proxy.http.global", {"ProxyServer": "proxy.example.org"}),
            Payload("com.apple.webcontent-filter", {"PluginBundleID": "org.example.filter"}),
            Payload("com.apple.dnsSettings.managed", {"DNSSettings": {"ServerURL": "https://dns.example.org/q"}}),
            Payload("com.apple.notificationsettings", {}),
            Payload("org.example.unheard-of", {}),
        ),
        removal_disallowed=True,
    ),
)
FULL = IosDescription(
    apps=APPS,
    profiles=PROFILES,
    supervised=True,
    organization="Example School",
    mdm_server="mdm.example.org",
    shortcuts=(Shortcut(("getcurrentlocation", "sendmessage"), automation=True, asks=False),),
    vpns=(Vpn(app="org.example.tunnel", provider="org.example.tunnel.extension", server="vpn.example.org"),),
    proxy="proxy.example.org:8080",
    accounts=(
        AccountOfDevice("com.apple.account.AppleAccount", "first@example.org"),
        AccountOfDevice("com.apple.account.AppleAccount", "second@example.org"),
        AccountOfDevice("com.apple.account.Google", "first@example.org"),
    ),
    jailbreak_paths=("Library/Cydia/metadata.plist",),
    lockdown_mode=True,
    computer_over_wifi=True,
)
BACKUP_PLACES = tuple(
    place
    for place in get_args(Place)
    if place
    not in {"message", "browsing", "install-log", "process", "crash", "power-log", "container-log", "app-database"}
)


class Watching:
    """Knows one app of iOS and one host."""

    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        return set(values) & {"ios-bundle": {KNOWN}, "host": {HOST}}.get(kind, set())


def read(path: Path, password: str | None = None, include: Iterable[str] = ()) -> Reading:
    return devices.read_evidence(path, watch=Watching(), password=password, include=frozenset(include))


def of(reading: Reading, identity: str) -> FactSet:
    return next(each for each in reading.subjects if each.subject.identity == identity)


def facts(found: FactSet, name: str) -> list[Fact]:
    return [fact for fact in found.facts if fact.name == name]


def values(found: FactSet, name: str) -> list[object]:
    return [fact.value for fact in facts(found, name)]


def states(reading: Reading) -> dict[str, tuple[State, Reason]]:
    return {each.area: (each.state, each.reason) for each in reading.coverage}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read(write.write_backup(FULL, tmp_path_factory.mktemp("full")))


def test_the_device_is_described_and_its_numbers_are_masked(full: Reading) -> None:
    device = full.subjects[0]
    shown = {fact.attributes["key"]: fact.value for fact in facts(device, "device.property")}
    assert device.subject.platform == "ios"
    assert (shown["model"], shown["os_version"], shown["build"]) == ("iPhone14,5", "18.1.1", "22B91")
    assert full.evidence.taken == "2025-03-20T09:00:00Z"
    text = msgspec.json.encode(full).decode()
    for secret in (FULL.serial, "Inert phone", "first@example.org", *FULL.computers):
        assert secret not in text


def test_where_apps_came_from_and_what_proves_it(full: Reading) -> None:
    origins = {
        each.subject.identity: {str(fact.value) for fact in facts(each, "app.origin")} for each in full.subjects[1:]
    }
    assert origins["org.example.chat"] == {"app-store"}
    assert origins["org.example.sync.A1B2C3D4E5"] == {"sideload-tool", "no-store-record"}
    assert origins["org.example.work"] == {"enterprise", "no-store-record"}
    assert origins["org.example.beta"] == {"testflight"}
    assert origins["org.example.given"] == {"management"}
    assert origins["org.example.fair"] == {"marketplace"}
    assert values(of(full, "org.example.work"), "app.sideloaded") == [True]
    assert values(of(full, "org.example.chat"), "app.sideloaded") == [False]


def test_rights_have_dates_and_what_was_refused_is_no_right(full: Reading) -> None:
    granted = {str(fact.value): fact for fact in facts(of(full, "org.example.chat"), "permission.granted")}
    assert set(granted) == {"kTCCServiceMicrophone", "kTCCServicePhotos"}
    assert granted["kTCCServiceMicrophone"].when == "2025-01-10T08:00:00Z"
    assert granted["kTCCServicePhotos"].attributes == {"flags": ["limited"]}
    assert granted["kTCCServiceMicrophone"].place.offset is not None
    assert values(of(full, "org.example.chat"), "location.access") == ["always"]
    assert facts(of(full, "org.example.chat"), "app.traffic")[0].attributes == {"received": 100, "sent": 900}


def test_an_offset_leads_to_the_row(full: Reading, tmp_path: Path) -> None:
    place = next(
        f for f in facts(of(full, "org.example.chat"), "permission.granted") if f.value == "kTCCServiceMicrophone"
    ).place
    data = (write.write_backup(FULL, tmp_path) / place.file).read_bytes()
    assert place.offset is not None
    assert b"kTCCServiceMicrophoneorg.example.chat" in data[place.offset : place.offset + 60]


def test_the_older_form_of_the_table_of_rights_is_read(tmp_path: Path) -> None:
    reading = read(write.write_backup(msgspec.structs.replace(FULL, tcc="allowed"), tmp_path))
    assert set(values(of(reading, "org.example.chat"), "permission.granted")) == {
        "kTCCServiceMicrophone",
        "kTCCServicePhotos",
    }


def test_a_keyboard_with_full_access_belongs_to_its_app(full: Reading) -> None:
    found = of(full, "org.example.sync.A1B2C3D4E5")
    assert values(found, "keyboard.full_access") == [True]
    assert values(found, "keyboard") == ["org.example.sync.A1B2C3D4E5.keys"]
    assert values(found, "app.extension") == ["org.example.sync.A1B2C3D4E5.keys"]
    assert "org.example.sync.A1B2C3D4E5.keys" not in {each.subject.identity for each in full.subjects}


def test_an_app_of_which_only_traces_are_left(full: Reading) -> None:
    assert values(of(full, "org.example.gone"), "app.state") == ["removed-traces"]
    assert values(of(full, "com.apple.mobilesafari"), "app.state") == ["installed"]
    assert values(of(full, "com.apple.mobilesafari"), "app.system") == [True]


def test_profiles_are_shown_with_every_part(full: Reading) -> None:
    device = full.subjects[0]
    parts = {str(fact.attributes["kind"]): fact for fact in facts(device, "profile.payload")}
    assert set(parts) == {
        "mdm", "root-certificate", "vpn", "proxy", "content-filter", "dns", "notifications", "other",
    }  # fmt: skip
    assert parts["mdm"].attributes["host"] == "mdm.example.org"
    assert parts["mdm"].attributes["access_rights"] == 8191
    assert parts["vpn"].attributes["always_on"] is True
    assert parts["vpn"].attributes["host"] == "vpn.example.org"
    assert parts["dns"].attributes["host"] == "dns.example.org"
    assert parts["content-filter"].attributes["provider"] == "org.example.filter"
    profile = facts(device, "management.profile")[0]
    assert profile.value == "org.example.profile"
    assert profile.attributes["removal_disallowed"] is True
    assert profile.when == "2025-01-05T10:00:00Z"
    assert True in values(device, "device.managed")
    assert values(device, "device.supervised") == [True]
    assert values(device, "user_certificate") == ["Example Root"]
    assert {fact.attributes["server"] for fact in facts(device, "management.enrolment")} == {"mdm.example.org"}
    assert ("org.example.profile", "install") in {
        (fact.value, fact.attributes["operation"]) for fact in facts(device, "profile.event")
    }


def test_network_computers_accounts_shortcuts_and_settings(full: Reading) -> None:
    device = full.subjects[0]
    vpn = facts(device, "vpn.configuration")[0]
    assert (vpn.value, vpn.attributes["server"], vpn.attributes["enabled"]) == (
        "org.example.tunnel",
        "vpn.example.org",
        True,
    )
    assert values(device, "proxy") == ["proxy.example.org:8080"]
    assert values(device, "trusted_computer") == [hashlib.sha256(FULL.computers[0].encode()).hexdigest()[:8]]
    accounts = [(fact.attributes["kind"], fact.attributes["owner"]) for fact in facts(device, "account")]
    assert [kind for kind, _ in accounts] == ["apple", "apple", "google"]
    assert accounts[0][1] == accounts[2][1] != accounts[1][1]
    shortcut = facts(device, "shortcut")[0]
    assert shortcut.attributes["kind"] == "automation"
    assert shortcut.attributes["sends"] is True
    assert shortcut.attributes["asks"] is False
    assert shortcut.attributes["reads"] == ["place"]
    settings = {fact.value: fact.attributes["value"] for fact in facts(device, "setting")}
    assert settings == {"lockdown-mode": "1", "find-my-sharing": "1", "screen-time": "1", "computer-over-wifi": "1"}
    assert values(device, "root.trace") == ["RootDomain/Library/Cydia/metadata.plist"]


def test_every_area_is_accounted_for_and_private_ones_were_not_asked_for(full: Reading) -> None:
    found = states(full)
    for word in ("messages", "calls", "contacts", "photos", "browsing"):
        assert found[f"ios.{word}"] == (State.NOT_LOOKED_AT, Reason.NOT_ASKED)
    assert found["device.names"] == (State.PARTIAL, Reason.NOT_ASKED)
    assert found["ios.logs"] == (State.NOT_LOOKED_AT, Reason.NOT_IN_THIS_EVIDENCE)
    others = {area for area, (state, _) in found.items() if state is State.EXAMINED}
    assert {"ios.apps", "ios.grants", "ios.profiles", "ios.management", "ios.jailbreak", "ios.removed"} <= others


def test_private_stores_are_not_even_opened(tmp_path: Path) -> None:
    folder = write.write_backup(FULL, tmp_path)
    for domain, path in (("HomeDomain", "Library/SMS/sms.db"), ("HomeDomain", "Library/Safari/History.db")):
        name = backup.name_of(domain, path)
        (folder / name[:2] / name).write_bytes(b"not a database")
    assert not [each for each in read(folder).coverage if each.reason is Reason.DAMAGED]


@pytest.mark.parametrize(("word", "place"), [("messages", "message"), ("browsing", "browsing")])
def test_what_a_person_asks_for_is_searched_and_nothing_else(word: str, place: Place, tmp_path: Path) -> None:
    description = IosDescription(planted=(Planted(HOST, place),))
    folder = write.write_backup(description, tmp_path)
    without, with_it = read(folder), read(folder, include=[word])
    assert values(without.subjects[0], "named.host") == []
    assert HOST in values(with_it.subjects[0], "named.host")
    line = next(each for each in with_it.coverage if each.area == f"ios.{word}")
    assert line.state is State.EXAMINED
    assert "only addresses" in line.detail
    others = {"messages", "calls", "contacts", "photos", "browsing"} - {word}
    assert {states(with_it)[f"ios.{other}"][1] for other in others} == {Reason.NOT_ASKED}
    assert b"See you at ten" not in msgspec.json.encode(with_it)


def test_photos_are_counted_by_the_app_that_saved_them(tmp_path: Path) -> None:
    reading = read(write.write_backup(FULL, tmp_path), include=["photos", "calls", "contacts"])
    found = facts(reading.subjects[0], "photos.made_with")
    assert [(fact.value, fact.attributes["count"]) for fact in found] == [("org.example.camera", 3)]
    assert b"+15550100" not in msgspec.json.encode(reading)


@pytest.mark.parametrize("place", BACKUP_PLACES)
def test_a_known_app_is_found_wherever_it_is_named(place: Place, tmp_path: Path) -> None:
    value = f"group.{KNOWN}".removeprefix("group.") if place != "mdm" else HOST
    reading = read(write.write_backup(IosDescription(apps=APPS[:1], planted=(Planted(value, place),)), tmp_path))
    named = set(values(reading.subjects[0], "named.package")) | set(values(reading.subjects[0], "named.host"))
    assert value in named | {each.subject.identity for each in reading.subjects}


@pytest.mark.parametrize("place", ["shortcut", "mdm", "wifi", "profile", "state", "event"])
def test_a_known_host_is_found_wherever_it_is_named(place: Place, tmp_path: Path) -> None:
    reading = read(write.write_backup(IosDescription(planted=(Planted(HOST, place),)), tmp_path))
    assert HOST in values(reading.subjects[0], "named.host")


def test_a_shared_folder_with_more_in_its_name_still_names_the_app(tmp_path: Path) -> None:
    reading = read(write.write_backup(IosDescription(planted=(Planted(f"{KNOWN}.shared.data", "group"),)), tmp_path))
    assert KNOWN in values(reading.subjects[0], "named.package")


# ---------------------------------------------------------------------- encrypted


def test_an_encrypted_backup_says_the_same_as_a_plain_one(full: Reading, tmp_path: Path) -> None:
    reading = read(write.write_backup(msgspec.structs.replace(FULL, password=PASSWORD), tmp_path), PASSWORD)
    strip = [(each.subject, {(f.name, f.value, f.when) for f in each.facts} - ENCRYPTION) for each in reading.subjects]
    assert strip == [
        (each.subject, {(f.name, f.value, f.when) for f in each.facts} - ENCRYPTION) for each in full.subjects
    ]
    assert [(c.area, c.state) for c in reading.coverage] == [(c.area, c.state) for c in full.coverage]
    assert PASSWORD.encode() not in msgspec.json.encode(reading)


ENCRYPTION = {("device.property", "yes", ""), ("device.property", "no", "")}


@pytest.mark.parametrize("password", [None, "", "a long phrasE", PASSWORD * 2])
def test_without_the_right_password_nothing_at_all_is_told(password: str | None, tmp_path: Path) -> None:
    reading = read(write.write_backup(msgspec.structs.replace(FULL, password=PASSWORD), tmp_path), password)
    assert "encrypted" in reading.problem
    assert ("does not fit" in reading.problem) == bool(password)
    assert reading.subjects == ()
    assert {each.state for each in reading.coverage} == {State.NOT_LOOKED_AT}
    assert not password or password.encode() not in msgspec.json.encode(reading)


def test_only_files_that_are_needed_are_decrypted(tmp_path: Path) -> None:
    folder = write.write_backup(msgspec.structs.replace(FULL, password=PASSWORD, filler=50), tmp_path)
    for domain, path in backup.filler(50):
        name = backup.name_of(domain, path)
        (folder / name[:2] / name).write_bytes(b"cannot be decrypted: not whole blocks")
    reading = read(folder, PASSWORD)
    assert not [each for each in reading.coverage if each.reason is Reason.DAMAGED]


def test_a_key_bag_that_asks_for_days_is_refused(tmp_path: Path) -> None:
    reading = read(write.write_backup(msgspec.structs.replace(FULL, password=PASSWORD), tmp_path), PASSWORD)
    assert reading.problem == ""
    bag = bytearray(locked_bag())
    at = bag.index(b"DPIC") + 8
    bag[at : at + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(ParseError) as caught:
        keybag.unlock(bytes(bag), PASSWORD)
    assert caught.value.limit


def locked_bag() -> bytes:
    from luciole.simulate.devices.ios.locking import Lock

    return Lock("seed", PASSWORD, 10).key_bag()


@pytest.mark.parametrize("step", range(0, 100, 3))
def test_a_cut_key_bag_opens_nothing(step: int) -> None:
    bag = locked_bag()
    with pytest.raises(ParseError):
        keybag.unlock(bag[: len(bag) * step // 100][: bag.index(b"WPKY")], PASSWORD)


# ---------------------------------------------------------------------- damage


def test_without_the_list_of_files_the_known_files_are_read_and_the_gap_is_told(tmp_path: Path) -> None:
    folder = write.write_backup(FULL, tmp_path)
    (folder / "Manifest.db").unlink()
    reading = read(folder)
    assert "kTCCServiceMicrophone" in values(of(reading, "org.example.chat"), "permission.granted")
    found = states(reading)
    assert found["ios.profiles"][0] is not State.EXAMINED
    assert found["ios.jailbreak"][0] is not State.EXAMINED


def test_the_names_of_known_files_are_the_published_ones() -> None:
    published = {
        ("HomeDomain", "Library/TCC/TCC.db"): "64d0019cb3d46bfc8cce545a8ba54b93e7ea9347",
        ("RootDomain", "Library/Caches/locationd/clients.plist"): "a690d7769cce8904ca2b67320b107c8fe5f79412",
        ("HomeDomain", "Library/Accounts/Accounts3.sqlite"): "943624fd13e27b800cc6d9ce1100c22356ee365c",
        ("WirelessDomain", "Library/Databases/DataUsage.sqlite"): "0d609c54856a9bb2d56729df1d68f2958a88426b",
        (
            "HomeDomain",
            "Library/Preferences/com.apple.osanalytics.addaily.plist",
        ): "f65b5fafc69bbd3c60be019c6e938e146825fa83",
    }
    from luciole.devices.parsers.ios.manifest import file_id

    assert set(published) <= set(KNOWN_FILES)
    assert {key: file_id(*key) for key in published} == published


def test_a_file_of_the_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    folder = write.write_backup(FULL, tmp_path)
    name = backup.name_of("HomeDomain", "Library/TCC/TCC.db")
    (folder / name[:2] / name).unlink()
    assert states(read(folder))["ios.grants"] == (State.PARTIAL, Reason.MISSING)


def test_a_list_that_names_another_file_is_told(tmp_path: Path) -> None:
    folder = write.write_backup(FULL, tmp_path)
    connection = sqlite3.connect(folder / "Manifest.db")
    connection.execute(
        "UPDATE Files SET relativePath = 'Library/TCC/TCC.db' WHERE relativePath LIKE '%DataUsage.sqlite'"
    )
    connection.commit()
    connection.close()
    assert any("does not fit" in str(fact.attributes) for fact in facts(read(folder).subjects[0], "unreadable.section"))


def parsed(reader: ios_files.FileReader, data: bytes) -> tuple[list[object], bool]:
    """The rows of one file, and whether all its areas count as examined."""
    collector = Collector(Request())
    ios_files.take(collector, Origin("f", "", "", "f", "f"), reader, data)
    rows = [row for row, _ in collector.rows if row.name != "unreadable.section"]
    examined = all(mark.state is State.EXAMINED for marks in collector.marks.values() for mark in marks) and not any(
        row.name == "unreadable.section" for row, _ in collector.rows
    )
    return list(rows), examined


def readable_files() -> Iterator[tuple[str, ios_files.FileReader, bytes]]:
    for domain, path, data in content.files(FULL):
        reader = ios_files.reader_of(path)
        if reader is not None and not domain.startswith("AppDomain-"):
            yield path.rpartition("/")[2], reader, data


@pytest.mark.parametrize(
    ("reader", "data"), [pytest.param(reader, data, id=name) for name, reader, data in readable_files()]
)
def test_a_file_cut_at_each_hundredth_never_counts_as_examined_with_less_in_it(
    reader: ios_files.FileReader, data: bytes
) -> None:
    whole, complete = parsed(reader, data)
    assert complete
    for step in range(100):
        rows, examined = parsed(reader, data[: len(data) * step // 100])
        assert not examined or rows == whole


@pytest.mark.parametrize(
    ("reader", "data"), [pytest.param(reader, data, id=name) for name, reader, data in readable_files()]
)
def test_a_file_damaged_at_each_hundredth_never_counts_as_examined_with_less_in_it(
    reader: ios_files.FileReader, data: bytes
) -> None:
    whole, _ = parsed(reader, data)
    for step in range(100):
        changed = bytearray(data)
        at = len(data) * step // 100
        changed[at : at + 16] = b"\xff" * len(changed[at : at + 16])
        rows, examined = parsed(reader, bytes(changed))
        assert not examined or len(rows) >= len(whole)


@pytest.mark.parametrize("name", ["Info.plist", "Manifest.plist", "Manifest.db", "Status.plist"])
def test_a_list_cut_at_each_hundredth_leaves_no_silence(name: str, tmp_path: Path) -> None:
    folder = write.write_backup(FULL, tmp_path)
    whole = (folder / name).read_bytes()
    for step in range(100):
        (folder / name).write_bytes(whole[: len(whole) * step // 100])
        reading = read(folder)
        found = states(reading)
        assert name == "Status.plist" or found["ios.apps"][0] is not State.EXAMINED
        assert name == "Status.plist" or found["device.names"][1] in {Reason.DAMAGED, Reason.LIMIT, Reason.MISSING}


def test_a_zip_of_a_backup_is_read_like_its_folder(full: Reading, tmp_path: Path) -> None:
    path = write.write_backup_zip(FULL, tmp_path / "phone.zip")
    assert zipfile.is_zipfile(path)
    reading = read(path)
    assert [each.subject for each in reading.subjects] == [each.subject for each in full.subjects]


def test_of_several_backups_the_first_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    write.write_backup(FULL, tmp_path)
    write.write_backup(msgspec.structs.replace(FULL, udid="11111111-0000000000000000"), tmp_path)
    reading = read(tmp_path)
    assert "1 more" in reading.evidence.details["other_backups"]


def with_log(folder: Path, tmp_path: Path) -> None:
    """Puts the rights of a backup into a write-ahead log beside an empty table."""
    path = tmp_path / "live.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE access (service TEXT, client TEXT, "
        "client_type INTEGER, auth_value INTEGER, last_modified INTEGER); PRAGMA wal_checkpoint(TRUNCATE);"
    )
    connection.execute("INSERT INTO access VALUES ('kTCCServiceMicrophone', 'org.example.late', 0, 2, 1742000000)")
    connection.commit()
    listed = sqlite3.connect(folder / "Manifest.db")
    for ending in ("", "-wal"):
        name = backup.name_of("HomeDomain", f"Library/TCC/TCC.db{ending}")
        (folder / name[:2] / name).write_bytes(Path(f"{path}{ending}").read_bytes())
        listed.execute(
            "INSERT OR REPLACE INTO Files VALUES (?, 'HomeDomain', ?, 1, x'')", (name, f"Library/TCC/TCC.db{ending}")
        )
    listed.commit()
    listed.close()
    connection.close()


def test_rows_that_only_stand_in_a_write_ahead_log_are_read(tmp_path: Path) -> None:
    folder = write.write_backup(IosDescription(), tmp_path / "backup")
    with_log(folder, tmp_path)
    assert values(of(read(folder), "org.example.late"), "permission.granted") == ["kTCCServiceMicrophone"]


def test_a_missing_write_ahead_log_is_told(tmp_path: Path) -> None:
    folder = write.write_backup(IosDescription(), tmp_path / "backup")
    with_log(folder, tmp_path)
    name = backup.name_of("HomeDomain", "Library/TCC/TCC.db-wal")
    (folder / name[:2] / name).unlink()
    line = next(each for each in read(folder).coverage if each.area == "ios.grants")
    assert "write-ahead log" in line.detail


def test_a_damaged_record_of_the_store_is_told(tmp_path: Path) -> None:
    folder = write.write_backup(FULL, tmp_path)
    value = plistlib.loads((folder / "Info.plist").read_bytes())
    value["Applications"]["org.example.chat"]["iTunesMetadata"] = b"bplist00 damaged"
    (folder / "Info.plist").write_bytes(plistlib.dumps(value))
    assert states(read(folder))["ios.apps"] == (State.PARTIAL, Reason.DAMAGED)


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_a_file_cut_between_blocks_is_told_by_its_length(password: str, tmp_path: Path) -> None:
    folder = write.write_backup(msgspec.structs.replace(FULL, password=password), tmp_path)
    name = backup.name_of("RootDomain", "Library/Caches/locationd/clients.plist")
    path = folder / name[:2] / name
    whole = path.read_bytes()
    for size in range(0, len(whole) - 16, 16):
        path.write_bytes(whole[:size])
        reading = read(folder, password or None)
        assert states(reading)["ios.location"] == (State.PARTIAL, Reason.DAMAGED)


def test_the_wrong_key_for_one_file_loses_only_that_file(tmp_path: Path) -> None:
    folder = write.write_backup(msgspec.structs.replace(FULL, password=PASSWORD), tmp_path)
    names = [
        backup.name_of("HomeDomain", "Library/TCC/TCC.db"),
        backup.name_of("HomeDomain", "Library/Accounts/Accounts3.sqlite"),
    ]
    first, second = (folder / name[:2] / name for name in names)
    first.write_bytes(second.read_bytes())
    found = states(read(folder, PASSWORD))
    assert found["ios.grants"] == (State.PARTIAL, Reason.DAMAGED)
    assert found["ios.accounts"] == (State.EXAMINED, Reason.NONE)
