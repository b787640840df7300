"""The demonstration phone of the guides and courses: everything a first check can meet, all of it invented."""

from __future__ import annotations

import msgspec

from luciole.simulate.apps.description import AppDescription
from luciole.simulate.devices.description import (
    Accessibility,
    Admin,
    App,
    AppOp,
    DeviceDescription,
    Filler,
    IntrusionEvent,
    Keyboard,
    Listener,
    LogLine,
    Setting,
    TrustedKey,
    Usage,
    User,
)

TAKEN = "2025-03-14T10:20:30Z"
KNOWN = "org.example.familywatch"
"""Stands in for an app of a known family; it is on the work profile, where a list of user 0's apps misses it."""
UNKNOWN = "org.example.systemservice"
"""An app that no list knows: not from a store, without an icon, with wide access."""
PARENTAL = "org.example.parental"
PASSWORDS = "org.example.passwords"
REMOVED = "org.example.formertracker"
PLAY = "com.android.vending"
_STORE = "org.fdroid.fdroid"

_OWNER = User(0, "owner", "Owner")
_WORK = User(10, "work-profile", "Work profile")


def _known() -> App:
    return App(
        KNOWN,
        label="Family Watch",
        users=(10,),
        installer=None,
        initiator="com.google.android.packageinstaller",
        first_installed="2025-02-20T21:14:09Z",
        last_updated="2025-02-20T21:14:09Z",
        permissions=("INTERNET", "READ_SMS", "READ_CALL_LOG", "ACCESS_FINE_LOCATION", "RECORD_AUDIO"),
        granted=("INTERNET", "READ_SMS", "READ_CALL_LOG", "ACCESS_FINE_LOCATION", "RECORD_AUDIO"),
        appops={
            "FINE_LOCATION": AppOp(last_background="2025-03-14T09:58:12Z"),
            "READ_SMS": AppOp(last_background="2025-03-14T08:02:44Z"),
        },
        process=True,
        jobs=(".SyncJob",),
    )


def _unknown() -> App:
    access = (
        "INTERNET", "READ_SMS", "RECEIVE_SMS", "ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION", "RECORD_AUDIO",
        "CAMERA", "READ_CONTACTS", "RECEIVE_BOOT_COMPLETED", "REQUEST_IGNORE_BATTERY_OPTIMIZATIONS",
    )  # fmt: skip
    return App(
        UNKNOWN,
        label="System Service",
        installer="com.google.android.packageinstaller",
        initiator="com.google.android.packageinstaller",
        originator="com.android.chrome",
        first_installed="2025-02-20T21:22:51Z",
        last_updated="2025-02-20T21:22:51Z",
        permissions=access,
        granted=access,
        launcher=False,
        appops={
            "RECORD_AUDIO": AppOp(last_background="2025-03-14T02:11:05Z", seconds=1840),
            "FINE_LOCATION": AppOp(last_background="2025-03-14T10:15:00Z"),
            "CAMERA": AppOp(last_background="2025-03-13T23:40:18Z", seconds=4.2),
        },
        broadcasts=("android.intent.action.BOOT_COMPLETED", "android.provider.Telephony.SMS_RECEIVED"),
        accessibility=(Accessibility(".sync.SyncService", "bound", "System Service"),),
        admin=Admin(".DeviceReceiver", ("wipe-data", "force-lock")),
        listener=Listener(".NoteService"),
        battery_exempt=True,
        background_data=True,
        usage=Usage(),
        jobs=(".UploadJob",),
        alarms=("org.example.systemservice.TICK",),
        databases=("queue.db",),
        process=True,
        apk=_unknown_file(access),
    )


def _unknown_file(access: tuple[str, ...]) -> AppDescription:
    return msgspec.convert(
        {
            "package": UNKNOWN,
            "label": "System Service",
            "permissions": list(access),
            "services": [
                {
                    "name": ".sync.SyncService",
                    "permission": "BIND_ACCESSIBILITY_SERVICE",
                    "actions": ["android.accessibilityservice.AccessibilityService"],
                    "accessibility": {"can_retrieve_window_content": True, "event_types": ["typeAllMask"]},
                }
            ],
            "receivers": [{"name": ".DeviceReceiver", "device_admin": ["wipe-data", "force-lock"]}],
            "strings": ["https://collect.example.invalid/v1"],
        },
        AppDescription,
    )


def _parental() -> App:
    return App(
        PARENTAL,
        label="Screen Time Together",
        installer=PLAY,
        initiator=PLAY,
        first_installed="2023-09-01T16:00:00Z",
        last_updated="2025-01-30T03:12:00Z",
        permissions=("INTERNET", "PACKAGE_USAGE_STATS", "ACCESS_FINE_LOCATION", "POST_NOTIFICATIONS"),
        granted=("INTERNET", "PACKAGE_USAGE_STATS", "ACCESS_FINE_LOCATION", "POST_NOTIFICATIONS"),
        appops={"FINE_LOCATION": AppOp("foreground", "2025-03-12T17:30:00Z"), "GET_USAGE_STATS": AppOp()},
        admin=Admin(".ParentReceiver", ("force-lock",)),
        usage=Usage("2025-03-12T17:30:00Z", 620, 4),
        process=True,
    )


def _passwords() -> App:
    return App(
        PASSWORDS,
        label="Key Ring",
        installer=PLAY,
        initiator=PLAY,
        accessibility=(Accessibility(".FillService", "enabled", "Key Ring"),),
        autofill=True,
        usage=Usage("2025-03-14T09:44:00Z", 1900, 31),
    )


def _removed() -> App:
    return App(
        REMOVED,
        label="Former Tracker",
        state="removed-traces",
        first_installed="2024-11-02T22:10:00Z",
        last_updated="2024-11-02T22:10:00Z",
        removed_at="2025-03-11T18:03:00Z",
        databases=("points.db",),
        removed_from=(
            "dumpsys batterystats daily", "dumpsys package sessions", "dumpsys dbinfo", "files sdcard-data",
        ),
    )  # fmt: skip


def _daily_apps() -> tuple[App, ...]:
    both = (0, 10)
    talkback = Accessibility(".TalkBackService", "installed", tool=True)
    latin = Keyboard("com.android.inputmethod.latin.LatinIME", "default")
    return (
        _maker_app("com.google.android.marvin.talkback", "TalkBack", users=both, accessibility=(talkback,)),
        _maker_app("com.google.android.inputmethod.latin", "Gboard", users=both, keyboard=latin),
        _maker_app("com.google.android.apps.messaging", "Messages", users=both, roles=("SMS",)),
        _maker_app("com.google.android.dialer", "Phone", users=both, roles=("DIALER",)),
        _maker_app("com.google.android.projection.gearhead", "Android Auto", listener=Listener(live=False)),
        App("org.example.bank", "Bank", installer=PLAY, initiator=PLAY, usage=Usage("2025-03-14T07:12:00Z", 300, 6)),
        App("org.example.bus", "Bus Times", installer=_STORE, usage=Usage("2025-03-13T17:02:00Z", 900, 12)),
        App(_STORE, "F-Droid", installer=None, appops={"REQUEST_INSTALL_PACKAGES": AppOp()}),
        App(
            "org.example.workmail",
            "Work Mail",
            users=(10,),
            installer=PLAY,
            admin=Admin(owner="profile"),
            usage=Usage("2025-03-14T08:30:00Z", 400, 9),
        ),
    )


def _maker_app(package: str, label: str, **rest: object) -> App:
    when = "2009-01-01T00:00:00Z"
    app = App(package, label, system=True, privileged=True, first_installed=when, last_updated=when)
    return msgspec.structs.replace(app, **rest)


def demonstration(seed: int = 1) -> DeviceDescription:
    """The demonstration phone: an Android 14 phone with a work profile, its bug report and a plain backup."""
    return DeviceDescription(
        model="Example Phone 5",
        taken=TAKEN,
        seed=seed,
        timezone="Europe/Paris",
        offset_minutes=60,
        locale="fr-FR",
        patch_level="2024-06-05",
        users=(_OWNER, _WORK),
        apps=(*_daily_apps(), _known(), _unknown(), _parental(), _passwords(), _removed()),
        settings=(
            Setting("global", "package_verifier_user_consent", "-1", UNKNOWN, at="2025-02-20T21:25:00Z", before="1"),
            Setting("global", "verifier_verify_adb_installs", "0"),
        ),
        adb_keys=(TrustedKey("someone@laptop", "2025-02-20T21:10:00Z"),),
        log=(LogLine("NetworkMonitor", "probe of collect.example.invalid failed", "2025-03-14T10:00:00Z", "D"),),
        intrusion=(IntrusionEvent("dns", UNKNOWN, "collect.example.invalid", at="2025-03-14T09:00:00Z"),),
        filler=Filler(files=400, system_packages=60, user_packages=12, dumpsys_megabytes=0.5, log_lines=200),
        bugreport=True,
        backup_password="",
    )
