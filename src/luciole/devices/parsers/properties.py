"""Reads the system properties (getprop): model, version, patch level, boot state, traces of a changed system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Line, Row

AREAS = ("device.properties",)
SHOWN = {
    "ro.product.model": "model",
    "ro.product.manufacturer": "manufacturer",
    "ro.product.brand": "brand",
    "ro.product.name": "product",
    "ro.build.version.release": "os_version",
    "ro.build.version.sdk": "sdk",
    "ro.build.fingerprint": "build",
    "ro.build.display.id": "build_id",
    "ro.build.version.security_patch": "patch_level",
    "ro.vendor.build.security_patch": "vendor_patch_level",
    "persist.sys.timezone": "timezone",
    "persist.sys.locale": "locale",
    "ro.product.locale": "locale",
    "ro.serialno": "serial",
    "ro.boot.serialno": "serial",
    "ro.build.tags": "build_tags",
    "ro.build.type": "build_type",
    "ro.crypto.state": "encryption",
    "ro.boot.warranty_bit": "knox_warranty_bit",
}
"""Properties that are shown, and the key they are shown by."""
_SECRETS = frozenset({"serial"})
_BOOT_COLOURS = frozenset({"green", "yellow", "orange", "red"})
_ROOT_SIGNS = {
    "ro.secure": "0",
    "service.adb.root": "1",
    "ro.boot.warranty_bit": "1",
    "ro.warranty_bit": "1",
    "ro.build.selinux.enforce": "0",
}
_ROOT_WORDS = ("magisk", "supersu", "kernelsu", "apatch", "lineageos.root")


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows about the device from `[key]: [value]`; a value may run over lines until its bracket closes."""
    properties: dict[str, tuple[int, str]] = {}
    waiting = False
    for at, text in lines:
        if waiting:
            waiting = not text.endswith("]")
            continue
        key, found, value = text.partition("]: [")
        if not found or not key.startswith("["):
            if text.strip() and not text.startswith("------"):
                account.lose(at)
            continue
        account.anchor()
        properties.setdefault(key[1:], (at, value.removesuffix("]")))
        waiting = not text.endswith("]")
    yield from _shown(properties)
    yield from _boot(properties)
    yield from _root(properties)


def _shown(properties: dict[str, tuple[int, str]]) -> Iterator[Row]:
    seen: set[str] = set()
    for name, key in SHOWN.items():
        line, value = properties.get(name, (0, ""))
        if value and key not in seen:
            seen.add(key)
            yield Row("device.property", _masked(value) if key in _SECRETS else value, line, attributes={"key": key})


def _masked(value: str) -> str:
    """The last three characters of a serial number are enough to tell two devices apart."""
    return "*" * max(0, len(value) - 3) + value[-3:] if len(value) > 6 else "***"  # noqa: PLR2004 - short ones entirely


def _boot(properties: dict[str, tuple[int, str]]) -> Iterator[Row]:
    line, colour = properties.get("ro.boot.verifiedbootstate", (0, ""))
    if colour in _BOOT_COLOURS:
        yield Row("device.verified_boot", colour, line)
    for key, locked in (("ro.boot.flash.locked", "1"), ("ro.boot.vbmeta.device_state", "locked")):
        line, value = properties.get(key, (0, ""))
        if value:
            yield Row("device.bootloader_locked", value == locked, line)
            break
    line, value = properties.get("ro.debuggable", (0, ""))
    if value:
        yield Row("device.debuggable", value == "1", line)
    line, value = properties.get("ro.boot.selinux", (0, ""))
    if value:
        yield Row("device.selinux", value.lower(), line)


def _root(properties: dict[str, tuple[int, str]]) -> Iterator[Row]:
    for key, sign in _ROOT_SIGNS.items():
        line, value = properties.get(key, (0, ""))
        if value == sign:
            yield Row("root.trace", f"{key}={value}", line, attributes={"kind": "property"})
    line, tags = properties.get("ro.build.tags", (0, ""))
    if "test-keys" in tags:
        yield Row("root.trace", f"ro.build.tags={tags}", line, attributes={"kind": "property"})
    for key, (line, _) in properties.items():
        if any(word in key for word in _ROOT_WORDS):
            yield Row("root.trace", key, line, attributes={"kind": "property"})
