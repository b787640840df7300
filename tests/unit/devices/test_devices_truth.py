"""What may be said about a device: states that exclude each other, times, gaps, and processes nobody lists."""

import json
from pathlib import Path

import pytest

from luciole import devices
from luciole.assess.assess import assess
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import Reason, State
from luciole.kernel.reading import Reading
from luciole.packs.engine import load_engine
from luciole.simulate.devices import write
from luciole.simulate.devices.demonstration import REMOVED, demonstration
from luciole.simulate.devices.description import App, AppOp, DeviceDescription, Usage, User


def app(reading: Reading, package: str, user: int) -> FactSet:
    found = [each for each in reading.subjects if (each.subject.identity, each.subject.user) == (package, user)]
    assert len(found) == 1
    return found[0]


def values(found: FactSet, name: str) -> set[object]:
    return {fact.value for fact in found.facts if fact.name == name}


def dump(folder: Path, **sections: str) -> Path:
    rule = "--------- 0.1s was the duration of dumpsys x, ending at: x\n"
    path = folder / "dump"
    path.write_text("".join(f"DUMP OF SERVICE {name}:\n{body}{rule}" for name, body in sections.items()), "utf-8")
    return path


def states(path: Path) -> dict[tuple[str, int | None], set[object]]:
    found = devices.read_evidence(path).subjects
    return {
        (each.subject.identity, each.subject.user): values(each, "app.state")
        for each in found
        if each.subject.kind == "app"
    }


LISTED = """Packages:
  Package [org.example.notes] (1):
    userId=10123
    User 0: installed=true hidden=false
  Package [org.example.first] (2):
    userId=10124
    User 0: installed=true hidden=false
  Package [org.example.second] (3):
    userId=10124
    User 0: installed=true hidden=false
"""
RUNNING = "ACTIVITY MANAGER RUNNING PROCESSES (dumpsys activity processes)\n"


def running(name: str, owner: str, pid: int = 7) -> str:
    return f"  *APP* UID 1 ProcessRecord{{1 {pid}:{name}/{owner}}}\n"


def test_a_process_with_the_user_id_of_no_listed_app_is_an_app_that_runs_unlisted(tmp_path: Path) -> None:
    body = RUNNING + running("org.example.unlisted", "u0a777")
    found = states(dump(tmp_path, package=LISTED, activity=body))
    assert found["org.example.unlisted", 0] == {"running-unlisted"}
    assert found["org.example.notes", 0] == {"installed"}


@pytest.mark.parametrize("owner", ["1000", "u0s1041", "u0i12", "u0a124", "u0a123"])
def test_a_process_of_the_system_or_of_a_listed_app_is_no_unlisted_app(owner: str, tmp_path: Path) -> None:
    """Native daemons have dotted names, and an app may give its process any name."""
    found = states(dump(tmp_path, package=LISTED, activity=RUNNING + running("media.codec", owner)))
    assert {name for name, _ in found} == {"org.example.notes", "org.example.first", "org.example.second"}


def test_a_process_under_another_name_belongs_to_the_app_with_its_user_id(tmp_path: Path) -> None:
    path = dump(tmp_path, package=LISTED, activity=RUNNING + running("com.android.look.alike", "u0a123"))
    found = app(devices.read_evidence(path), "org.example.notes", 0)
    assert values(found, "process") == {"com.android.look.alike"}


def test_removed_traces_that_still_run_are_not_said_to_be_removed(tmp_path: Path) -> None:
    battery = (
        "Daily stats:\n  Daily from 2025-01-01-00-00-00 to 2025-01-02-00-00-00:\n    Update org.example.gone vers=7\n"
    )
    body = RUNNING + running("org.example.gone", "u0a777")
    assert states(dump(tmp_path, package=LISTED, batterystats=battery))["org.example.gone", 0] == {"removed-traces"}
    path = dump(tmp_path, package=LISTED, batterystats=battery, activity=body)
    assert states(path)["org.example.gone", 0] == {"running-unlisted"}


def test_the_name_of_a_process_in_the_battery_history_is_no_removed_app(tmp_path: Path) -> None:
    history = 'Battery History (1% used):\n  +1s 100 +proc=u0a123:"com.process.acore" +proc=u0a777:"org.example.gone"\n'
    found = states(dump(tmp_path, package=LISTED, batterystats=history))
    assert ("com.process.acore", 0) not in found
    assert found["org.example.gone", 0] == {"removed-traces"}


def test_nothing_is_said_to_be_removed_or_unlisted_where_the_list_of_apps_is_damaged(tmp_path: Path) -> None:
    battery = (
        "Daily stats:\n  Daily from 2025-01-01-00-00-00 to 2025-01-02-00-00-00:\n    Update org.example.gone vers=7\n"
    )
    damaged = LISTED.replace("  Package [org.example.first]", "  Pack\ufffd [org.example.first]")
    body = RUNNING + running("org.example.first", "u0a124") + running("org.example.unlisted", "u0a777", 8)
    found = states(dump(tmp_path, package=damaged, batterystats=battery, activity=body))
    assert found["org.example.gone", 0] == set()
    assert found["org.example.unlisted", 0] == set()


def files_only(target: Path, uid: dict[str, int]) -> Path:
    """An acquisition without dumpsys: a list of user 0's apps, processes and files."""
    folder = write.write_folder(DeviceDescription(absent=("dumpsys.txt",)), target)
    contents: dict[str, list[dict[str, object]]] = {
        "packages.json": [{"name": "org.example.notes", "files": [{"path": "/data/app/x/base.apk"}], **uid}],
        "processes.json": [{"pid": 7, "uid": 10_777, "command_line": ["org.example.custom"]}],
        "files.json": [
            {"path": "/data/app/org.example.work-1/base.apk"},
            {"path": "/storage/emulated/0/Android/data/org.example.gone/x"},
        ],
    }
    for name, entries in contents.items():
        (folder / name).chmod(0o600)
        (folder / name).write_text(json.dumps(entries, indent=4), "utf-8")
    return folder


def test_a_list_of_one_user_says_nothing_about_apps_of_others(tmp_path: Path) -> None:
    """An app of the work profile has its file in the common folder and is not in the list of user 0."""
    found = states(files_only(tmp_path, {"uid": 10_123}))
    assert found["org.example.gone", 0] == {"removed-traces"}
    assert found["org.example.work", 0] == set()
    assert found["org.example.custom", 0] == {"running-unlisted"}


def test_a_list_without_user_ids_cannot_tell_whose_a_process_is(tmp_path: Path) -> None:
    assert ("org.example.custom", 0) not in states(files_only(tmp_path, {}))


def test_the_period_of_a_removal_is_in_utc_too(tmp_path: Path) -> None:
    path = write.write_zip(demonstration(), tmp_path / "evidence")
    (period,) = values(app(devices.read_evidence(path), REMOVED, 0), "removal")
    assert [part[-1] for part in str(period).split("/")] == ["Z", "Z"]


@pytest.mark.parametrize("state", ["disabled", "hidden", "suspended"])
def test_disabled_hidden_and_suspended_stand_beside_installed(state: str, tmp_path: Path) -> None:
    described = App("org.example.notes", state=state)  # type: ignore[arg-type] # checked at run time
    path = write.write_zip(DeviceDescription(apps=(described,)), tmp_path / "evidence")
    assert states(path)["org.example.notes", 0] == {"installed", state}


@pytest.mark.parametrize("state", ["installed", "disabled", "hidden", "suspended", "archived"])
def test_only_a_hidden_app_meets_the_criterion_for_hidden_apps(state: str, tmp_path: Path) -> None:
    described = App("org.example.notes", state=state)  # type: ignore[arg-type] # checked at run time
    path = write.write_zip(DeviceDescription(apps=(described,)), tmp_path / "evidence")
    result = assess([devices.read_evidence(path)], load_engine(), created="2025-03-20")
    met = {
        getattr(finding, "id", "")
        for one in result.assessments
        if one.subject.identity == "org.example.notes"
        for finding in one.findings
    }
    assert ("conceal.hidden-state" in met) == (state == "hidden")


@pytest.mark.parametrize("state", ["archived", "removed-data-kept"])
def test_archived_and_removed_exclude_every_other_state(state: str, tmp_path: Path) -> None:
    described = App("org.example.notes", state=state)  # type: ignore[arg-type] # checked at run time
    path = write.write_zip(DeviceDescription(apps=(described,), android_version="15"), tmp_path / "evidence")
    assert states(path)["org.example.notes", 0] == {state}


def test_of_two_places_that_contradict_each_other_dumpsys_is_believed(tmp_path: Path) -> None:
    described = App("org.example.notes", state="archived")
    folder = write.write_folder(DeviceDescription(apps=(described,), android_version="15"), tmp_path)
    listed = [{"name": "org.example.notes", "files": [{"path": "/data/app/x/base.apk"}], "disabled": True}]
    (folder / "packages.json").chmod(0o600)
    (folder / "packages.json").write_text(json.dumps(listed), "utf-8")
    assert states(folder)["org.example.notes", 0] == {"archived"}


def test_a_job_of_the_same_app_is_kept_for_each_user(tmp_path: Path) -> None:
    both = DeviceDescription(
        users=(User(0, "owner", "Owner"), User(10, "work-profile", "Work")),
        apps=(App("org.example.notes", users=(0, 10), jobs=(".Job",)),),
    )
    reading = devices.read_evidence(write.write_zip(both, tmp_path / "evidence"))
    for user in (0, 10):
        assert values(app(reading, "org.example.notes", user), "job") == {"org.example.notes.Job"}


TIMED = App(
    "org.example.notes",
    first_installed="2024-07-01T10:00:00Z",
    last_updated="2025-02-03T04:05:06Z",
    appops={"CAMERA": AppOp(last_background="2025-03-13T23:40:18Z")},
    usage=Usage("2025-03-13T22:30:00Z", 600, 3),
)


def local(zone: str, target: Path) -> Reading:
    paris = DeviceDescription(apps=(TIMED,), timezone=zone, offset_minutes=60, taken="2025-03-14T10:20:30Z")
    return devices.read_evidence(write.write_bugreport(paris, target / "report"))


def test_local_times_become_utc_where_the_zone_of_the_device_is_known(tmp_path: Path) -> None:
    reading = local("Europe/Paris", tmp_path)
    found = app(reading, "org.example.notes", 0)
    assert reading.evidence.taken == "2025-03-14T10:20:30Z"
    assert reading.evidence.details["times"] == "in UTC"
    assert values(found, "app.last_updated") == {"2025-02-03T04:05:06Z"}
    assert values(found, "app.first_installed") == {"2024-07-01T10:00:00Z"}
    assert values(found, "usage.last_used") == {"2025-03-13T22:30:00Z"}
    camera = next(fact for fact in found.facts if fact.name == "appop")
    assert camera.attributes["last_background"] == "2025-03-13T23:40:18Z"


@pytest.mark.parametrize(
    "zone", ["", "Nowhere/Unknown", "localtime", "../../etc/localtime", "/etc/localtime", "America"]
)
def test_local_times_stay_as_printed_and_are_said_to_where_the_zone_is_not_known(zone: str, tmp_path: Path) -> None:
    reading = local(zone, tmp_path)
    assert reading.evidence.taken == "2025-03-14T11:20:30"
    assert reading.evidence.details["times"].startswith("as printed")
    assert values(app(reading, "org.example.notes", 0), "app.last_updated") == {"2025-02-03T05:05:06"}


def test_a_proxy_that_is_set_as_a_whole_and_in_parts_is_one_proxy(tmp_path: Path) -> None:
    path = write.write_zip(DeviceDescription(proxy="proxy.example:8080"), tmp_path / "evidence")
    assert values(devices.read_evidence(path).subjects[0], "proxy") == {"proxy.example:8080"}


def test_ordinary_phones_have_no_traces_of_removed_apps(tmp_path: Path) -> None:
    for description in (demonstration(), DeviceDescription()):
        path = write.write_zip(description, tmp_path / f"evidence{len(description.apps)}")
        removed = {name for (name, _), found in states(path).items() if "installed" not in found}
        assert removed == {each.package for each in description.apps if each.state == "removed-traces"}


def state_of(reading: Reading, area: str) -> tuple[State, Reason]:
    return next((each.state, each.reason) for each in reading.coverage if each.area == area)


@pytest.mark.parametrize("name", ["root_binaries.json", "mounts.json"])
def test_root_access_is_partly_looked_at_without_one_of_its_files(name: str, tmp_path: Path) -> None:
    whole = devices.read_evidence(write.write_folder(DeviceDescription(), tmp_path / "whole"))
    assert state_of(whole, "device.root") == (State.EXAMINED, Reason.NONE)
    lacking = devices.read_evidence(write.write_folder(DeviceDescription(absent=(name,)), tmp_path / "lacking"))
    assert state_of(lacking, "device.root") == (State.PARTIAL, Reason.MISSING)
    assert name in next(each.detail for each in lacking.coverage if each.area == "device.root")


def test_processes_are_partly_looked_at_where_only_some_are_listed(tmp_path: Path) -> None:
    some = "ACTIVITY MANAGER SERVICES (dumpsys activity services)\n" + running("org.example.notes", "u0a123")
    partly = devices.read_evidence(dump(tmp_path, package=LISTED, activity=some))
    assert state_of(partly, "device.processes")[0] is State.PARTIAL
    whole = devices.read_evidence(dump(tmp_path, package=LISTED, activity=some + RUNNING))
    assert state_of(whole, "device.processes")[0] is State.EXAMINED


def test_settings_are_partly_looked_at_without_the_section_that_names_who_changed_them(tmp_path: Path) -> None:
    folder = write.write_folder(DeviceDescription(absent=("dumpsys settings",)), tmp_path)
    assert state_of(devices.read_evidence(folder), "device.settings")[0] is State.PARTIAL


@pytest.mark.parametrize(("subjects", "state"), [((), State.NOT_LOOKED_AT), (("CN=Someone",), State.EXAMINED)])
def test_added_certificates_in_the_list_of_files_are_looked_at(
    subjects: tuple[str, ...], state: State, tmp_path: Path
) -> None:
    folder = write.write_folder(DeviceDescription(user_certificates=subjects), tmp_path)
    entry = ',\n    {"path": "/data/misc/user/0/cacerts-added/0c2f87dd.0"}\n]' if subjects else "\n]"
    path = folder / "files.json"
    path.chmod(0o600)
    text = path.read_text("utf-8").rstrip().removesuffix("]").rstrip()
    path.write_text(text + entry, "utf-8")
    assert state_of(devices.read_evidence(folder), "device.certificates")[0] is state
