"""Reads Info.plist, Manifest.plist and Status.plist of a backup: the device, the backup, and the apps they name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.parsers.ios import origin
from luciole.devices.parsers.rows import NAMED, Account, Row
from luciole.intel.apple_ids import SYSTEM, is_bundle_id, plain_id
from luciole.kernel.errors import ParseError

_MOST_APPS = 20_000
_SHOWN = {
    "Product Type": "model",
    "ProductType": "model",
    "Product Version": "os_version",
    "ProductVersion": "os_version",
    "Build Version": "build",
    "BuildVersion": "build",
    "iTunes Version": "backup_program_version",
    "macOS Version": "backup_computer_version",
}
_MASKED = {
    "Serial Number": "serial",
    "SerialNumber": "serial",
    "Unique Identifier": "device_id",
    "UniqueDeviceID": "device_id",
}
_TIMES = {"Last Backup Date": "last_backup", "Date": "last_backup"}


Parse = Callable[[Value, Account], Iterator[Row]]


class BackupState(NamedTuple):
    """taken: ISO 8601; encrypted: as Manifest.plist says; key_bag: for encrypted backups; manifest_key: wrapped."""

    taken: str = ""
    encrypted: bool = False
    key_bag: bytes = b""
    manifest_key: bytes = b""


def masked(text: str) -> str:
    """The last characters of a number of the device or a name, so that two can be told apart and none is shown."""
    return "…" + text[-4:] if len(text) > 8 else "…"  # noqa: PLR2004 - of a short one nothing is shown


def shortened_digest(text: str) -> str:
    """Eight characters of a digest: the same for the same thing, and not the thing."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def backup_state(manifest: Value) -> BackupState:
    """What Manifest.plist says about the backup itself."""
    return BackupState(
        plist.when(manifest, "Date"),
        bool(plist.flag(manifest, "IsEncrypted")),
        plist.data(manifest, "BackupKeyBag"),
        plist.data(manifest, "ManifestKey"),
    )


def device(value: Value, account: Account) -> Iterator[Row]:
    """Rows about the device. Names of people, numbers of calls and of the SIM are not read; the serial is masked."""
    for source in (value, plist.at(value, "Lockdown")):
        for key, shown in _SHOWN.items():
            if found := plist.text(source, key):
                account.anchor()
                yield _property(shown, found)
        for key, shown in _MASKED.items():
            if found := plist.text(source, key):
                yield _property(shown, masked(found))
        for key, shown in _TIMES.items():
            if when := plist.when(source, key):
                account.anchor()
                yield _property(shown, when)
    if account.anchors:
        yield _property("manufacturer", "Apple")
    encrypted = plist.flag(value, "IsEncrypted")
    if encrypted is not None:
        account.anchor()
        yield _property("backup_encrypted", "yes" if encrypted else "no")


def status(value: Value, account: Account) -> Iterator[Row]:
    """Status.plist: whether the backup is whole."""
    for key in ("SnapshotState", "BackupState"):
        if found := plist.text(value, key):
            account.anchor()
            yield _property("backup_state", found)
    full = plist.flag(value, "IsFullBackup")
    if full is not None:
        account.anchor()
        yield _property("backup_full", "yes" if full else "no")
    if when := plist.when(value, "Date"):
        yield _property("last_backup", when)


def _property(key: str, value: str) -> Row:
    return Row("device.property", value, attributes={"key": key})


def installed(value: Value, account: Account) -> Iterator[Row]:
    """`Installed Applications` of Info.plist: ids, perhaps with a team in front."""
    found = plist.at(value, "Installed Applications")
    if isinstance(found, list):
        account.anchor()
        yield from _named(list(found), account)


def listed(value: Value, account: Account) -> Iterator[Row]:
    """`Applications` of Manifest.plist: id → version and path."""
    found = plist.at(value, "Applications")
    if not isinstance(found, dict):
        return
    account.anchor()
    yield from _named(list(found), account)
    for name, about in list(found.items())[:_MOST_APPS]:
        package = plain_id(name)
        if package:
            version = plist.text(about, "CFBundleShortVersionString") or plist.text(about, "CFBundleVersion")
            if version:
                yield Row("app.version_name", version, 0, package, 0)


def _named(names: list[Value] | list[str], account: Account) -> Iterator[Row]:
    if len(names) > _MOST_APPS:
        raise ParseError("more apps than the limit", limit=True)
    for number, name in enumerate(names, 1):
        package = plain_id(name) if isinstance(name, str) else ""
        if package:
            yield Row("app.state", "installed", number, package, 0)
            yield from origin.by_name(package)
        else:
            account.lose(number)


def described(value: Value, account: Account) -> Iterator[Row]:
    """`Applications` of Info.plist: what the store wrote about each app, where it is from the store."""
    found = plist.at(value, "Applications")
    if not isinstance(found, dict):
        return
    account.anchor()
    if len(found) > _MOST_APPS:
        raise ParseError("more apps than the limit", limit=True)
    for number, (name, about) in enumerate(found.items(), 1):
        package = plain_id(name)
        if not package:
            account.lose(number)
            continue
        yield Row("app.state", "installed", number, package, 0)
        data = plist.data(about, "iTunesMetadata")
        if not data:
            continue
        try:
            yield from store_record(plist.load(data), package, number)
        except ParseError:
            account.lose(number)


def store_record(record: Value, package: str, number: int) -> Iterator[Row]:
    """iTunesMetadata: which id the store knows, its name, version, and how it came to the device."""
    stated = plist.text(record, "softwareVersionBundleId")
    if stated and stated != package and is_bundle_id(stated):
        yield Row(NAMED, "", number, stated)
    for key in ("itemName", "bundleDisplayName"):
        if label := plist.text(record, key):
            yield Row("app.label", label[:200], number, package, 0)
    if version := plist.text(record, "bundleShortVersionString"):
        yield Row("app.version_name", version, number, package, 0)
    if bought := _bought(record):
        yield Row("app.first_installed", bought, number, package, 0)
    yield from origin.by_record(record, package, number, matches=not stated or stated == package)


def _bought(record: Value) -> str:
    """The time of the purchase or download, as a date or as a text of one."""
    for keys in (("com.apple.iTunesStore.downloadInfo", "purchaseDate"), ("purchaseDate",)):
        found = plist.at(record, *keys)
        if isinstance(found, str) and found[:2] == "20" and len(found) <= 32:  # noqa: PLR2004 - ISO 8601
            return found
        if when := plist.when(record, *keys):
            return when
    return ""


def install_state(value: Value, account: Account) -> Iterator[Row]:
    """Lists of the installation service kept in a backup: every app id that stands as a key or a value."""
    account.anchor()
    seen: set[str] = set()
    for text in plist.texts(value):
        package = plain_id(text) if len(seen) < _MOST_APPS else ""
        if package and package not in seen and text.count(".") > 1 and not package.startswith(SYSTEM):
            seen.add(package)
            yield Row(NAMED, "", 0, package)


def without_record(value: Value, account: Account) -> Iterator[Row]:
    """Apps that have no record of the store although others of the same list have one."""
    found = plist.mapping(value, "Applications")
    recorded = {plain_id(name) for name, about in found.items() if plist.data(about, "iTunesMetadata")}
    if not recorded:
        return
    account.anchor()
    names = [*(name for name in plist.items(value, "Installed Applications") if isinstance(name, str)), *found]
    for package in dict.fromkeys(plain_id(name) for name in names[: 2 * _MOST_APPS]):
        if package and package not in recorded and not package.startswith(SYSTEM):
            about = {"proof": "other apps have a record of the store, this one has none"}
            yield Row("app.origin", "no-store-record", 0, package, 0, about)
