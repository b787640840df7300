"""The named places of an acquisition where an app, a host, a digest or a certificate can be named, as data."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["package", "host", "digest", "certificate"]


class Place(NamedTuple):
    """One place.

    name: as written in descriptions; kind: what it names; member: the file of the acquisition; shape: the maker's
    shape that alone prints it, empty for all.
    """

    name: str
    kind: Kind
    member: str
    shape: str = ""


def _dumpsys(kind: Kind, *names: str) -> tuple[Place, ...]:
    return tuple(Place(f"dumpsys {name}", kind, "dumpsys.txt") for name in names)


PACKAGE_PLACES: tuple[Place, ...] = (
    Place("packages.json", "package", "packages.json"),
    Place("packages.json installer", "package", "packages.json"),
    Place("files data-app", "package", "files.json"),
    Place("files data-data", "package", "files.json"),
    Place("files data-user", "package", "files.json"),
    Place("files sdcard-data", "package", "files.json"),
    Place("files sdcard-media", "package", "files.json"),
    Place("files sdcard-obb", "package", "files.json"),
    Place("files dalvik-cache", "package", "files.json"),
    Place("files profiles", "package", "files.json"),
    Place("files download", "package", "files.json"),
    Place("processes command", "package", "processes.json"),
    Place("processes remote", "package", "processes.json"),
    Place("services", "package", "services.txt"),
    Place("settings accessibility", "package", "settings_secure.txt"),
    Place("settings listeners", "package", "settings_secure.txt"),
    Place("settings keyboard", "package", "settings_secure.txt"),
    Place("settings sms", "package", "settings_secure.txt"),
    Place("settings dialer", "package", "settings_secure.txt"),
    Place("settings assistant", "package", "settings_secure.txt"),
    Place("settings autofill", "package", "settings_secure.txt"),
    Place("settings vpn", "package", "settings_secure.txt"),
    Place("logcat", "package", "logcat.txt"),
    Place("logcat old", "package", "logcat_old.txt"),
    Place("anr", "package", "logs/data/anr/anr_2025-03-01-10-00-00-000"),
    Place("tombstone", "package", "logs/data/tombstones/tombstone_00"),
    Place("intrusion dns", "package", "intrusion_logs/exported-events.txt"),
    Place("intrusion connect", "package", "intrusion_logs/exported-events.txt"),
    Place("intrusion process", "package", "intrusion_logs/exported-events.txt"),
    Place("intrusion installed", "package", "intrusion_logs/exported-events.txt"),
    Place("backup", "package", "backup.ab"),
    Place("apks name", "package", "apks/"),
    Place("apks split", "package", "apks/"),
    Place("dumpsys accessibility installed", "package", "dumpsys.txt", "samsung"),
    *_dumpsys(
        "package",
        "package packages",
        "package hidden",
        "package receivers",
        "package services",
        "package activities",
        "package providers",
        "package permissions",
        "package shared",
        "package sessions",
        "package installer",
        "package initiator",
        "package code-path",
        "accessibility enabled",
        "accessibility clients",
        "notification allowed",
        "notification live",
        "notification settings",
        "device_policy admin",
        "device_policy device-owner",
        "device_policy profile-owner",
        "role",
        "appops",
        "usagestats",
        "batterystats daily",
        "batterystats history-job",
        "batterystats history-top",
        "batterystats wakelock",
        "deviceidle",
        "jobscheduler",
        "alarm",
        "account",
        "content",
        "dbinfo",
        "activity recents",
        "activity services",
        "activity processes",
        "input_method",
        "vpn_management",
        "settings package",
        "settings history",
        "procstats",
        "meminfo",
        "location",
        "media.camera",
        "autofill",
    ),
)

OTHER_PLACES: tuple[Place, ...] = (
    Place("logcat", "host", "logcat.txt"),
    Place("logcat encoded", "host", "logcat.txt"),
    Place("intrusion dns", "host", "intrusion_logs/exported-events.txt"),
    Place("settings global", "host", "settings_global.txt"),
    Place("proxy", "host", "settings_global.txt"),
    Place("private-dns", "host", "settings_global.txt"),
    Place("getprop", "host", "getprop.txt"),
    Place("backup", "host", "backup.ab"),
    Place("files name", "host", "files.json"),
    Place("dumpsys connectivity", "host", "dumpsys.txt"),
    Place("dumpsys package sessions", "host", "dumpsys.txt"),
    Place("anr", "host", "logs/data/anr/anr_2025-03-01-10-00-00-000"),
    Place("packages.json sha256", "digest", "packages.json"),
    Place("packages.json sha1", "digest", "packages.json"),
    Place("packages.json md5", "digest", "packages.json"),
    Place("files sha256", "digest", "files.json"),
    Place("files sha1", "digest", "files.json"),
    Place("files md5", "digest", "files.json"),
    Place("intrusion process", "digest", "intrusion_logs/exported-events.txt"),
    Place("packages.json sha256", "certificate", "packages.json"),
    Place("packages.json sha1", "certificate", "packages.json"),
    Place("packages.json md5", "certificate", "packages.json"),
)

PLACES: tuple[Place, ...] = PACKAGE_PLACES + OTHER_PLACES
NAMES = frozenset(place.name for place in PLACES)
