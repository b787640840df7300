"""Every criterion can be met by what the real readers make of an app file or a phone, not only by facts written down.

A few inert apps and simulated phones are built, written and read back. A criterion that none of them meets asks for a
fact that no reader makes, or for a value that a reader never gives it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yara_x

from agreed_criteria import catalogue
from luciole.apps.options import AppOptions
from luciole.apps.read import read_app
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.model import Criterion
from luciole.devices.evidence import read_evidence
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import Truth
from luciole.kernel.vocabulary import PLATFORMS
from luciole.simulate.apps.build import build_apk
from luciole.simulate.devices.description import (
    Accessibility,
    Admin,
    App,
    AppOp,
    DeviceDescription,
    DeviceFile,
    Keyboard,
    Listener,
    Root,
    Setting,
    TrustedKey,
    Usage,
    User,
)
from luciole.simulate.devices.write import write_bugreport, write_zip

NOT_ON_THE_REAL_PATH: dict[str, str] = {
    "context.maker-signed": "nothing here is signed under the name of a maker: inert apps carry a name of their own",
}
"""Criteria that none of these apps and phones meets, each with the reason."""

RULES = 'rule example_family { meta: family = "Example" strings: $a = "collect.example.invalid" condition: $a }'
CALL = "android.intent.action.PHONE_STATE"
MAIN = "android.intent.action.MAIN"
LISTENER = "android.permission.BIND_NOTIFICATION_LISTENER_SERVICE"
AUTOFILL = "android.permission.BIND_AUTOFILL_SERVICE"
TAKEN = "2025-03-14T10:20:30Z"
STORE = "com.android.vending"
FILE = "com.google.android.packageinstaller"

COLLECTOR: dict[str, object] = {
    "package": "org.example.inert.collector",
    "label": "System Service",
    "target_sdk": 22,
    "permissions": [
        "INTERNET", "READ_SMS", "RECEIVE_SMS", "SEND_SMS", "READ_CALL_LOG", "READ_PHONE_STATE", "READ_CONTACTS",
        "READ_CALENDAR", "PROCESS_OUTGOING_CALLS", "RECORD_AUDIO", "CAMERA", "ACCESS_FINE_LOCATION",
        "ACCESS_BACKGROUND_LOCATION", "PACKAGE_USAGE_STATS", "QUERY_ALL_PACKAGES", "MANAGE_EXTERNAL_STORAGE",
        "READ_EXTERNAL_STORAGE", "RECEIVE_BOOT_COMPLETED", "REQUEST_IGNORE_BATTERY_OPTIMIZATIONS",
        "SCHEDULE_EXACT_ALARM", "SYSTEM_ALERT_WINDOW", "WRITE_SECURE_SETTINGS", "WRITE_SETTINGS", "INSTALL_PACKAGES",
        "DELETE_PACKAGES", "MANAGE_USERS", "ANSWER_PHONE_CALLS", "ACCESS_SUPERUSER", "FOREGROUND_SERVICE",
        "FOREGROUND_SERVICE_MEDIA_PROJECTION", "REQUEST_INSTALL_PACKAGES", "REQUEST_DELETE_PACKAGES",
    ],
    "application": {"debuggable": True, "cleartext_traffic": True, "exclude_from_recents": True, "test_only": True},
    "activities": [{"name": ".Main", "theme": "no-display"}],
    "aliases": [{"name": ".Icon", "target": ".Main", "launcher": True, "enabled": False}],
    "services": [
        {
            "name": ".Eyes",
            "process": ":eyes",
            "accessibility": {
                "can_retrieve_window_content": True,
                "can_perform_gestures": True,
                "can_take_screenshot": True,
                "event_types": ["typeAllMask"],
                "packages": ["com.android.settings", "com.whatsapp", "com.android.chrome"],
            },
        },
        {"name": ".Bell", "permission": LISTENER},
        {"name": ".Keys", "permission": "android.permission.BIND_INPUT_METHOD"},
        {"name": ".Tunnel", "permission": "android.permission.BIND_VPN_SERVICE"},
        {"name": ".Work", "foreground_types": ["microphone", "camera", "location"]},
        {"name": ".Sync", "actions": ["android.content.SyncAdapter"]},
        {"name": ".Push", "actions": ["com.google.firebase.MESSAGING_EVENT"]},
    ],
    "receivers": [
        {"name": ".Text", "actions": ["android.provider.Telephony.SMS_RECEIVED"], "priority": 999},
        {"name": ".Call", "actions": [CALL, "android.intent.action.NEW_OUTGOING_CALL"]},
        {"name": ".Code", "actions": ["android.provider.Telephony.SECRET_CODE"]},
        {"name": ".Sim", "actions": ["android.intent.action.SIM_STATE_CHANGED"]},
        {
            "name": ".Events",
            "actions": ["android.intent.action.USER_PRESENT", "android.net.conn.CONNECTIVITY_CHANGE"],
        },
        {"name": ".Admin", "device_admin": ["wipe-data", "force-lock"]},
    ],
    "strings": [
        "https://collect.example.invalid/v1", "https://example-app.appspot.com/upload", "target_phone", "stealth_mode",
        "live_listen", "Catch a cheating partner without them knowing", "su -c", "camera_mic_icons_enabled",
        "package_verifier_enable", "com.avast.android.mobilesecurity", "com.lookout", "com.bitdefender.security",
        "/data/data/com.whatsapp/databases/msgstore.db", "VOICE_CALL",
    ],
    "apis": [
        "android.content.pm.PackageManager.setComponentEnabledSetting",
        "android.content.BroadcastReceiver.abortBroadcast",
        "android.content.ClipboardManager.addPrimaryClipChangedListener",
        "android.service.notification.NotificationListenerService.cancelNotification",
        "android.app.admin.DeviceAdminReceiver.onDisableRequested",
    ],
    "classes": ["com.stub.StubApp"],
    "metadata": {"isMonitoringTool": "partner_monitoring"},
    "network_security": {"cleartext": True, "user_certificates": True},
    "carried": [{"name": "assets/update.bin", "kind": "apk"}],
    "key": "debug",
    "tricks": ["zip.local-method-differs"],
}  # fmt: skip

APPS: tuple[dict[str, object], ...] = (
    {
        "package": "org.example.inert.watchpart",
        "label": "\u202eecivreS metsyS",
        "shared_user": "org.example.parts",
        "permissions": ["INTERNET", "BLUETOOTH", "BLUETOOTH_CONNECT", "READ_CONTACTS"],
        "services": [{"name": ".Bell", "permission": LISTENER}],
    },
    COLLECTOR,
    {"package": "org.example.inert.cut", "permissions": ["READ_SMS"], "tricks": ["xml.chunk"]},
    {
        "package": "com.android.example.blank",
        "label": "\u3164",
        "permissions": ["INTERNET", "REQUEST_COMPANION_RUN_IN_BACKGROUND"],
        "activities": [{"name": ".Main", "launcher": True}],
        "services": [{"name": ".Bell", "permission": LISTENER}],
    },
    {
        "package": "org.example.inert.parents",
        "label": "Family Rules",
        "metadata": {"isMonitoringTool": "child_monitoring"},
        "permissions": [
            "INTERNET", "ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION", "READ_CONTACTS", "RECORD_AUDIO",
            "FOREGROUND_SERVICE", "FOREGROUND_SERVICE_MEDIA_PROJECTION", "WRITE_SETTINGS", "CHANGE_WIFI_STATE",
            "BLUETOOTH_ADMIN", "MODIFY_AUDIO_SETTINGS", "SET_WALLPAPER", "NFC",
        ],
        "activities": [
            {
                "name": ".Main",
                "launcher": True,
                "filters": [
                    {"actions": [MAIN], "categories": ["android.intent.category.HOME"]},
                    {"actions": ["android.intent.action.SEND"]},
                ],
            }
        ],
        "receivers": [{"name": ".Admin", "device_admin": ["force-lock"]}],
    },
    {
        "package": "org.example.inert.backup",
        "label": "Copy",
        "permissions": ["READ_SMS", "READ_CONTACTS", "READ_CALL_LOG", "WRITE_EXTERNAL_STORAGE"],
        "activities": [
            {"name": ".Main", "launcher": True},
            {"name": ".Write", "actions": ["android.intent.action.SENDTO"]},
        ],
        "receivers": [{"name": ".In", "actions": ["android.provider.Telephony.SMS_DELIVER"]}],
    },
    {
        "package": "org.example.inert.vault",
        "label": "Vault",
        "permissions": ["INTERNET", "USE_BIOMETRIC", "QUERY_ALL_PACKAGES"],
        "activities": [{"name": ".Main", "launcher": True}],
        "services": [
            {"name": ".Fill", "permission": AUTOFILL},
            {"name": ".Help", "accessibility": {"can_retrieve_window_content": True, "is_accessibility_tool": True}},
        ],
    },
    {
        "package": "org.example.inert.keys",
        "label": "Keys",
        "application": {"debuggable": True},
        "permissions": ["SET_ANIMATION_SCALE"],
        "services": [{"name": ".Keys", "permission": "android.permission.BIND_INPUT_METHOD"}],
    },
)  # fmt: skip
"""Inert apps. Together they meet every criterion that an app file can answer."""

PRIVATE = ("INTERNET", "READ_SMS", "READ_CONTACTS", "RECORD_AUDIO", "CAMERA", "ACCESS_FINE_LOCATION")
POWERFUL = App(
    "org.example.powerful",
    installer=FILE,
    initiator=FILE,
    permissions=(*PRIVATE, "ACCESS_BACKGROUND_LOCATION", "REQUEST_INSTALL_PACKAGES"),
    granted=(*PRIVATE, "ACCESS_BACKGROUND_LOCATION"),
    launcher=False,
    accessibility=(Accessibility(".Eyes", "bound", "Powerful"),),
    listener=Listener(),
    keyboard=Keyboard(".Keys", "default"),
    admin=Admin(".Admin", ("wipe-data",), "device"),
    battery_exempt=True,
    vpn="always-on",
    usage=Usage(),
    appops={
        "RECORD_AUDIO": AppOp(last_background="2025-03-14T02:11:05Z", seconds=60),
        "REQUEST_INSTALL_PACKAGES": AppOp(),
    },
)
HIDDEN = App("org.example.hidden", state="hidden", installer="org.example.unknown.installer")
USED = App("org.example.used", installer=STORE, usage=Usage("2025-03-12T17:30:00Z", 620, 4))
"""Where nothing was ever used, that an app was never opened says nothing."""
READER = App("com.google.android.marvin.talkback", system=True, code_path="/product/app/talkback")
PHONE = DeviceDescription(
    patch_level="2023-01-05",
    verified_boot="orange",
    taken=TAKEN,
    root=Root(("/sbin/su",), permissive=True, debuggable=True),
    users=(User(0, "owner", "Owner"), User(10, "work-profile", "Work")),
    apps=(POWERFUL, HIDDEN, USED, READER),
    settings=(
        Setting("global", "package_verifier_user_consent", "-1"),
        Setting("global", "package_verifier_enable", "0"),
        Setting("global", "development_settings_enabled", "1"),
        Setting("secure", "accessibility_enabled", "1", POWERFUL.package),
    ),
    adb_keys=(TrustedKey("user@one"), TrustedKey("user@two")),
    proxy="proxy.example:8080",
    private_dns="dns.example",
    user_certificates=("CN=Example Authority",),
    files=(DeviceFile("/sbin/su"),),
)


def met_by(facts: FactSet) -> frozenset[str]:
    return frozenset(one.criterion for one in evaluate_all(catalogue(), facts) if one.truth is Truth.MET)


def read_apps() -> Iterator[FactSet]:
    options = AppOptions(rules=yara_x.compile(RULES))
    for app in APPS:
        yield from read_app(build_apk(app), f"{app['package']}.apk", options).subjects


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What every piece of evidence met, by the kind of evidence."""
    folder: Path = tmp_path_factory.mktemp("phones")
    whole = read_evidence(write_zip(PHONE, folder / "acquisition.zip"), now=TAKEN)
    report = read_evidence(write_bugreport(PHONE, folder / "bugreport.zip"), now=TAKEN)
    found = {"app": read_apps(), "acquisition": whole.subjects, "bugreport": report.subjects}
    return {kind: {name for facts in sets for name in met_by(facts)} for kind, sets in found.items()}


def of_android() -> list[Criterion]:
    """Those of other platforms are met on the real path in tests of their own."""
    android = [one for one in catalogue().criteria if "android" in PLATFORMS[one.platform]]
    return [one for one in android if ".program-" not in one.id]


def test_every_criterion_is_met_by_an_app_or_a_phone_that_was_really_read(met: dict[str, set[str]]) -> None:
    everything = set().union(*met.values())
    never = {one.id for one in of_android()} - everything
    assert sorted(never) == sorted(NOT_ON_THE_REAL_PATH)


def test_what_only_a_phone_can_answer_is_not_answered_by_app_files(met: dict[str, set[str]]) -> None:
    device = {one.id for one in of_android() if one.evidence == "device"}
    assert not device & met["app"]
    assert device <= met["acquisition"]


def test_a_bug_report_shows_every_power_that_is_switched_on(met: dict[str, set[str]]) -> None:
    assert met["bugreport"] >= {
        "collect.accessibility-on", "collect.notifications-on", "collect.keyboard-on", "resist.device-admin-on",
        "resist.owner", "persist.always-on-vpn", "persist.battery-exempt-on", "collect.used-in-background",
        "conceal.never-opened", "conceal.hidden-state", "deliver.not-from-store", "deliver.never-checked",
    }  # fmt: skip
