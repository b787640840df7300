"""The package section in the shapes of Android 9 and Android 14: users, permissions, installers, icons, sessions."""

from pathlib import Path

import pytest

from luciole.devices.parsers import package
from luciole.devices.parsers.rows import LOOK, Account, Row, plain_lines

DATA = Path(__file__).parents[2] / "data" / "devices"


def read(name: str) -> tuple[list[Row], Account]:
    account = Account()
    return list(package.parse(plain_lines((DATA / name).read_text("utf-8")), account)), account


def values(rows: list[Row], name: str, app: str) -> list[tuple[object, int | None]]:
    return [(row.value, row.user) for row in rows if row.name == name and row.package == app]


@pytest.fixture(scope="module")
def old() -> tuple[list[Row], Account]:
    return read("package-android-9.txt")


@pytest.fixture(scope="module")
def new() -> tuple[list[Row], Account]:
    return read("package-android-14.txt")


NOTES, HIDDEN, QUIET = "org.example.notes", "org.example.hidden", "org.example.quiet"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app.uid", 10123),
        ("app.version_code", 12),
        ("app.version_name", "1.2 beta"),
        ("app.min_sdk", 21),
        ("app.target_sdk", 28),
        ("app.code_path", "/data/app/org.example.notes-1"),
        ("app.installer", "com.android.vending"),
        ("app.first_installed", "2019-01-01T01:02:03"),
        ("app.last_updated", "2019-01-02T03:04:05"),
    ],
)
def test_android_9_block_is_read(old: tuple[list[Row], Account], name: str, expected: object) -> None:
    assert values(old[0], name, NOTES) == [(expected, None)]


def test_requested_is_not_granted(old: tuple[list[Row], Account]) -> None:
    requested = {str(value) for value, _ in values(old[0], "permission.requested", NOTES)}
    granted = values(old[0], "permission.granted", NOTES)
    assert requested == {"android.permission.READ_SMS", "android.permission.INTERNET"}
    assert granted == [("android.permission.INTERNET", None), ("android.permission.READ_SMS", 0)]


def test_every_row_carries_the_line_it_was_read_from(old: tuple[list[Row], Account]) -> None:
    lines = (DATA / "package-android-9.txt").read_text("utf-8").splitlines()
    checked = 0
    for row in old[0]:
        if row.name in {"permission.requested", "permission.granted", "app.version_name", "app.code_path"}:
            assert str(row.value) in lines[row.line - 1]
            checked += 1
    assert checked > 6


def test_system_apps_and_their_flags(old: tuple[list[Row], Account]) -> None:
    system = [row for row in old[0] if row.name == "app.system"]
    assert [(row.package, dict(row.attributes)) for row in system] == [
        ("com.android.settings", {"updated": False, "privileged": True})
    ]
    assert ("debuggable", None) in values(old[0], "app.flag", NOTES)


def test_permissions_of_a_system_user_id_are_not_spread(old: tuple[list[Row], Account]) -> None:
    assert values(old[0], "permission.granted", "com.android.settings") == []


def test_only_telling_events_are_kept(old: tuple[list[Row], Account]) -> None:
    found = [(row.value, row.attributes["component"]) for row in old[0] if row.name == "resolver"]
    assert found == [("android.provider.Telephony.SMS_RECEIVED", "org.example.notes.Texts")]


def test_without_categories_icons_are_left_open_and_said_to_be(old: tuple[list[Row], Account]) -> None:
    assert values(old[0], "launcher.visible", NOTES) == []
    assert list(old[1].notes.values()) == ["device.resolvers"]


def test_states_of_each_user(new: tuple[list[Row], Account]) -> None:
    assert values(new[0], "app.state", NOTES) == [("installed", 0), ("disabled", 0)]
    assert values(new[0], "app.state", HIDDEN) == [
        ("installed", 0), ("hidden", 0), ("suspended", 0), ("installed", 10),
    ]  # fmt: skip
    assert values(new[0], "app.state", "org.example.kept") == [("removed-data-kept", 0)]


def test_an_icon_switched_off_by_one_user_only_is_gone_for_that_user(new: tuple[list[Row], Account]) -> None:
    assert values(new[0], "launcher.visible", HIDDEN) == [(False, 0), (True, 10)]
    assert values(new[0], "launcher.visible", NOTES) == [(True, 0)]
    assert values(new[0], "launcher.visible", QUIET) == [(False, 0)]


def test_installation_times_of_android_14_belong_to_a_user(new: tuple[list[Row], Account]) -> None:
    assert values(new[0], "app.first_installed", NOTES) == [("2024-01-01T01:02:03", 0)]


def test_the_initiator_is_kept_beside_the_installer(new: tuple[list[Row], Account]) -> None:
    row = next(row for row in new[0] if row.name == "app.installer" and row.package == NOTES)
    assert (row.value, dict(row.attributes)) == ("com.android.vending", {"initiator": "com.android.shell"})


def test_an_absent_installer_is_an_empty_text(new: tuple[list[Row], Account]) -> None:
    assert values(new[0], "app.installer", QUIET) == [("", None)]


def test_permissions_of_a_shared_user_belong_to_its_members(new: tuple[list[Row], Account]) -> None:
    assert ("android.permission.CAMERA", 0) in values(new[0], "permission.granted", NOTES)
    assert values(new[0], "app.shared_user", NOTES) == [("org.example.shared", None)]


def test_a_runtime_permission_of_the_second_user_is_theirs(new: tuple[list[Row], Account]) -> None:
    row = next(row for row in new[0] if row.name == "permission.granted" and row.package == HIDDEN)
    assert (row.value, row.user, row.attributes["flags"]) == (
        "android.permission.RECORD_AUDIO", 10, ["USER_SET", "USER_SENSITIVE_WHEN_GRANTED"],
    )  # fmt: skip


def test_names_cut_by_the_wrapping_of_sessions_are_put_together(new: tuple[list[Row], Account]) -> None:
    assert [row.user for row in new[0] if row.package == "org.example.former"] == [0]
    text = next(str(row.value) for row in new[0] if row.name == LOOK)
    assert "https://download.example/x.apk" in text


def test_a_malformed_package_is_lost_alone_and_counted(new: tuple[list[Row], Account]) -> None:
    assert new[1].lost == 1
    assert "org.example.kept" in {row.package for row in new[0]}
    lines = (DATA / "package-android-14.txt").read_text("utf-8").splitlines()
    assert "broken package" in lines[new[1].first_lost - 1]


def test_the_factory_version_of_an_updated_app_is_only_named(new: tuple[list[Row], Account]) -> None:
    assert {row.name for row in new[0] if row.package == "com.example.factory"} == {"app.named"}
