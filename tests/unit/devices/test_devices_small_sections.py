"""The short sections of dumpsys, each in the shapes that occur, with a malformed line where one can be."""

import base64
import hashlib

import pytest

from luciole.devices.parsers import (
    adb,
    batterystats,
    device_policy,
    deviceidle,
    input_method,
    jobs,
    mentions,
    netpolicy,
    notification,
    role,
    settings,
    usagestats,
    user,
)
from luciole.devices.parsers.rows import Account, Line, Row, plain_lines

ALL = (
    adb.parse, batterystats.parse, device_policy.parse, deviceidle.parse, input_method.parse, jobs.parse,
    mentions.activity, mentions.databases, mentions.vpn, mentions.connectivity, netpolicy.parse, notification.parse,
    role.parse, settings.parse, usagestats.parse, user.parse,
)  # fmt: skip


def read(parse: object, text: str, taken: str = "") -> tuple[list[Row], Account]:
    account = Account(taken)
    return list(parse(plain_lines(text), account)), account  # type: ignore[operator] # checked at run time


@pytest.mark.parametrize("parse", [parse for parse in ALL if parse is not mentions.vpn])
def test_a_text_of_another_shape_has_no_anchor_and_no_rows(parse: object) -> None:
    rows, account = read(parse, "A new format\n  with = other words\n  {and: more}\n")
    assert rows == []
    assert account.anchors == 0


def policies(row: Row) -> tuple[str, ...]:
    listed = row.attributes.get("policies", [])
    return tuple(listed) if isinstance(listed, list) else ()


def test_device_policy_tells_owners_from_administrators() -> None:
    text = """Current Device Policy Manager state:
  Device Owner:
    admin=ComponentInfo{org.example.owner/org.example.owner.Admin}
    name=
    package=org.example.owner
    User ID: 0

  Profile Owner (User 10):
    admin=ComponentInfo{org.example.work/org.example.work.Admin}
    package=org.example.work

  Enabled Device Admins (User 0, provisioningState: 0):
    org.example.notes/.Receiver:
      uid=10123
      testOnlyAdmin=false
      policies:
        wipe-data
        force-lock
      passwordQuality=0x0
      mAlwaysOnVpnPackage=org.example.tunnel
    org.example.second/.Receiver:
      policies:
  Enabled Device Admins (User 10, provisioningState: 0):
"""
    rows, _ = read(device_policy.parse, text)
    found = {(row.name, row.value, row.user, policies(row)) for row in rows}
    assert ("device_owner", "org.example.owner.Admin", 0, ()) in found
    assert ("device_owner", "org.example.work.Admin", 10, ()) in found
    assert ("device_admin.active", "org.example.notes.Receiver", 0, ("wipe-data", "force-lock")) in found
    assert ("device_admin.active", "org.example.second.Receiver", 0, ()) in found
    assert ("vpn.always_on", True, 0, ()) in found
    assert ("device.managed", True, None, ()) in found


def test_notification_listeners_that_are_allowed_and_live() -> None:
    text = """Current Notification Manager state:
  Notification listeners:
    Allowed notification listeners:
      org.a.b/org.a.b.C:org.d.e/.F (user: 10 isPrimary: true)
    All notification listeners (1) enabled for current profiles:
      ComponentInfo{org.a.b/org.a.b.C}
    Live notification listeners (1):
      ComponentInfo{org.a.b/org.a.b.C} (user 10): android.service.notification.INotificationListener$Stub@1
    Snoozed notification listeners (0):
      org.not.this/.One
  Notification assistant services:
    Allowed notification assistant services:
      org.not.that/.Two
"""
    rows, _ = read(notification.parse, text)
    found = {(row.value, row.user, row.attributes["state"]) for row in rows}
    assert found == {
        ("org.a.b.C", 10, "allowed"),
        ("org.d.e.F", 10, "allowed"),
        ("org.a.b.C", None, "allowed"),
        ("org.a.b.C", 10, "live"),
    }


@pytest.mark.parametrize(
    "line",
    [
        'package=org.a.b totalTime="01:02:03" lastTime="2024-03-01 10:00:00"',
        'package=org.a.b totalTimeUsed="01:02:03" lastTimeUsed="2024-03-01 10:00:00" totalTimeVisible="02:00:00"',
    ],
)
def test_usage_in_both_spellings(line: str) -> None:
    text = f"""user=10
  In-memory daily stats
    packages
      {line}
      package=org.c.d totalTime="00:00" lastTime="2024-03-02 10:00:00"
      package=???
"""
    rows, account = read(usagestats.parse, text)
    used = next(row for row in rows if row.package == "org.a.b")
    assert (used.name, used.value, used.user, used.attributes["total_seconds"]) == (
        "usage.last_used", "2024-03-01T10:00:00", 10, 3723,
    )  # fmt: skip
    assert [row.name for row in rows if row.package == "org.c.d"] == ["app.named"]
    assert (account.lost, account.first_lost) == (1, 6)


def test_the_latest_use_of_all_tables_wins() -> None:
    text = """user=0
 time="2024-03-05 09:00:00" type=ACTIVITY_RESUMED package=org.a.b class=X
 package=org.a.b totalTime="00:10" lastTime="2024-03-01 10:00:00"
 package=org.a.b totalTime="00:30" lastTime="2024-02-01 10:00:00"
"""
    rows, _ = read(usagestats.parse, text)
    assert [(row.value, row.line, row.attributes["total_seconds"]) for row in rows] == [("2024-03-05T09:00:00", 2, 30)]


def test_battery_statistics_show_removals_and_name_only_real_components() -> None:
    text = """Battery History (0% used):
    +1m02s (2) 100 +job=u0a12:"org.job.app/.Sync"
    +1m03s (2) 100 +top=u10a12:"org.top.app" +wake_lock=u0a1:"*alarm*:android.intent.action.TIME_TICK"
    +1m04s (2) 100 +pkgunin=u0a99:"org.gone.app"
Daily stats:
  Daily from 2024-03-01-03-00-00 to 2024-03-02-03-00-00:
    Package changes:
      Update org.new.app vers=7
      Update org.removed.app vers=0
      Update broken vers=0
"""
    rows, account = read(batterystats.parse, text)
    removed = {(row.package, row.value, row.user) for row in rows if row.name == "removal"}
    assert removed == {
        ("org.removed.app", "2024-03-01T03:00:00/2024-03-02T03:00:00", None),
        ("org.gone.app", "", 0),
    }
    named = {row.package for row in rows if row.name == "app.named"}
    assert {"org.job.app", "org.top.app", "org.new.app"} <= named
    assert "android.intent.action.TIME_TICK" not in named
    assert account.lost == 1


def test_network_policy_is_by_user_id() -> None:
    text = """Restrict background: false
Policy for UIDs:
  UID=1010123 policy=4 (ALLOW_METERED_BACKGROUND)
  UID=10124 policy=0 (NONE)
  UID=? policy=1
Status for all known UIDs:
  UID=10125 state=1
"""
    rows, account = read(netpolicy.parse, text)
    assert [(row.uid, row.value) for row in rows] == [(1_010_123, "ALLOW_METERED_BACKGROUND")]
    assert account.lost == 1


def test_exemptions_from_battery_saving() -> None:
    text = """  Settings:
    light_after_inactive_to=+4m0s0ms
  Whitelist system apps:
    com.google.android.gms
  Whitelist user apps:
    org.example.notes
    ???
  Whitelist user app ids:
    10123
"""
    rows, account = read(deviceidle.parse, text)
    assert [(row.package, row.value) for row in rows] == [
        ("com.google.android.gms", "system"), ("org.example.notes", "user"),
    ]  # fmt: skip
    assert account.lost == 1


def test_users_by_type_and_before_android_11_by_flags() -> None:
    text = """Users:
  UserInfo{0:Owner:13} serialNo=0
    State: RUNNING_UNLOCKED
  UserInfo{10:Work:30} serialNo=10
  UserInfo{11:Hide: and seek:1010} serialNo=11
    Type: android.os.usertype.profile.PRIVATE
    Flags: 4112 (INITIALIZED|PROFILE)
    State: -1
  UserInfo{150:Secure Folder:1030} serialNo=150
    Type: android.os.usertype.profile.MANAGED
  UserInfo{x:y} serialNo=1
"""
    rows, account = read(user.parse, text)
    found = {row.value: row.attributes for row in rows}
    assert {number: kinds["kind"] for number, kinds in found.items()} == {
        0: "owner", 10: "work-profile", 11: "private-profile", 150: "secure-folder",
    }  # fmt: skip
    assert found[11]["name"] == "Hide: and seek"
    assert (found[0]["running"], found[11]["running"]) == (True, False)
    assert account.lost == 1


def test_trusted_computers_have_the_fingerprint_that_android_shows() -> None:
    key = base64.b64encode(bytes([0x40, 0, 0, 0]) + bytes(520)).decode()
    fingerprint = hashlib.md5(base64.b64decode(key), usedforsecurity=False).digest().hex(":").upper()
    text = f"""ADB MANAGER STATE (dumpsys adb):
{{
  debugging_manager={{
    user_keys={key} someone@laptop
{key[:-8]}!!!!!!!! broken@key
    keystore=<?xml version='1.0' ?>
    <keyStore version="1"><adbKey key="{key} someone@laptop" lastConnection="1710000000000" /></keyStore>
  adb_wifi={{enabled=true, port=5555}}
"""
    rows, account = read(adb.parse, text)
    keys = [row for row in rows if row.name == "adb.trusted_key"]
    assert [(row.value, row.attributes["host"]) for row in keys] == [(fingerprint, "someone@laptop")]
    assert any(row.name == "adb.enabled" and row.attributes["wireless"] for row in rows)
    assert account.lost == 1


def test_a_key_with_letters_beyond_ascii_is_lost_alone() -> None:
    rows, account = read(adb.parse, "ADB MANAGER STATE\n user_keys=" + "é" * 400 + " a@b\n")
    assert rows == []
    assert account.lost == 1


def test_role_holders_in_one_line_or_in_a_list() -> None:
    text = """ROLE MANAGER STATE (dumpsys role):
{
  user_states={
    user_id=10
    roles=[
      {
        name=android.app.role.SMS
        holders=org.example.texts
      }
      {
        name=android.app.role.ASSISTANT
        holders=[
          org.example.one,
          org.example.two
        ]
      }
      {
        name=com.example.role.OWN
        holders=not a package
      }
"""
    rows, _ = read(role.parse, text)
    assert [(row.value, row.package, row.user) for row in rows] == [
        ("sms", "org.example.texts", 10),
        ("assistant", "org.example.one", 10),
        ("assistant", "org.example.two", 10),
    ]


def test_settings_say_who_set_them() -> None:
    text = """GLOBAL SETTINGS (user 0)
_id:1 name:package_verifier_user_consent pkg:org.example.bad value:-1 default:1 defaultSystemSet:true
_id:2 name:adb_enabled pkg:com.android.settings value:1
_id:3 broken
SECURE SETTINGS (user 10)
_id:1 name:enabled_accessibility_services pkg:org.example.bad value:org.a.b/.C:org.d.e/org.d.e.F default:null
_id:2 name:always_on_vpn_app pkg:android value:org.example.tunnel
\tHistory (sampled)
\t\ttime:03-01 10:00:00 mode:update oldValue:0 newValue:1 package:org.example.bad
"""
    rows, account = read(settings.parse, text)
    found = {(row.name, row.value, row.package, row.user) for row in rows}
    assert ("protection.off", "play-protect", "", None) in found
    assert ("changed_setting", "package_verifier_user_consent", "org.example.bad", 0) in found
    assert ("accessibility.state", "org.a.b.C", "org.a.b", 10) in found
    assert ("accessibility.state", "org.d.e.F", "org.d.e", 10) in found
    assert ("vpn.always_on", True, "org.example.tunnel", 10) in found
    assert ("adb.enabled", True, "", None) in found
    assert ("changed_setting", "sampled", "org.example.bad", 10) in found
    assert not any(row.name == "changed_setting" and row.package == "com.android.settings" for row in rows)
    assert (account.lost, account.first_lost) == (1, 4)


def test_a_settings_file_keeps_values_with_an_equals_sign() -> None:
    lines: list[Line] = [(1, "http_proxy=proxy.example:8080"), (2, "note=a=b=c"), (3, "no equals sign"), (4, "")]
    account = Account()
    rows = list(settings.parse_file(lines, account, "global"))
    assert ("proxy", "proxy.example:8080") in {(row.name, row.value) for row in rows}
    assert (account.lost, account.first_lost) == (1, 3)


def test_keyboards() -> None:
    text = """Current Input Method Manager state:
  InputMethod #0:
    mId=org.a.b/.Board mSettingsActivityName=x
  mCurMethodId=org.a.b/.Board
"""
    rows, _ = read(input_method.parse, text)
    assert [(row.value, row.attributes["state"]) for row in rows] == [
        ("org.a.b.Board", "installed"), ("org.a.b.Board", "default"),
    ]  # fmt: skip


def test_jobs_and_alarms() -> None:
    text = """Registered 1 jobs:
  JOB #u10a123/7: abc org.a.b/.Sync
    tag=*job*/org.a.b/.Sync
    RTC_WAKEUP #0: Alarm{abc type 0 when 1 org.c.d}
      tag=*walarm*:org.c.d/.Tick
"""
    rows, _ = read(jobs.parse, text)
    assert ("org.a.b", "org.a.b.Sync", 10, "job") in {
        (row.package, row.value, row.user, row.attributes["kind"]) for row in rows
    }
    assert ("org.c.d", "org.c.d.Tick", "alarm") in {(row.package, row.value, row.attributes["kind"]) for row in rows}


def test_databases_of_removed_apps_are_named_and_file_names_are_not() -> None:
    text = "** Database info for pid 12 [org.a.b] **\nConnection pool for /data/user/10/org.c.d/databases/points.db:\n"
    rows, _ = read(mentions.databases, text)
    assert {(row.package, row.line) for row in rows} == {("org.a.b", 1), ("org.c.d", 2)}


def test_a_vpn_that_is_always_on() -> None:
    text = "VPNs:\n  0: org.a.b\n    Active package name: org.a.b\n    mAlwaysOn=true mLockdown=true\n"
    rows, _ = read(mentions.vpn, text)
    assert [(row.name, dict(row.attributes)) for row in rows if row.name == "vpn.always_on"] == [
        ("vpn.always_on", {"lockdown": True})
    ]


def test_proxies_of_networks() -> None:
    rows, _ = read(mentions.connectivity, "NetworkAgentInfo{x}\n  HttpProxy: [proxy.example] 8080 xl=\n")
    assert [row.value for row in rows] == ["proxy.example:8080"]
