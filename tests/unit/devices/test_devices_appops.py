"""The appops section in the shapes of Android 9 and Android 10 and later."""

from pathlib import Path

from luciole.devices.parsers import appops
from luciole.devices.parsers.rows import Account, Row, plain_lines

DATA = Path(__file__).parents[2] / "data" / "devices"


def read(name: str, taken: str = "") -> tuple[dict[tuple[str, str], Row], Account]:
    account = Account(taken)
    rows = appops.parse(plain_lines((DATA / name).read_text("utf-8")), account)
    return {(row.package, str(row.value)): row for row in rows}, account


def test_relative_times_of_android_9_need_the_time_of_the_dump() -> None:
    found, _ = read("appops-android-9.txt", "2020-05-10T12:00:00")
    audio = found["org.example.notes", "RECORD_AUDIO"]
    assert audio.user == 0
    assert dict(audio.attributes) == {
        "mode": "allow",
        "last_background": "2020-05-09T10:00:00",
        "last_rejected": "2020-05-08T12:00:00",
        "duration": "PT30S",
    }
    assert dict(found["org.example.notes", "CAMERA"].attributes) == {"mode": "ignore"}
    unknown, _ = read("appops-android-9.txt")
    assert "last_background" not in unknown["org.example.notes", "RECORD_AUDIO"].attributes


def test_android_13_tells_foreground_background_and_rejection_apart() -> None:
    found, _ = read("appops-android-13.txt")
    location = found["org.example.notes", "FINE_LOCATION"]
    assert location.user == 10
    assert dict(location.attributes) == {
        "mode": "allow",
        "last_foreground": "2024-03-01T10:00:00",
        "last_background": "2024-03-02T10:00:00",
        "last_rejected": "2024-01-05T09:00:00",
        "duration": "PT62S",
    }
    assert found["org.example.notes", "READ_SMS"].attributes["mode"] == "ignore"
    assert found["org.example.notes", "COARSE_LOCATION"].attributes["mode"] == "allow"


def test_malformed_lines_are_counted_and_the_rest_is_read() -> None:
    found, account = read("appops-android-13.txt")
    assert account.lost == 2
    assert found["org.example.other", "CAMERA"].attributes["mode"] == "foreground"
    assert not any(package == "not a package" for package, _ in found)
