"""Lines that are no text, lines beyond the limit, and evidence made to be costly: what is lost is said to be."""

import json
from pathlib import Path

import msgspec
import pytest

from luciole import devices
from luciole.devices.dumpsys import SECTIONS
from luciole.devices.parsers import files_json
from luciole.devices.parsers.rows import Account
from luciole.kernel.limits import Limits
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.kernel.reading import Reading
from luciole.simulate.devices import write
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import Damage, DeviceDescription, Filler
from luciole.simulate.devices.sections import SECTIONS as WRITTEN

SMALL = Filler(files=10, system_packages=30, user_packages=2, dumpsys_megabytes=0, log_lines=5, processes=3)
SHORT = {"content", "vpn_management"}
"""Sections of so few lines that the simulator garbles none of them."""
RULE = "--------- 0.1s was the duration of dumpsys x, ending at: x\n"


class Nothing:
    def known(self, kind: str, values: object) -> set[str]:  # noqa: ARG002 - the interface
        return set()


def description(damage: dict[str, Damage] | None = None) -> DeviceDescription:
    return msgspec.structs.replace(demonstration(), filler=SMALL, bugreport=False, damage=damage or {})


def covered(reading: Reading, area: str) -> Coverage:
    return next(each for each in reading.coverage if each.area == area)


def dump(folder: Path, **sections: str) -> Path:
    text = "".join(f"DUMP OF SERVICE {name}:\n{body}{RULE}" for name, body in sections.items())
    path = folder / "dump"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("name", sorted((set(SECTIONS) & set(WRITTEN)) - SHORT))
def test_lines_that_are_no_text_make_the_area_of_their_section_partly_looked_at(name: str, tmp_path: Path) -> None:
    folder = write.write_folder(description({f"dumpsys {name}": "garbled"}), tmp_path)
    reading = devices.read_evidence(folder, watch=Nothing())
    for area in SECTIONS[name].areas or ("device.names",):
        line = covered(reading, area)
        assert (line.state, line.reason) == (State.PARTIAL, Reason.DAMAGED)
        assert f"dumpsys {name}: " in line.detail


@pytest.mark.parametrize(
    ("name", "area"), [("getprop.txt", "device.properties"), ("settings_secure.txt", "device.settings")]
)
def test_lines_that_are_no_text_count_in_the_files_of_an_acquisition_too(name: str, area: str, tmp_path: Path) -> None:
    reading = devices.read_evidence(write.write_folder(description({name: "garbled"}), tmp_path))
    assert (covered(reading, area).state, covered(reading, area).reason) == (State.PARTIAL, Reason.DAMAGED)


def test_bytes_that_are_no_text_are_ordinary_in_a_log(tmp_path: Path) -> None:
    undamaged = devices.read_evidence(write.write_folder(description(), tmp_path / "a"), watch=Nothing())
    garbled = description({"logcat.txt": "garbled"})
    reading = devices.read_evidence(write.write_folder(garbled, tmp_path / "b"), watch=Nothing())
    for area in ("device.logs", "device.names"):
        assert covered(reading, area).state is covered(undamaged, area).state


def test_a_line_of_wrong_bytes_and_wrong_shape_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    text = b"DUMP OF SERVICE user:\nUsers:\n  UserInfo{\xff:Owner:13}\n  UserInfo{0:Owner:13}\n" + RULE.encode()
    path.write_bytes(text)
    assert "dumpsys user: 1 malformed, first at line 3" in covered(devices.read_evidence(path), "device.users").detail


LONG = "x" * 300_000


@pytest.mark.parametrize(
    ("name", "body", "area"),
    [
        ("appops", "Current AppOps Service state:\n  Uid u0a1:\n    Package a.b:\n{}\n", "device.appops"),
        ("appops", "Current AppOps Service state:\n{}\n", "device.appops"),
        ("settings", "GLOBAL SETTINGS (user 0)\n{}\n", "device.settings"),
        ("user", "Users:\n  UserInfo{{0:Owner:13}} serialNo=0\n{}", "device.users"),
    ],
)
def test_a_line_beyond_the_limit_is_said_where_it_stood(name: str, body: str, area: str, tmp_path: Path) -> None:
    path = dump(tmp_path, **{name: body.format(LONG) + "\n", "role": "user_id=0\n"})
    reading = devices.read_evidence(path, limits=Limits(line=100_000), watch=Nothing())
    assert (covered(reading, area).state, covered(reading, area).reason) == (State.PARTIAL, Reason.LIMIT)
    assert covered(reading, "device.names").reason is Reason.LIMIT
    assert covered(reading, "device.roles").state is State.EXAMINED


def test_a_last_line_beyond_the_limit_is_said_too(tmp_path: Path) -> None:
    folder = write.write_folder(description(), tmp_path)
    path = folder / "settings_secure.txt"
    path.chmod(0o600)
    with path.open("ab") as file:
        file.write(b"enabled_accessibility_services=" + b"org.example.a/.B:" * 9000)
    reading = devices.read_evidence(folder, limits=Limits(line=100_000))
    line = covered(reading, "device.settings")
    assert (line.state, line.reason) == (State.PARTIAL, Reason.LIMIT)
    assert "settings_secure.txt" in line.detail


def test_a_long_value_of_a_setting_is_read_to_its_end(tmp_path: Path) -> None:
    folder = write.write_folder(description(), tmp_path)
    path = folder / "settings_secure.txt"
    path.chmod(0o600)
    services = ":".join(f"org.example.service{number}/.Service" for number in range(400))
    path.write_text(f"enabled_accessibility_services={services}\n", "utf-8")
    reading = devices.read_evidence(folder)
    assert "org.example.service399" in {found.subject.identity for found in reading.subjects}


def test_names_are_found_in_bytes_that_are_no_lines(tmp_path: Path) -> None:
    class Known:
        def known(self, kind: str, values: object) -> set[str]:
            return {"collect.example.invalid"} & set(values) if kind == "host" else set()  # type: ignore[call-overload] # checked at run time

    folder = write.write_folder(description(), tmp_path)
    (folder / "tmp").mkdir(exist_ok=True)
    word = b" collect.example.invalid "
    (folder / "tmp" / "state.bin").write_bytes(b"\x01" * 70_000 + b" \x02" * 50_000 + word + b"\x03 " * 100_000)
    reading = devices.read_evidence(folder, watch=Known(), limits=Limits(line=80_000))
    assert "state.bin" in {fact.attributes["source"] for fact in reading.subjects[0].facts if fact.name == "named.host"}
    assert covered(reading, "device.names").state is State.EXAMINED


def packages(body: str) -> str:
    return f"Packages:\n{body}\n"


def facts_of(reading: Reading) -> int:
    return sum(len(found.facts) for found in reading.subjects)


def test_permissions_of_thousands_of_users_stop_at_the_limit_of_all_facts(tmp_path: Path) -> None:
    granted = "".join(f"      p{number}: granted=true\n" for number in range(2000))
    users = "".join(f"    User {number}: installed=true\n" for number in range(2000))
    body = packages(f"  Package [org.example.a] (1):\n    install permissions:\n{granted}{users}")
    reading = devices.read_evidence(dump(tmp_path, package=body), limits=Limits(facts_total=50_000))
    assert facts_of(reading) < 60_000
    line = covered(reading, "device.packages")
    assert (line.state, line.reason) == (State.PARTIAL, Reason.LIMIT)
    assert all(covered(reading, "device.packages") in found.coverage for found in reading.subjects)
    assert covered(reading, "device.accessibility").state is State.NOT_LOOKED_AT


def test_user_ids_that_android_cannot_have_are_lost(tmp_path: Path) -> None:
    users = "".join(f"    User {number}: installed=true\n" for number in (0, 21_474, 21_475, 99_999))
    reading = devices.read_evidence(dump(tmp_path, package=packages(f"  Package [org.example.a] (1):\n{users}")))
    assert [found.subject.user for found in reading.subjects if found.subject.kind == "app"] == [0, 21_474]
    assert covered(reading, "device.packages").reason is Reason.DAMAGED


def test_one_user_id_for_thousands_of_apps_is_resolved_up_to_a_limit(tmp_path: Path) -> None:
    apps = "".join(f"  Package [org.example.a{number}] (1):\n    userId=10001\n" for number in range(500))
    numbers = "".join(f"  UID={number}10001 policy=4 (ALLOW)\n" for number in range(1, 400))
    path = dump(tmp_path, package=packages(apps), netpolicy=f"Policy for UIDs:\n{numbers}")
    reading = devices.read_evidence(path, limits=Limits(facts=1500))
    assert facts_of(reading) < 60_000
    assert covered(reading, "device.network-policy").reason is Reason.LIMIT


def test_more_facts_of_one_app_than_the_limit_are_left_out_and_said_to_be(tmp_path: Path) -> None:
    granted = "".join(f"      p{number}: granted=true\n" for number in range(90))
    body = packages(f"  Package [org.example.a] (1):\n    install permissions:\n{granted}")
    reading = devices.read_evidence(dump(tmp_path, package=body), limits=Limits(facts=50))
    assert max(len(found.facts) for found in reading.subjects) == 50
    assert covered(reading, "device.packages").reason is Reason.LIMIT


def test_jobs_beyond_the_limit_are_said_to_be_left_out(tmp_path: Path) -> None:
    jobs = "".join(f"  JOB #u0a1/{number}: 1 org.example.a/.J{number}\n" for number in range(20_005))
    reading = devices.read_evidence(dump(tmp_path, jobscheduler=f"Registered 20005 jobs:\n{jobs}"))
    line = covered(reading, "device.jobs")
    assert (line.state, line.reason) == (State.PARTIAL, Reason.LIMIT)
    assert "5 lines" in line.detail


@pytest.mark.parametrize("indent", [None, 4])
def test_every_path_keeps_its_line_also_where_it_is_written_with_escapes(indent: int | None) -> None:
    """Collectors write `&` as an escape, so that the path does not stand in the text as it is."""
    entries = [{"path": f"/data/data/org.example.a{number}/&", "sha1": ""} for number in range(300)]
    text = json.dumps(entries, indent=indent).replace("&", "\\u0026")
    whole = text.encode()
    chunks = [whole[at : at + 4096] for at in range(0, len(whole), 4096)]
    lines = {
        row.package: row.line for batch in files_json.batches(chunks, Account()) for row in files_json.rows(batch, {})
    }
    expected = text.split("\n")
    assert len(lines) == 300
    assert all(f"{package}/" in expected[line - 1] for package, line in lines.items())
