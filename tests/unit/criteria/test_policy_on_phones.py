"""What the policy says about apps on simulated phones, written, read back and decided without the files of the apps."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from agreed_criteria import catalogue, policy
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.policy import decide
from luciole.devices.evidence import read_evidence
from luciole.simulate.devices.backup import backup
from luciole.simulate.devices.description import (
    Accessibility,
    Admin,
    App,
    DeviceDescription,
    Keyboard,
    Listener,
    Usage,
)
from luciole.simulate.devices.phone import Phone
from luciole.simulate.devices.write import write_bugreport, write_zip

TAKEN = "2025-03-14T10:20:30Z"
STORE = "com.android.vending"
FILE = "com.google.android.packageinstaller"
USED = Usage("2025-03-12T17:30:00Z", 620, 4)
NET = ("INTERNET",)
MUCH = (
    "INTERNET", "READ_SMS", "RECEIVE_SMS", "READ_CALL_LOG", "READ_CONTACTS", "RECORD_AUDIO", "CAMERA",
    "ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION", "RECEIVE_BOOT_COMPLETED",
)  # fmt: skip
WATCH = (
    "INTERNET", "READ_CONTACTS", "READ_CALL_LOG", "RECEIVE_SMS", "ACCESS_FINE_LOCATION",
    "REQUEST_COMPANION_RUN_IN_BACKGROUND",
)  # fmt: skip
EYES = (Accessibility(".Eyes", "enabled", "Eyes"),)
BOUND = (Accessibility(".Eyes", "bound", "Eyes"),)
DEFAULT = Keyboard(".Keys", "default")


def app(name: str, installer: str | None, permissions: tuple[str, ...] = NET, usage: Usage = USED) -> App:
    return App(f"org.example.{name}", installer=installer, permissions=permissions, granted=permissions, usage=usage)


def powers(one: App, **given: object) -> App:
    return msgspec.structs.replace(one, **given)


ONE_POWER: dict[str, Mapping[str, object]] = {
    "reader": {"accessibility": EYES},
    "reader-at-work": {"accessibility": BOUND},
    "keyboard": {"keyboard": DEFAULT},
    "listener": {"listener": Listener()},
    "administrator": {"admin": Admin()},
    "owner": {"admin": Admin(owner="device")},
}
OUTSIDE = {name: powers(app(f"outside{at}", FILE), **given) for at, (name, given) in enumerate(ONE_POWER.items())}
"""Apps from a file with the internet and one special power each."""
ORDINARY = {
    "passwords": powers(app("vault", STORE), accessibility=BOUND, autofill=True),
    "keyboard": powers(app("keys", STORE, ("INTERNET", "RECORD_AUDIO", "READ_CONTACTS")), keyboard=DEFAULT),
    "home screen": powers(app("home", STORE, ("INTERNET", "READ_CONTACTS")), listener=Listener(), roles=("HOME",)),
    "watch": powers(app("watch", STORE, WATCH), listener=Listener()),
    "messenger": powers(app("chat", STORE, MUCH), listener=Listener()),
    "maps": app("maps", STORE, MUCH),
    "game from a file": app("game", FILE),
}
BROAD = powers(app("broad", STORE, MUCH), accessibility=BOUND, listener=Listener())
UNOPENED = powers(app("unopened", STORE, MUCH, Usage()), accessibility=BOUND, listener=Listener())
PHONE = DeviceDescription(apps=(*OUTSIDE.values(), *ORDINARY.values(), BROAD, UNOPENED))
Verdicts = dict[str, tuple[str, str]]
Decide = Callable[[Path], Verdicts]


def decided(path: Path) -> Verdicts:
    """Verdict and rule of every subject, by its name."""
    found: Verdicts = {}
    for facts in read_evidence(path, now=TAKEN).subjects:
        name = facts.subject.identity if facts.subject.kind == "app" else "device"
        decision = decide(policy(), evaluate_all(catalogue(), facts), (), facts.subject.kind, facts.coverage)
        found[name] = (decision.verdict, decision.rule)
    return found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    return decided(write_bugreport(PHONE, tmp_path_factory.mktemp("report") / "bugreport.zip"))


@pytest.mark.parametrize("name", OUTSIDE)
def test_an_app_from_outside_with_one_special_power_needs_a_person(report: Verdicts, name: str) -> None:
    assert report[OUTSIDE[name].package] == ("needs-a-person", "power-from-outside")


def test_an_app_with_broad_powers_is_told_whatever_its_installer(report: Verdicts) -> None:
    assert report[BROAD.package] == ("dual-use", "special-powers-at-work")
    assert report[UNOPENED.package] == ("needs-a-person", "never-opened-with-powers")


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_apps_do_not_stand_out(report: Verdicts, name: str) -> None:
    assert report[ORDINARY[name].package][0] in {"nothing-seen", "dual-use"}


def test_no_part_of_an_ordinary_phone_stands_out(report: Verdicts) -> None:
    expected = {one.package for one in (*OUTSIDE.values(), UNOPENED)} | {"device"}
    assert {name for name, (verdict, _) in report.items() if verdict == "needs-a-person"} == expected


def test_a_backup_that_only_names_apps_accuses_none_of_them(tmp_path: Path) -> None:
    path = tmp_path / "backup.ab"
    path.write_bytes(backup(Phone(PHONE)))
    found = decided(path)
    assert BROAD.package in found
    assert {verdict for verdict, _ in found.values()} == {"nothing-seen"}
    assert found[BROAD.package][1] == "only-named"


def test_a_list_without_permissions_shows_only_what_is_odd(tmp_path: Path) -> None:
    found = decided(write_zip(msgspec.structs.replace(PHONE, absent=("dumpsys.txt",)), tmp_path / "list.zip"))
    from_files = {one.package for one in (*OUTSIDE.values(), ORDINARY["game from a file"])}
    shown = {name for name, (verdict, _) in found.items() if verdict != "nothing-seen"}
    assert shown == from_files | {BROAD.package, UNOPENED.package}
    assert found[ORDINARY["messenger"].package][1] == "only-named"


def test_where_the_list_of_apps_is_missing_a_power_alone_needs_a_person(tmp_path: Path) -> None:
    phone = msgspec.structs.replace(PHONE, absent=("dumpsys package",))
    found = decided(write_bugreport(phone, tmp_path / "bugreport.zip"))
    for one in OUTSIDE.values():
        assert found[one.package] == ("needs-a-person", "what-it-may-do-is-not-known")
    assert found[ORDINARY["maps"].package] == ("nothing-seen", "only-named")


def test_settings_that_should_be_there_and_are_not_are_said_of_the_phone(tmp_path: Path) -> None:
    lost = ("dumpsys settings", "settings_global.txt", "settings_secure.txt", "settings_system.txt")
    phone = DeviceDescription(absent=lost)
    found = decided(write_bugreport(phone, tmp_path / "bugreport.zip"))
    assert found["device"] == ("needs-a-person", "settings-could-not-be-read")
