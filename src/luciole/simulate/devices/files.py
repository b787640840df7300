"""The list of files of an acquisition (files.json), streamed, in both shapes that occur."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from luciole.simulate.devices.description import App, DeviceFile, Digests
from luciole.simulate.devices.phone import Phone, parse_time

_PER_CHUNK = 500
_PRIVATE = "drwx------"


def files_json(phone: Phone) -> Iterator[str]:
    """The file in chunks: a list with four spaces, or one object a line as older versions wrote it."""
    if phone.description.files_shape == "lines":
        for file in _all_files(phone):
            yield msgspec.json.encode(_row(phone, file)).decode() + "\n"
        return
    held: list[str] = []
    opening = "[\n"
    for text in _entries(phone):
        held.append(text)
        if len(held) == _PER_CHUNK:
            yield opening + ",\n".join(held)
            held, opening = [], ",\n"
    yield (opening if held else "") + ",\n".join(held) + "\n]"


def _entries(phone: Phone) -> Iterator[str]:
    for file in _named_files(phone):
        lines = msgspec.json.format(msgspec.json.encode(_row(phone, file)), indent=4).decode()
        yield "    " + lines.replace("\n", "\n    ")
    yield from _filling(phone)


def _row(phone: Phone, file: DeviceFile) -> dict[str, str | int]:
    modified = int(parse_time(file.modified or phone.description.taken).timestamp())
    owner = _owner_name(file.owner)
    return {
        "path": file.path,
        "size": file.size,
        "mode": file.mode,
        "user_id": file.owner,
        "user_name": owner,
        "group_id": file.owner,
        "group_name": owner,
        "changed_time": modified,
        "modified_time": modified,
        "access_time": modified,
        "error": "",
        "context": "u:object_r:app_data_file:s0",
        "sha1": file.digests.sha1,
        "sha256": file.digests.sha256,
        "sha512": file.digests.sha512,
        "md5": file.digests.md5,
    }


def _owner_name(owner: int) -> str:
    names = {0: "root", 1000: "system", 1023: "media_rw", 2000: "shell"}
    return names.get(owner, f"u{owner // 100_000}_a{owner % 100_000 - 10_000}")


def _all_files(phone: Phone) -> Iterator[DeviceFile]:
    yield from _named_files(phone)
    for index in range(phone.description.filler.files):
        yield DeviceFile(_filling_path(index), 1000 + index)


def _named_files(phone: Phone) -> Iterator[DeviceFile]:
    for place, paths in (
        ("files data-app", _code_files),
        ("files data-data", lambda _, app: [f"/data/data/{app.package}", f"/data/data/{app.package}/databases"]),
        ("files data-user", lambda _, app: [f"/data/user/{app.users[0]}/{app.package}"]),
        ("files sdcard-data", lambda _, app: [f"/sdcard/Android/data/{app.package}/files/note.txt"]),
        ("files sdcard-media", lambda _, app: [f"/sdcard/Android/media/{app.package}"]),
        ("files dalvik-cache", _compiled_files),
        ("files profiles", lambda _, app: [f"/data/misc/profiles/cur/{app.users[0]}/{app.package}/primary.prof"]),
        ("files sdcard-obb", lambda _, app: [f"/sdcard/Android/obb/{app.package}/main.1.{app.package}.obb"]),
    ):
        for app in phone.at(place):
            if not app.system or place == "files data-app":
                for path in paths(phone, app):
                    mode = "-rw-r--r--" if path.rpartition("/")[2].count(".") and "." in path[-5:] else _PRIVATE
                    yield DeviceFile(path, 4096, mode, app.last_updated, phone.uid(app, app.users[0]))
    yield from _other_files(phone)


def _other_files(phone: Phone) -> Iterator[DeviceFile]:
    for app in phone.at("files download"):
        if app.only_in:
            yield DeviceFile(f"/sdcard/Download/{app.package}_v1.2.apk", 4_000_000, owner=1023)
    yield from phone.description.files
    for subject in phone.description.user_certificates:
        yield DeviceFile(f"/data/misc/user/0/cacerts-added/{phone.identity(subject):0>8}.0", 1300, owner=1000)
    for host in phone.planted("host", "files name"):
        yield DeviceFile(f"/sdcard/Download/{host}/readme.txt", 10, owner=1023)
    for name in ("sha256", "sha1", "md5"):
        for index, value in enumerate(phone.planted("digest", f"files {name}")):
            digests = msgspec.structs.replace(Digests(), **{name: value})
            yield DeviceFile(f"/data/local/tmp/{name}-{index}", 9000, "-rwxr-xr-x", owner=2000, digests=digests)


def _code_files(phone: Phone, app: App) -> list[str]:
    return [phone.code_path(app), phone.apk_path(app)]


def _compiled_files(phone: Phone, app: App) -> list[str]:
    name = phone.apk_path(app).removeprefix("/").replace("/", "@")
    return [f"/data/dalvik-cache/arm64/{name}@classes.dex"]


def _filling_path(index: int) -> str:
    folder = ("sdcard/DCIM/Camera/IMG_2025", "system/framework/part", "vendor/lib64/libpart", "product/overlay/part")
    ending = ("jpg", "jar", "so", "apk")
    return f"/{folder[index & 3]}_{index:06d}.{ending[index & 3]}"


def _filling(phone: Phone) -> Iterator[str]:
    """Entries of ordinary files, written as text because there can be hundreds of thousands."""
    base = int(phone.now.timestamp()) - 9_000_000
    for index in range(phone.description.filler.files):
        when = base + index
        yield (
            f'    {{\n        "path": "{_filling_path(index)}",\n        "size": {1000 + index},\n'
            f'        "mode": "-rw-r--r--",\n        "user_id": 0,\n        "user_name": "root",\n'
            f'        "group_id": 0,\n        "group_name": "root",\n        "changed_time": {when},\n'
            f'        "modified_time": {when},\n        "access_time": {when},\n        "error": "",\n'
            f'        "context": "u:object_r:system_file:s0",\n        "sha1": "",\n        "sha256": "",\n'
            f'        "sha512": "",\n        "md5": ""\n    }}'
        )
