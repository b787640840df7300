"""Reads the lists that show traces of root access: binaries that were found, and mounts."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.devices.parsers.json_list import texts
from luciole.devices.parsers.rows import Account, Row

AREAS = ("device.root",)
_MOUNT_WORDS = ("magisk", "kernelsu", "/data/adb/", "apatch")
_SYSTEM = frozenset({"/system", "/vendor", "/product", "/"})


def parse_binaries(data: bytes, account: Account) -> Iterator[Row]:
    """Rows `root.trace` of kind binary from root_binaries.json. Raises ParseError."""
    found = texts(data, "binaries")
    account.anchor()
    for text in found:
        if text.strip():
            yield Row("root.trace", text.strip(), attributes={"kind": "binary"})


def parse_mounts(data: bytes, account: Account) -> Iterator[Row]:
    """Rows `root.trace` of kind mount from mounts.json: system folders that can be written, root tools' mounts.

    Both spellings: `device on /system type ext4 (rw,…)` and `device /system ext4 rw,… 0 0`. Raises ParseError.
    """
    found = texts(data, "mounts")
    account.anchor()
    account.note("mounts alone do not show every trace")
    seen: set[str] = set()
    for text in found:
        words = text.split()
        folder, options = _mount(words)
        writable = (
            folder in _SYSTEM
            and "rw" in options.strip("()").split(",")
            and "tmpfs" not in words
            and "rootfs" not in words
        )
        if (writable or any(word in text.lower() for word in _MOUNT_WORDS)) and folder not in seen:
            seen.add(folder)
            yield Row("root.trace", text.strip(), attributes={"kind": "mount"})


def _mount(words: list[str]) -> tuple[str, str]:
    if len(words) >= 6 and words[1] == "on":  # noqa: PLR2004 - device on folder type kind (options)
        return words[2], words[5]
    return (words[1], words[3]) if len(words) >= 4 else ("", "")  # noqa: PLR2004 - device folder kind options
