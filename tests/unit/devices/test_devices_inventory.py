"""The inventory: simulated devices are read back and compared with the descriptions they were made from."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from luciole import devices
from luciole.devices.names import Kind
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import State
from luciole.kernel.reading import Reading
from luciole.kernel.vocabulary import AREAS, FACTS
from luciole.simulate.devices import write
from luciole.simulate.devices.demonstration import KNOWN, PARENTAL, REMOVED, UNKNOWN, demonstration
from luciole.simulate.devices.description import App, DeviceDescription
from luciole.simulate.devices.plant import plant

HOST = "collect.example.invalid"


class Watching:
    def __init__(self, **known: set[str]) -> None:
        self.names = known

    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        return set(values) & self.names.get(kind, set())


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    folder = write.write_folder(demonstration(), tmp_path_factory.mktemp("demonstration"))
    return devices.read_evidence(folder, watch=Watching(package={KNOWN}, host={HOST}), now="2025-03-20")


def app(reading: Reading, package: str, user: int) -> FactSet:
    found = [each for each in reading.subjects if (each.subject.identity, each.subject.user) == (package, user)]
    assert len(found) == 1
    return found[0]


def values(found: FactSet, name: str) -> set[object]:
    return {fact.value for fact in found.facts if fact.name == name}


def test_every_fact_is_in_the_vocabulary_with_the_attributes_it_lists(reading: Reading) -> None:
    kinds = {"text": str, "number": int, "flag": bool, "texts": list}
    for found in reading.subjects:
        for fact in found.facts:
            known = FACTS[fact.name]
            assert isinstance(fact.value, kinds[known.value]), fact
            if known.value != "flag":
                assert not isinstance(fact.value, bool), fact
            for name, value in fact.attributes.items():
                assert isinstance(value, kinds[known.attributes[name]]), fact


def test_app_facts_are_about_apps_and_device_facts_about_the_device(reading: Reading) -> None:
    for found in reading.subjects:
        assert {FACTS[fact.name].subject for fact in found.facts} <= {found.subject.kind}


def test_every_installed_app_of_every_user_is_there(reading: Reading) -> None:
    described = {
        (each.package, user) for each in demonstration().apps if each.state == "installed" for user in each.users
    }
    listed = {
        (found.subject.identity, found.subject.user)
        for found in reading.subjects
        if "installed" in values(found, "app.state")
    }
    assert described <= listed
    assert not {(package, user) for package, user in listed if package == KNOWN and user != 10}


def test_an_app_of_the_work_profile_only_is_found_with_its_profile(reading: Reading) -> None:
    found = app(reading, KNOWN, 10)
    assert found.subject.profile == "work-profile"
    assert "android.permission.READ_SMS" in values(found, "permission.granted")


def test_granted_permissions_are_those_described(reading: Reading) -> None:
    for each in demonstration().apps:
        if each.state != "installed" or each.shared_user:
            continue
        granted = values(app(reading, each.package, each.users[0]), "permission.granted")
        assert granted == {f"android.permission.{name}" for name in each.granted}, each.package


def test_behaviour_keeps_an_unknown_app_visible(reading: Reading) -> None:
    found = app(reading, UNKNOWN, 0)
    assert values(found, "app.sideloaded") == {True}
    assert values(found, "launcher.visible") == {False}
    assert values(found, "usage.never_foreground") == {True}
    assert values(found, "battery.exempt") == {"user"}
    assert values(found, "background_data") == {"ALLOW_METERED_BACKGROUND"}
    assert values(found, "device_admin.active") == {UNKNOWN + ".DeviceReceiver"}
    assert {fact.attributes["state"] for fact in found.facts if fact.name == "notification_listener"} == {
        "allowed",
        "live",
    }
    assert "package_verifier_user_consent" in values(found, "changed_setting")
    audio = next(fact for fact in found.facts if fact.name == "appop" and fact.value == "RECORD_AUDIO")
    assert audio.attributes["last_background"] == "2025-03-14T02:11:05Z"


def test_an_app_of_a_store_is_not_sideloaded(reading: Reading) -> None:
    assert values(app(reading, PARENTAL, 0), "app.sideloaded") == {False}


def test_a_removed_app_has_its_traces_and_no_more(reading: Reading) -> None:
    found = app(reading, REMOVED, 0)
    assert values(found, "app.state") == {"removed-traces"}
    assert len(values(found, "removal")) == 1
    named = {fact.value for fact in found.facts if fact.name == "app.named"}
    assert {"dumpsys batterystats", "dumpsys dbinfo", "dumpsys package", "files.json"} <= named


def test_files_of_databases_are_no_apps(reading: Reading) -> None:
    assert not any(found.subject.identity.endswith(".db") for found in reading.subjects)


def test_the_device_has_its_users_protections_and_hosts(reading: Reading) -> None:
    device = reading.subjects[0]
    assert device.subject.kind == "device"
    assert {fact.attributes["kind"] for fact in device.facts if fact.name == "device.user"} == {"owner", "work-profile"}
    assert values(device, "protection.off") == {"play-protect", "adb-verification"}
    assert values(device, "device.patch_age_days") == {282}
    assert values(device, "contacted.host") == {HOST}
    assert values(device, "named.host") == {HOST}


def test_who_switched_a_protection_off_is_kept_once(reading: Reading) -> None:
    off = [fact for fact in reading.subjects[0].facts if fact.name == "protection.off" and fact.value == "play-protect"]
    assert [fact.attributes["package"] for fact in off] == [UNKNOWN]


def test_a_known_app_is_named_with_all_its_places(reading: Reading) -> None:
    named = {str(fact.value) for fact in app(reading, KNOWN, 10).facts if fact.name == "app.named"}
    assert {"dumpsys package", "dumpsys procstats", "logcat.txt", "files.json", "backup.ab"} <= named


def test_every_fact_can_be_followed_to_a_file_and_line(reading: Reading) -> None:
    facts = [fact for found in reading.subjects for fact in found.facts]
    assert all(fact.place.file for fact in facts)
    assert sum(fact.place.line is not None for fact in facts) > len(facts) * 0.9


def test_every_area_has_one_line_of_coverage(reading: Reading) -> None:
    areas = [each.area for each in reading.coverage]
    assert areas == [name for name in AREAS if name.startswith("device.")]
    states = {each.area: each.state for each in reading.coverage}
    assert states["device.packages"] is State.EXAMINED
    assert states["device.resolvers"] is not State.NOT_LOOKED_AT


def test_app_files_are_handed_on_unread(reading: Reading) -> None:
    assert [(each.path, each.package) for each in reading.nested] == [(f"apks/{UNKNOWN}.apk", UNKNOWN)]


def test_unaltered_files_fit_their_hashes_and_an_altered_one_is_named(tmp_path: Path) -> None:
    folder = write.write_folder(demonstration(), tmp_path)
    before = devices.read_evidence(folder)
    assert int(before.evidence.details["hashes_checked"]) > 10
    assert "hashes_differ" not in before.evidence.details
    (folder / "env.txt").chmod(0o600)
    (folder / "env.txt").write_text("CHANGED=1\n", "utf-8")
    after = devices.read_evidence(folder)
    assert after.evidence.details["hashes_differ"] == "env.txt"
    unreadable = [fact for fact in after.subjects[0].facts if fact.name == "unreadable.section"]
    assert "env.txt" in {fact.value for fact in unreadable}


def test_a_known_digest_in_the_list_of_files_comes_with_the_path_of_its_file(tmp_path: Path) -> None:
    digest = "ab" * 32
    path = write.write_zip(plant(DeviceDescription(), "digest", digest, "files sha256"), tmp_path / "evidence")
    device = devices.read_evidence(path, watch=Watching(digest={digest})).subjects[0]
    found = [(fact.value, fact.attributes["path"]) for fact in device.facts if fact.name == "named.digest"]
    assert found == [(digest, "/data/local/tmp/sha256-0")]


@pytest.mark.parametrize(("vpn", "lockdown"), [("always-on", None), ("lockdown", True)])
def test_the_always_on_vpn_says_whether_it_blocks_everything_else(
    vpn: str, *, lockdown: bool | None, tmp_path: Path
) -> None:
    tunnel = App("org.example.tunnel", vpn=vpn, admin=None)  # type: ignore[arg-type] # checked at run time
    path = write.write_zip(DeviceDescription(apps=(tunnel,), android_version="10"), tmp_path / "evidence")
    facts = app(devices.read_evidence(path), "org.example.tunnel", 0).facts
    assert {fact.attributes.get("lockdown") for fact in facts if fact.name == "vpn.always_on"} == {lockdown}


def test_without_indicators_names_were_not_looked_at(tmp_path: Path) -> None:
    path = write.write_bugreport(demonstration(), tmp_path / "report", text=True)
    states = {each.area: each.state for each in devices.read_evidence(path).coverage}
    assert states["device.names"] is State.NOT_LOOKED_AT


def test_an_installer_named_by_a_computer_counts_as_none(tmp_path: Path) -> None:
    description = demonstration()
    apps = tuple(
        msgspec.structs.replace(each, initiator="com.android.shell") if each.package == PARENTAL else each
        for each in description.apps
    )
    path = write.write_bugreport(msgspec.structs.replace(description, apps=apps), tmp_path / "report")
    assert values(app(devices.read_evidence(path), PARENTAL, 0), "app.sideloaded") == {True}
