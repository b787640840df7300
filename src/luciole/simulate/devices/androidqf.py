"""All files of an androidqf acquisition, as streams."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator

import msgspec

from luciole.simulate.devices import backup, bugreport, logs, packages, properties
from luciole.simulate.devices.description import Damage
from luciole.simulate.devices.dumpsys import dumpsys
from luciole.simulate.devices.files import files_json
from luciole.simulate.devices.member import Member, text_member
from luciole.simulate.devices.phone import Phone
from luciole.simulate.devices.settings import settings_of

Writer = Callable[[Phone], Iterable[bytes]]
VERSION = "v1.8.3"


def acquisition_id(phone: Phone) -> str:
    """The UUID of the acquisition, from the seed and the time."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{phone.description.seed}:{phone.description.taken}"))


def members(phone: Phone) -> Iterator[Member]:
    """The files in the order the collector writes them, except those the description leaves out."""
    for member in _whole_members(phone):
        if phone.leaves_out(member.name):
            continue
        chunks = member.chunks
        if phone.description.windows_lines and member.name.endswith(".txt"):
            chunks = (chunk.replace(b"\n", b"\r\n") for chunk in chunks)
        damage = phone.description.damage.get(member.name)
        yield Member(member.name, _damaged(b"".join(chunks), damage) if damage else chunks)


def _whole_members(phone: Phone) -> Iterator[Member]:
    for name, writer in _FILES.items():
        yield Member(name, writer(phone))
    yield _processes(phone)
    yield from _optional(phone)
    yield Member("acquisition.json", [_acquisition(phone)])


def _damaged(data: bytes, damage: Damage) -> list[bytes]:
    half = len(data) // 2
    if damage == "garbled":
        return [data[:half], b'\xff\xfe\x00{["', data[half:]]
    return [] if damage in {"empty", "denied"} else [data[:half]]


def _text(write: Callable[[Phone], Iterable[str]]) -> Writer:
    return lambda phone: (chunk.encode("utf-8", "surrogateescape") for chunk in write(phone))


def _settings(namespace: str) -> Writer:
    def lines(phone: Phone) -> Iterator[str]:
        rows = (row for row in settings_of(phone, 0) if row.namespace == namespace)
        return (f"{row.key}={row.value}\n" for row in rows)

    return _text(lines)


def _readable(value: object) -> list[bytes]:
    return [msgspec.json.format(msgspec.json.encode(value), indent=4)]


def _environment(phone: Phone) -> list[bytes]:
    return [b"ANDROID_ROOT=/system\nANDROID_DATA=/data\nHOSTNAME=" + phone.description.model.encode() + b"\n"]


def _command_log(phone: Phone) -> list[bytes]:
    when = phone.stamp(phone.description.taken)
    return [f"{when} INFO Collecting information on installed apps...\n{when} INFO Done\n".encode()]


_FILES: dict[str, Writer] = {
    "env.txt": _environment,
    "getprop.txt": _text(properties.getprop),
    "settings_system.txt": _settings("system"),
    "settings_secure.txt": _settings("secure"),
    "settings_global.txt": _settings("global"),
    "selinux.txt": lambda phone: [b"Permissive\n" if phone.description.root.permissive else b"Enforcing\n"],
    "services.txt": _text(properties.services),
    "mounts.json": lambda phone: _readable(properties.mounts(phone)),
    "root_binaries.json": lambda phone: _readable(list(phone.description.root.binaries)),
    "logcat.txt": _text(logs.logcat),
    "logcat_old.txt": _text(lambda phone: logs.logcat(phone, "logcat old")),
    "dumpsys.txt": _text(dumpsys),
    "files.json": _text(files_json),
    "packages.json": lambda phone: [packages.packages_json(phone)],
    "command.log": _command_log,
}


def _processes(phone: Phone) -> Member:
    if phone.description.processes_shape == "text":
        return text_member("processes.txt", properties.processes_text(phone))
    return Member("processes.json", [properties.processes_json(phone)])


def _optional(phone: Phone) -> Iterator[Member]:
    for name, app in packages.apk_files(phone):
        yield Member(f"apks/{name}", [packages.apk_bytes(app)])
    if trace := logs.anr(phone):
        yield text_member("logs/data/anr/anr_2025-03-01-10-00-00-000", [trace])
    if crash := logs.tombstone(phone):
        yield text_member("logs/data/tombstones/tombstone_00", [crash])
    events = list(logs.intrusion_log(phone))
    if events:
        yield text_member("intrusion_logs/exported-events.txt", events)
    if phone.description.bugreport:
        yield Member("bugreport.zip", bugreport.bugreport(phone))
    if phone.description.backup_password is not None:
        yield Member("backup.ab", [backup.backup(phone, phone.description.backup_password)])


def _acquisition(phone: Phone) -> bytes:
    when = f"{phone.now:%Y-%m-%dT%H:%M:%S}Z"
    collector = {
        "ExePath": "/data/local/tmp/collector", "Installed": True, "Adb": None, "Architecture": "arm64",
    }  # fmt: skip
    document = {
        "uuid": acquisition_id(phone),
        "androidqf_version": VERSION,
        "storage_path": storage_path(phone),
        "started": when,
        "completed": when,
        "collector": collector,
        "tmp_dir": "/data/local/tmp/",
        "sdcard": "/sdcard/",
        "cpu": "arm64-v8a",
        "streaming_mode": False,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=4)


def storage_path(phone: Phone) -> str:
    """Where the acquisition was stored on the computer that took it."""
    return f"/home/analyst/{acquisition_id(phone)}"
