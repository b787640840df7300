"""Each place that names an app says when, as far as it tells a time: the latest one, in UTC."""

import json
from pathlib import Path

import pytest

from luciole import devices
from luciole.devices.parsers.times import with_year

APP = "org.example.notes"
RULE = "--------- 0.1s was the duration of dumpsys x, ending at: x\n"


class Watching:
    def known(self, kind: str, values: object) -> set[str]:
        return {APP} & set(values) if kind == "package" else set()  # type: ignore[call-overload] # checked at run time


PROPERTIES = "[persist.sys.timezone]: [Europe/Berlin]\n[ro.product.model]: [X]\n"
SECTIONS = {
    "appops": f"""  Uid u0a1:
    Package {APP}:
      CAMERA (allow):
          Access: [fg-s] 2024-03-01 10:00:00.000 (-1d)
          Access: [bg-s] 2024-03-02 10:00:00.000 (-1d)
          Reject: [bg-s] 2024-03-03 10:00:00.000 (-1d)
""",
    "batterystats": f"""Daily stats:
  Daily from 2024-02-01-03-00-00 to 2024-02-02-03-00-00:
      Update {APP} vers=7
  Daily from 2024-01-01-03-00-00 to 2024-01-02-03-00-00:
      Update {APP} vers=6
""",
    "package": f"""Packages:
  Package [{APP}] (1):
    userId=10001
    User 0: installed=true
""",
    "usagestats": f"""user=0
  package={APP} totalTimeUsed="00:10" lastTimeUsed="2024-02-03 10:00:00"
  package={APP} totalTimeUsed="00:10" lastTimeUsed="2024-01-03 10:00:00"
""",
}
FILES = [
    {"path": f"/data/data/{APP}/b", "modified_time": 1_709_294_400},
    {"path": f"/data/data/{APP}/a", "modified_time": 1_709_290_000},
    {"path": "/sdcard/x", "modified_time": 1_800_000_000},
]
LOG = f"""02-28 09:00:00.000  1  1 I first: {APP}
12-31 23:00:00.000  1  1 I last year: {APP}
02-29 09:00:00.000  1  1 I latest: {APP}
"""
INTRUSION = [
    {"dns_event": {"event_time": 1_709_200_000_000, "package_name": APP, "hostname": "a.example"}},
    {"connect_event": {"event_time": 1_709_100_000_000, "package_name": APP, "ip_address": "192.0.2.1"}},
]


@pytest.fixture(scope="module")
def times(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("acquisition")
    (folder / "intrusion_logs").mkdir()
    texts = {
        "acquisition.json": json.dumps({"uuid": "x", "started": "2024-03-05T10:00:00Z"}),
        "getprop.txt": PROPERTIES,
        "packages.json": "[]",
        "files.json": json.dumps(FILES, indent=4),
        "logcat.txt": LOG,
        "intrusion_logs/log.jsonl": "".join(json.dumps(each) + "\n" for each in INTRUSION),
        "dumpsys.txt": "".join(f"DUMP OF SERVICE {name}:\n{body}{RULE}" for name, body in SECTIONS.items()),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return named_when(folder)


def named_when(path: Path) -> dict[str, str]:
    reading = devices.read_evidence(path, watch=Watching())
    app = next(found for found in reading.subjects if found.subject.identity == APP)
    return {str(fact.value): fact.when for fact in app.facts if fact.name == "app.named"}


@pytest.mark.parametrize(
    ("place", "when"),
    [
        ("dumpsys appops", "2024-03-02T09:00:00Z"),
        ("dumpsys batterystats", "2024-02-02T02:00:00Z"),
        ("dumpsys usagestats", "2024-02-03T09:00:00Z"),
        ("dumpsys package", ""),
        ("files.json", "2024-03-01T12:00:00Z"),
        ("logcat.txt", "2024-02-29T08:00:00Z"),
        ("log.jsonl", "2024-02-29T09:46:40Z"),
    ],
)
def test_a_place_says_the_latest_time_it_tells_of_the_app(place: str, when: str, times: dict[str, str]) -> None:
    assert times[place] == when


def test_a_session_says_when_it_was_committed_for_its_installer_too(tmp_path: Path) -> None:
    body = f"""Historical install sessions:
  Session 1:
    userId=0 installerPackageName={APP} committedMillis=1709290000000 appPackageName=org.example.other
"""
    path = tmp_path / "dump"
    path.write_text(f"DUMP OF SERVICE package:\n{body}{RULE}", "utf-8")
    assert named_when(path) == {"dumpsys package": "2024-03-01T10:46:40Z"}


@pytest.mark.parametrize(
    ("text", "taken", "when"),
    [
        ("03-01 10:00:00", "2024-03-05T10:00:00", "2024-03-01T10:00:00"),
        ("12-31 10:00:00", "2024-03-05T10:00:00", "2023-12-31T10:00:00"),
        ("2022-12-31 10:00:00", "", "2022-12-31T10:00:00"),
        ("12-31 10:00:00", "", ""),
        ("02-30 10:00:00", "2024-03-05T10:00:00", ""),
        ("99-99 99:99:99", "x", ""),
    ],
)
def test_the_year_that_logs_leave_out_is_that_of_the_acquisition_or_the_one_before(
    text: str, taken: str, when: str
) -> None:
    assert with_year(text, taken) == when
