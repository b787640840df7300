"""Evidence: backup.ab of adb, plain or encrypted with a password; only which apps it holds, never what they stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from isal import isal_zlib

from luciole.devices.collect import Collector, Origin
from luciole.devices.opened import Opened
from luciole.devices.parsers import backup_header, tar
from luciole.devices.parsers.backup_header import Header, WrongPassword
from luciole.devices.parsers.rows import NAMED, Row, is_package
from luciole.devices.tree import inflate
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Reason, State

KIND = "backup"
TITLE = "backups of adb (backup.ab)"
ORDER = 10
AREAS = ("device.backup", "device.names")
_LONGEST_HEADER = 8_192


def recognise(opened: Opened) -> bool:
    """The first line of the format."""
    return opened.tree is None and opened.head.startswith(backup_header.MAGIC)


def read(opened: Opened, collector: Collector) -> None:
    """Lists the apps and sizes in a backup that is evidence of its own."""
    if not read_member(opened, "", collector):
        collector.problem = "The backup is encrypted. Hand in its password."


def read_member(opened: Opened, name: str, collector: Collector) -> bool:
    """Reads the backup `name` of an acquisition (empty: the evidence itself). False where it needs a password."""
    origin = collector.origin(opened, name)
    chunks = collector.chunks(opened, name)
    try:
        first = next(chunks, b"")
        header = backup_header.parse(first[:_LONGEST_HEADER])
        content = _content(header, first, chunks, collector)
        _list(tar.members(content), origin, collector)
    except WrongPassword as error:
        collector.mark(
            "device.backup", State.NOT_LOOKED_AT, Reason.ENCRYPTED, detail=f"{origin.label}: {error.message}"
        )
        return False
    except ParseError as error:
        collector.damaged("device.backup", error, origin.label)
        collector.unreadable(origin, "damaged")
    return True


def _content(header: Header, first: bytes, chunks: Iterator[bytes], collector: Collector) -> Iterator[bytes]:
    """The tar archive: decrypted, then inflated, in chunks."""
    stream = _joined(first[header.length :], chunks)
    if header.encryption is not None:
        key, vector = backup_header.unlock(header, collector.request.password)
        stream = backup_header.decrypt(stream, key, vector)
    if header.compressed:
        stream = inflate(_nonempty(stream), isal_zlib.decompressobj(), collector.limits, "backup")
    return stream


def _joined(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _nonempty(stream: Iterator[bytes]) -> Iterator[bytes]:
    return (chunk for chunk in stream if chunk)


def _list(members: Iterator[tar.Member], origin: Origin, collector: Collector) -> None:
    """Counts files and bytes of each app (`apps/PACKAGE/…`) and searches the names of the files."""
    apps: dict[str, list[int]] = {}
    names: list[str] = []
    try:
        for number, member in enumerate(members):
            parts = member.name.split("/")
            if len(parts) > 2 and parts[0] == "apps" and is_package(parts[1]):  # noqa: PLR2004 - apps/PACKAGE/file
                counts = apps.setdefault(parts[1], [0, 0])
                counts[0] += 1
                counts[1] += member.size
            if number < collector.limits.archive_entries:
                names.append(member.name.replace("\n", " "))
    finally:
        collector.names.scan("\n".join(names).encode("utf-8", "replace"), origin.label)
        for package, (count, size) in apps.items():
            collector.add(Row(NAMED, "", 0, package, 0, {"count": count, "size": size}), origin)
        collector.details["backup_apps"] = str(len(apps))
    collector.examined("device.backup", len(names), f"{len(apps)} apps; their contents were not read")
