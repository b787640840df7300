"""Demonstration apps: inert stand-ins for the kinds of app that a check has to tell apart."""

from __future__ import annotations

from collections.abc import Mapping

from luciole.simulate.apps.description import AppDescription, describe

_BOOT = {"name": ".Boot", "actions": ["android.intent.action.BOOT_COMPLETED"]}
_MAIN = {"name": ".Main", "launcher": True}
_FOREGROUND = ["INTERNET", "FOREGROUND_SERVICE", "RECEIVE_BOOT_COMPLETED"]

_NOTES: Mapping[str, object] = {
    "package": "org.example.inert.notes",
    "label": {"default": "Notes", "fr": "Carnet", "ar": "ملاحظات"},
    "icon": "plain",
    "permissions": ["INTERNET"],
    "activities": [_MAIN, {"name": ".Edit", "exported": False}],
    "strings": ["https://sync.notes.example/v1"],
    "apis": ["android.content.SharedPreferences.edit"],
    "assets": {"licences.txt": "none"},
}

_MESSENGER: Mapping[str, object] = {
    "package": "org.example.inert.messenger",
    "label": {"default": "Courier", "de": "Bote"},
    "icon": "plain",
    "permissions": [*_FOREGROUND, "CAMERA", "RECORD_AUDIO", "READ_CONTACTS", "POST_NOTIFICATIONS",
                    "ACCESS_FINE_LOCATION"],
    "activities": [
        _MAIN,
        {"name": ".Share", "filters": [{"actions": ["android.intent.action.SEND"],
                                        "categories": ["android.intent.category.DEFAULT"],
                                        "mime_types": ["text/plain"]}]},
    ],
    "services": [{"name": ".Call", "foreground_types": ["microphone", "camera"], "exported": False}],
    "receivers": [_BOOT],
    "strings": ["https://chat.courier.example/ws", "wss://chat.courier.example/live"],
    "apis": ["android.media.MediaRecorder.setAudioSource", "android.hardware.camera2.CameraManager.openCamera"],
    "native_libraries": {"arm64-v8a/libcourier.so": ["Java_org_example_inert_messenger_Codec_open"]},
}  # fmt: skip

_PARENTAL: Mapping[str, object] = {
    "package": "org.example.inert.parental",
    "label": {"default": "Family Agreement", "es": "Acuerdo familiar"},
    "icon": "plain",
    "permissions": [*_FOREGROUND, "ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION", "PACKAGE_USAGE_STATS",
                    "QUERY_ALL_PACKAGES", "POST_NOTIFICATIONS"],
    "metadata": {"isMonitoringTool": "child_monitoring"},
    "activities": [_MAIN],
    "services": [{"name": ".Place", "foreground_types": ["location"], "exported": False}],
    "receivers": [_BOOT, {"name": ".Admin", "device_admin": ["force-lock"]}],
    "strings": ["https://family.example/v1"],
    "apis": ["android.app.usage.UsageStatsManager.queryUsageStats",
             "android.location.LocationManager.requestLocationUpdates"],
}  # fmt: skip

_STALKERWARE_LIKE: Mapping[str, object] = {
    "package": "org.example.inert.systemhelper",
    "label": "System Service",
    "icon": "transparent",
    "target_sdk": 28,
    "permissions": [*_FOREGROUND, "READ_SMS", "RECEIVE_SMS", "READ_CALL_LOG", "READ_CONTACTS", "RECORD_AUDIO",
                    "ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION", "REQUEST_IGNORE_BATTERY_OPTIMIZATIONS"],
    "application": {"cleartext_traffic": True, "allow_backup": False},
    "activities": [{"name": ".Main", "exclude_from_recents": True, "no_history": True, "theme": "no-display"}],
    "aliases": [{"name": ".Icon", "target": ".Main", "launcher": True, "enabled": False}],
    "services": [
        {"name": ".Reader",
         "accessibility": {"can_retrieve_window_content": True, "event_types": ["typeAllMask"],
                           "flags": ["flagRetrieveInteractiveWindows", "flagReportViewIds"]}},
        {"name": ".Notices", "permission": "BIND_NOTIFICATION_LISTENER_SERVICE",
         "actions": ["android.service.notification.NotificationListenerService"]},
        {"name": ".Place", "foreground_types": ["location", "microphone"], "exported": False},
    ],
    "receivers": [
        {"name": ".Boot", "actions": ["android.intent.action.BOOT_COMPLETED"], "priority": 999},
        {"name": ".Text", "actions": ["android.provider.Telephony.SMS_RECEIVED"], "priority": 999,
         "permission": "BROADCAST_SMS"},
        {"name": ".Admin", "device_admin": ["wipe-data", "force-lock"]},
    ],
    "strings": ["https://collect.example.invalid/v1", "content://sms", "content://call_log/calls"],
    "apis": ["android.telephony.SmsManager.sendTextMessage",
             "android.location.LocationManager.requestLocationUpdates",
             "android.media.MediaRecorder.setAudioSource",
             "android.content.pm.PackageManager.setComponentEnabledSetting",
             "android.view.accessibility.AccessibilityNodeInfo.getText"],
}  # fmt: skip

_KNOWN_FAMILY: Mapping[str, object] = {
    "package": "org.example.inert.knownfamily",
    "label": "Battery Care",
    "key": "other",
    "permissions": [*_FOREGROUND, "READ_SMS", "READ_CALL_LOG", "ACCESS_FINE_LOCATION", "RECORD_AUDIO"],
    "activities": [{"name": ".Setup", "launcher": "info", "exclude_from_recents": True}],
    "receivers": [_BOOT],
    "services": [{"name": ".Upload", "exported": False, "process": ":sync"}],
    "strings": ["https://panel.knownfamily.example.invalid/api", "https://collect.example.invalid/v1"],
    "classes": ["org.example.inert.knownfamily.core.Collector", "org.example.inert.knownfamily.core.Sender"],
    "apis": ["android.content.ContentResolver.query"],
}

_AUTOMATION: Mapping[str, object] = {
    "package": "org.example.inert.automation",
    "label": "Automate It",
    "icon": "plain",
    "permissions": [*_FOREGROUND, "SEND_SMS", "ACCESS_FINE_LOCATION", "SYSTEM_ALERT_WINDOW", "WRITE_SETTINGS",
                    "SCHEDULE_EXACT_ALARM"],
    "activities": [_MAIN],
    "services": [
        {"name": ".Actions", "label": "Automate It actions",
         "accessibility": {"can_perform_gestures": True, "can_retrieve_window_content": True,
                           "is_accessibility_tool": False, "event_types": ["typeWindowStateChanged"],
                           "description": "Presses buttons for you in the rules that you write"}},
    ],
    "receivers": [_BOOT],
    "apis": ["android.telephony.SmsManager.sendTextMessage",
             "android.accessibilityservice.AccessibilityService.dispatchGesture"],
}  # fmt: skip

_PASSWORDS: Mapping[str, object] = {
    "package": "org.example.inert.passwords",
    "label": {"default": "Keyring", "fr": "Trousseau"},
    "icon": "plain",
    "permissions": ["INTERNET", "USE_BIOMETRIC", "CAMERA"],
    "application": {"allow_backup": False},
    "activities": [_MAIN],
    "services": [
        {"name": ".Fill", "permission": "BIND_AUTOFILL_SERVICE",
         "actions": ["android.service.autofill.AutofillService"]},
        {"name": ".OldFill",
         "accessibility": {"can_retrieve_window_content": True,
                           "event_types": ["typeWindowStateChanged", "typeViewFocused"],
                           "description": "Fills passwords in apps that do not know autofill"}},
    ],
    "strings": ["https://vault.keyring.example"],
    "network_security": {"cleartext": False},
}  # fmt: skip

_REMOTE_SUPPORT: Mapping[str, object] = {
    "package": "org.example.inert.remotesupport",
    "label": "Remote Support",
    "icon": "plain",
    "permissions": [*_FOREGROUND, "FOREGROUND_SERVICE_MEDIA_PROJECTION", "SYSTEM_ALERT_WINDOW", "RECORD_AUDIO",
                    "POST_NOTIFICATIONS"],
    "activities": [_MAIN],
    "services": [
        {"name": ".Screen", "foreground_types": ["mediaProjection", "microphone"], "exported": False},
        {"name": ".Touch",
         "accessibility": {"can_perform_gestures": True, "event_types": ["typeWindowStateChanged"],
                           "description": "Lets the person who helps you press buttons"}},
    ],
    "strings": ["wss://relay.support.example/session"],
    "apis": ["android.media.projection.MediaProjectionManager.createScreenCaptureIntent"],
}  # fmt: skip

_FINDER: Mapping[str, object] = {
    "package": "org.example.inert.findmyphone",
    "label": {"default": "Find My Phone", "pt-BR": "Encontrar meu telefone"},
    "icon": "plain",
    "permissions": [*_FOREGROUND, "ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION", "RECEIVE_SMS", "SEND_SMS"],
    "activities": [_MAIN],
    "receivers": [
        _BOOT,
        {"name": ".Command", "actions": ["android.provider.Telephony.SMS_RECEIVED"], "permission": "BROADCAST_SMS"},
        {"name": ".Admin", "device_admin": ["force-lock", "wipe-data", "reset-password"]},
    ],
    "strings": ["https://find.example/v1"],
    "apis": ["android.app.admin.DevicePolicyManager.lockNow",
             "android.location.LocationManager.requestLocationUpdates"],
}  # fmt: skip

_MALFORMED: Mapping[str, object] = {
    "package": "org.example.inert.malformed",
    "label": "Update",
    "permissions": ["INTERNET", "READ_SMS"],
    "activities": [{"name": ".Main"}],
    "strings": ["https://collect.example.invalid/v1"],
    "carried": [{"name": "assets/data.bin", "kind": "opaque"}, {"name": "assets/logo.png", "kind": "dex"}],
    "tricks": ["zip.local-method-differs", "zip.encryption-bit", "zip.bytes-between-entries", "xml.file-type",
               "xml.second-string-pool", "xml.attribute-names", "dex.checksum", "signature.unknown-pair"],
}  # fmt: skip

DEMONSTRATIONS: dict[str, AppDescription] = {
    "notes": describe(_NOTES),
    "messenger": describe(_MESSENGER),
    "parental-control": describe(_PARENTAL),
    "stalkerware-like": describe(_STALKERWARE_LIKE),
    "known-family": describe(_KNOWN_FAMILY),
    "automation": describe(_AUTOMATION),
    "password-manager": describe(_PASSWORDS),
    "remote-support": describe(_REMOTE_SUPPORT),
    "find-my-phone": describe(_FINDER),
    "malformed": describe(_MALFORMED),
}
"""The demonstration apps by name. Packages are org.example.*, hosts end in .example or .invalid, nothing can run."""
