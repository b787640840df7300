"""The accessibility section in the shapes of Android 9, Android 11 and later, and Samsung devices."""

from pathlib import Path

from luciole.devices.parsers import accessibility
from luciole.devices.parsers.rows import Account, plain_lines

DATA = Path(__file__).parents[2] / "data" / "devices"


def rows(text: str) -> tuple[set[tuple[int | None, str, str]], Account]:
    account = Account()
    found = accessibility.parse(plain_lines(text), account)
    return {(row.user, str(row.attributes["state"]), str(row.value)) for row in found}, account


def test_android_13_tells_enabled_bound_and_crashed_apart_for_each_user() -> None:
    found, account = rows((DATA / "accessibility-android-13.txt").read_text("utf-8"))
    assert found == {
        (0, "enabled", "org.example.helper.Access"),
        (0, "bound", "org.example.helper.Access"),
        (0, "crashed", "org.example.tired.Svc"),
        (10, "enabled", "org.example.work.Watch"),
        (10, "enabled", "org.example.second.Svc"),
    }
    assert account.anchors > 0
    assert account.lost == 0


def test_samsung_lists_installed_enabled_and_bound_services() -> None:
    found, _ = rows((DATA / "accessibility-samsung-12.txt").read_text("utf-8"))
    assert found == {
        (0, "installed", "com.samsung.accessibility.universalswitch.UniversalSwitchService"),
        (0, "installed", "org.example.helper.Access"),
        (0, "enabled", "org.example.helper.Access"),
        (0, "bound", "org.example.helper.Access"),
    }


def test_android_9_prints_labels_only_and_the_account_says_so() -> None:
    found, account = rows((DATA / "accessibility-android-9.txt").read_text("utf-8"))
    assert found == set()
    assert account.anchors > 0
    assert "Helper" in account.remarks[0]


def test_a_label_is_given_only_where_one_service_is_bound() -> None:
    account = Account()
    text = (
        "User state[\n attributes:{id=0, }\n Bound services:{Service[label=One, x]}\n Enabled services:{{org.a.b/.C}}\n"
    )
    bound = [row for row in accessibility.parse(plain_lines(text), account) if row.attributes["state"] == "bound"]
    assert [(row.attributes["label"], row.line) for row in bound] == [("One", 3)]


def test_an_unknown_shape_has_no_anchor() -> None:
    found, account = rows("Something new\n  services = 3\n")
    assert found == set()
    assert account.anchors == 0
