"""The texts of simulated devices have, line by line, the shapes that real devices print."""

import re

import pytest

from luciole.simulate.devices.description import (
    Accessibility,
    Admin,
    App,
    AppOp,
    DeviceDescription,
    Filler,
    Keyboard,
    Listener,
    Setting,
    TrustedKey,
    Usage,
    User,
)
from luciole.simulate.devices.dumpsys import dumpsys
from luciole.simulate.devices.phone import Phone

PACKAGE = "org.example.watch"
WATCH = App(
    PACKAGE,
    label="Watch",
    users=(0, 10),
    first_installed="2025-01-02T03:04:05Z",
    last_updated="2025-02-03T04:05:06Z",
    permissions=("INTERNET", "READ_SMS", "CAMERA"),
    granted=("INTERNET", "READ_SMS"),
    appops={"RECORD_AUDIO": AppOp("allow", "", "2025-03-14T09:20:30.250Z", "2025-03-13T00:00:00Z", 4.2)},
    broadcasts=("android.provider.Telephony.SMS_RECEIVED",),
    accessibility=(Accessibility(".S", "bound", "Watch"), Accessibility("org.example.other.T", "installed")),
    admin=Admin(".R", ("wipe-data", "force-lock")),
    listener=Listener(".N"),
    keyboard=Keyboard(".K", "default"),
    roles=("SMS",),
    battery_exempt=True,
    background_data=True,
    usage=Usage("2025-03-14T09:00:00Z", 3725, 2),
    jobs=(".J",),
    removed_at="2025-03-10T00:00:00Z",
    databases=("a.db",),
    process=True,
)
USERS = (User(0, "owner", "Owner"), User(10, "work-profile", "Work profile"))
SETTING = Setting("secure", "accessibility_enabled", "1", PACKAGE, at="2025-03-01T22:41:07.980Z", before="0")


def sections(version: str, shape: str = "aosp", **rest: object) -> dict[str, list[str]]:
    description = DeviceDescription(
        android_version=version, shape=shape, users=USERS, apps=(WATCH,), settings=(SETTING,),
        adb_keys=(TrustedKey("user@laptop", "2025-01-01T00:00:00Z"),), **rest,
    )  # fmt: skip
    text = "".join(dumpsys(Phone(description)))
    assert text.endswith("-" * 79 + "\n")
    found: dict[str, list[str]] = {}
    name = ""
    for block in text.split("-" * 79 + "\n")[1:]:
        lines = block.splitlines()
        if not lines:
            continue
        if not lines[0].startswith("DUMP OF SERVICE "):  # a rule inside a section
            found[name] += lines
            continue
        name = lines[0].removeprefix("DUMP OF SERVICE ").removesuffix(":")
        found[name] = lines[1:]
    return found


@pytest.mark.parametrize("version", ["9", "10", "11", "12", "13", "14", "15", "16"])
@pytest.mark.parametrize("shape", ["aosp", "samsung"])
def test_every_section_ends_with_its_duration(version: str, shape: str) -> None:
    found = sections(version, shape)
    assert {"package", "accessibility", "appops", "device_policy", "notification", "usagestats", "user"} <= set(found)
    for name, lines in found.items():
        closing = rf"--------- \d\.\d{{3}}s was the duration of dumpsys {re.escape(name)}, ending at: [\d-]+ [\d:]+"
        assert re.fullmatch(closing, lines[-1]), name


def test_roles_exist_from_android_10_on() -> None:
    assert "role" not in sections("9")
    assert f"        holders={PACKAGE}" in sections("10")["role"]


def package_block(version: str) -> list[str]:
    lines = sections(version)["package"]
    start = next(i for i, line in enumerate(lines) if line.startswith(f"  Package [{PACKAGE}] ("))
    end = next(i for i in range(start + 1, len(lines)) if not lines[i].startswith("    "))
    return lines[start:end]


ORDER_9 = (
    "userId=", "pkg=", "codePath=", "versionCode=", "versionName=", "flags=", "dataDir=", "timeStamp=",
    "firstInstallTime=", "lastUpdateTime=", "signatures=", "pkgFlags=", "requested permissions:",
    "install permissions:", "User 0:", "User 10:",
)  # fmt: skip
ORDER_14 = (
    "appId=", "pkg=", "codePath=", "versionCode=", "versionName=", "flags=", "dataDir=", "timeStamp=",
    "lastUpdateTime=", "installerPackageName=", "initiatingPackageName=", "originatingPackageName=", "packageSource=",
    "signatures=", "pkgFlags=", "requested permissions:", "install permissions:", "User 0:", "User 10:",
)  # fmt: skip


@pytest.mark.parametrize(("version", "order"), [("9", ORDER_9), ("11", ORDER_9), ("14", ORDER_14)])
def test_a_package_has_its_fields_in_the_order_android_prints_them(version: str, order: tuple[str, ...]) -> None:
    block = package_block(version)
    places = [next(i for i, line in enumerate(block) if line.startswith("    " + name)) for name in order]
    assert places == sorted(places)


def test_the_time_of_installation_moves_under_the_user_in_android_14() -> None:
    assert "    firstInstallTime=2025-01-02 03:04:05" in package_block("11")
    block = package_block("14")
    assert "      firstInstallTime=2025-01-02 03:04:05" in block
    assert not any(line.startswith("    firstInstallTime") for line in block)


def test_no_installer_is_no_line_before_android_14_and_null_from_then_on() -> None:
    assert not any("installerPackageName" in line for line in package_block("13"))
    assert "    installerPackageName=null" in package_block("14")


@pytest.mark.parametrize("version", ["9", "11", "14"])
def test_permissions_stand_under_the_user(version: str) -> None:
    block = package_block(version)
    assert "      android.permission.INTERNET: granted=true" in block
    runtime = [line for line in block if ", flags=[ " in line]
    assert len(runtime) == 4
    pattern = r" {8}android\.permission\.(READ_SMS: granted=true|CAMERA: granted=false), flags=\[ [A-Z_|]+\]"
    assert all(re.fullmatch(pattern, line) for line in runtime)
    for user in (0, 10):
        state = next(line for line in block if line.startswith(f"    User {user}:"))
        assert re.search(
            r"ceDataInode=\d+ .*installed=true hidden=false suspended=false .*stopped=false .*enabled=0", state
        )


def test_restricted_permissions_say_so_from_android_10_on() -> None:
    assert "      android.permission.READ_SMS: restricted=true" in package_block("11")
    assert "      android.permission.READ_SMS" in package_block("9")


def test_resolver_tables_come_before_the_packages() -> None:
    lines = sections("14")["package"]
    titles = ["Activity Resolver Table:", "Receiver Resolver Table:", "Service Resolver Table:", "Packages:",
              "Shared users:", "Historical install sessions:"]  # fmt: skip
    places = [lines.index(title) for title in titles]
    assert places == sorted(places)
    start = lines.index("      android.provider.Telephony.SMS_RECEIVED:")
    assert re.fullmatch(rf" {{8}}[0-9a-f]{{1,7}} {PACKAGE}/\.EventReceiver", lines[start + 1])
    assert "      android.app.action.DEVICE_ADMIN_ENABLED:" in lines


def test_install_sessions_are_wrapped_at_120_columns_even_inside_names() -> None:
    lines = sections("14")["package"]
    start = lines.index("Historical install sessions:")
    rows = [line for line in lines[start:] if line.startswith("    ")]
    assert max(len(line) for line in rows) <= 121
    assert any(len(line) == 120 for line in rows)
    assert f"appPackageName={PACKAGE}" in "".join(line.removeprefix("    ") for line in rows)


def test_accessibility_of_android_9_prints_bound_services_only() -> None:
    text = "\n".join(sections("9")["accessibility"])
    assert "User state[attributes:{id=0, currentUser=true" in text
    assert "services:{Service[label=Watch, feedbackType[" in text
    assert PACKAGE not in text


def test_accessibility_of_later_android_names_enabled_services_and_counts_installed_ones() -> None:
    lines = sections("14")["accessibility"]
    assert any(line.startswith("     attributes:{id=0,") and "installedServiceCount=2" in line for line in lines)
    assert f"     Enabled services:{{{{{PACKAGE}/{PACKAGE}.S}}}}" in lines
    assert sum(line.startswith("     Bound services:{Service[label=Watch,") for line in lines) == 2


def test_accessibility_of_samsung_lists_services_with_numbers() -> None:
    old = sections("11", "samsung")["accessibility"]
    start = old.index("  installed services: {")
    assert old[start + 1 : start + 4] == [f"    0 : {PACKAGE}/.S", f"    1 : {PACKAGE}/org.example.other.T", "  }"]
    assert f"    0 : {PACKAGE}/.S" in old[old.index("  enabled services: {") :]
    new = sections("14", "samsung")["accessibility"]
    assert f"      0 : {PACKAGE}/.S" in new
    assert f"     Enabled services:{{{{{PACKAGE}/{PACKAGE}.S}}}}" in new


def operation(version: str) -> list[str]:
    lines = sections(version)["appops"]
    start = lines.index(f"    Package {PACKAGE}:")
    return lines[start + 1 : next(i for i in range(start + 1, len(lines)) if not lines[i].startswith("      "))]


def test_appops_has_three_shapes() -> None:
    assert operation("9") == [
        "      RECORD_AUDIO: mode=0; time=+59m59s750ms ago; rejectTime=+1d10h20m30s0ms ago; duration=+4s200ms"
    ]
    access = "Access: [bg-s] 2025-03-14 09:20:30.250 (-59m59s750ms) duration=+4s200ms"
    reject = "Reject: [bg-s]2025-03-13 00:00:00.000 (-1d10h20m30s0ms)"
    assert operation("10") == ["      RECORD_AUDIO (allow): ", f"          {access}", f"          {reject}"]
    assert operation("11") == [
        "      RECORD_AUDIO (allow): ", "        null=[", f"          {access}", f"          {reject}", "        ]",
    ]  # fmt: skip


def test_appops_names_the_user_in_the_user_id() -> None:
    lines = sections("14")["appops"]
    assert any(re.fullmatch(r"  Uid u0a\d+:", line) for line in lines)
    assert any(re.fullmatch(r"  Uid u10a\d+:", line) for line in lines)
    assert "  Uid 1000:" in lines


@pytest.mark.parametrize("version", ["9", "11", "14"])
def test_device_admins_stand_under_their_user_with_policies(version: str) -> None:
    lines = sections(version)["device_policy"]
    start = lines.index("  Enabled Device Admins (User 10, provisioningState: 0):")
    assert lines[start + 1] == f"    {PACKAGE}/.R:"
    assert re.fullmatch(r"      uid=10\d{5}", lines[start + 2])
    policies = lines.index("      policies:", start)
    assert lines[policies + 1 : policies + 3] == ["        wipe-data", "        force-lock"]


def test_owners_of_device_and_profile_are_named() -> None:
    owner = App("org.example.owner", admin=Admin(".A", owner="device"))
    work = App("org.example.work", users=(10,), admin=Admin(".A", owner="profile"))
    text = "".join(dumpsys(Phone(DeviceDescription(users=USERS, apps=(owner, work)))))
    assert "  Device Owner: \n    admin=ComponentInfo{org.example.owner/org.example.owner.A}\n" in text
    assert "  Profile Owner (User 10): \n    admin=ComponentInfo{org.example.work/org.example.work.A}\n" in text
    assert "    package=org.example.work\n" in text
    assert "  Device managed: true" in text


def test_notification_listeners_are_allowed_enabled_and_live() -> None:
    lines = sections("14")["notification"]
    start = lines.index("    Allowed notification listeners:")
    assert lines[start + 1] == f"      {PACKAGE}/{PACKAGE}.N (user: 0 isPrimary: true)"
    assert "    All notification listeners (1) enabled for current profiles:" in lines
    live = lines.index("    Live notification listeners (1):")
    assert lines[live + 1].startswith(f"      ComponentInfo{{{PACKAGE}/{PACKAGE}.N}} (user 0): ")


def test_usage_is_printed_in_both_shapes() -> None:
    old = f'      package={PACKAGE} totalTime="1:02:05" lastTime="2025-03-14 09:00:00"'
    assert old in sections("9")["usagestats"]
    new = next(line for line in sections("14")["usagestats"] if line.startswith(f"      package={PACKAGE} "))
    assert 'totalTimeUsed="1:02:05" lastTimeUsed="2025-03-14 09:00:00"' in new
    assert new.endswith("appLaunchCount=2")


def test_a_removal_is_an_update_to_version_0_on_its_day() -> None:
    lines = sections("14")["batterystats"]
    start = lines.index("  Daily from 2025-03-10-03-00-00 to 2025-03-11-03-00-00:")
    assert lines[start + 3] == f"      Update {PACKAGE} vers=0"
    assert any(re.fullmatch(rf' +\+\S+ \(2\) 100 \+job=u0a\d+:"{PACKAGE}/\.J"', line) for line in lines)


def test_battery_and_background_data_are_by_name_and_by_number() -> None:
    found = sections("14")
    lines = found["deviceidle"]
    assert lines[lines.index("  Whitelist user apps:") + 1] == f"    {PACKAGE}"
    assert any(re.fullmatch(r"  UID=\d+ policy=4 \(ALLOW_METERED_BACKGROUND\)", line) for line in found["netpolicy"])


def test_users_have_flags_and_owners() -> None:
    lines = sections("14")["user"]
    assert "  UserInfo{0:Owner:4c13} serialNo=0 isPrimary=true" in lines
    assert "  UserInfo{10:Work profile:1030} serialNo=10 isPrimary=false parentId=0" in lines
    assert "    Type: android.os.usertype.profile.MANAGED" in lines
    assert "    Has profile owner: false" in lines
    assert sections("9")["user"][1] == "  UserInfo{0:Owner:13} serialNo=0"
    assert "  UserInfo{10:Work profile:30} serialNo=10" in sections("9")["user"]
    assert sections("11")["user"][2] == "  UserInfo{0:Owner:c13} serialNo=0 isPrimary=true"


def test_trusted_keys_have_their_last_connection() -> None:
    lines = sections("14")["adb"]
    assert any(re.fullmatch(r"    user_keys=[A-Za-z0-9+/]+=* user@laptop", line) for line in lines)
    assert any(line.endswith('user@laptop" lastConnection="1735689600000" />') for line in lines)


def test_settings_say_who_set_them_and_what_they_were() -> None:
    lines = sections("14")["settings"]
    start = next(i for i, line in enumerate(lines) if " name:accessibility_enabled " in line)
    assert re.fullmatch(rf"_id:\d+ name:accessibility_enabled pkg:{PACKAGE} value:1", lines[start])
    assert lines[start + 1] == "\tHistory (accessibility_enabled)"
    change = f"time:03-01 22:41:07.980 mode:update oldValue:0 newValue:1 package:{PACKAGE}"
    assert lines[start + 2] == "\t\t" + change
    assert "Historical operations" in lines


def test_local_time_is_printed_and_utc_is_described() -> None:
    text = "\n".join(sections("14", offset_minutes=120)["package"])
    assert "      firstInstallTime=2025-01-02 05:04:05" in text


def test_databases_keep_their_paths() -> None:
    text = "\n".join(sections("14")["dbinfo"])
    assert re.search(rf"\*\* Database info for pid \d+ \[{PACKAGE}\] \*\*", text)
    assert f"Connection pool for /data/user/0/{PACKAGE}/databases/a.db:" in text


def test_a_removed_app_is_only_where_its_traces_are() -> None:
    gone = App("org.example.gone", state="removed-traces", removed_at="2025-03-01T00:00:00Z",
               removed_from=("dumpsys batterystats daily",))  # fmt: skip
    text = "".join(dumpsys(Phone(DeviceDescription(apps=(gone,)))))
    assert {line for line in text.splitlines() if "org.example.gone" in line} == {
        "      Update org.example.gone vers=0",
        "      Update org.example.gone vers=100",
    }


def test_filling_has_the_size_that_was_asked_for() -> None:
    plain = sum(map(len, dumpsys(Phone(DeviceDescription()))))
    filled = sum(map(len, dumpsys(Phone(DeviceDescription(filler=Filler(dumpsys_megabytes=3))))))
    assert 2_800_000 < filled - plain <= 3_000_000


@pytest.mark.parametrize("damage", ["cut", "garbled", "empty", "timeout", "denied"])
def test_a_damaged_section_leaves_the_next_one_whole(damage: str) -> None:
    phone = Phone(DeviceDescription(apps=(WATCH,), damage={"dumpsys appops": damage}))
    text = "".join(dumpsys(phone))
    assert ("was the duration of dumpsys appops" in text) == (damage != "cut")
    assert "DUMP OF SERVICE batterystats:" in text
    assert ("DUMP TIMEOUT (10000ms) EXPIRED" in text) == (damage == "timeout")
    assert ("Permission Denial: can't dump appops" in text) == (damage == "denied")
    assert ("\udcff" in text) == (damage == "garbled")


def test_a_section_without_lines_can_be_cut_too() -> None:
    text = "".join(dumpsys(Phone(DeviceDescription(damage={"dumpsys vpn_management": "cut"}))))
    assert "DUMP OF SERVICE vpn_management:" in text
    assert "was the duration of dumpsys vpn_management" not in text


def test_filters_are_shown_where_they_are_asked_for() -> None:
    lines = sections("14", filters=True)["package"]
    start = lines.index("      android.intent.action.MAIN:")
    assert re.fullmatch(rf" {{8}}[0-9a-f]+ {PACKAGE}/\.MainActivity filter [0-9a-f]+", lines[start + 1])
    assert lines[start + 3] == '          Category: "android.intent.category.LAUNCHER"'
