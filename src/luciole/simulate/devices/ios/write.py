"""Puts a simulated backup or diagnosis archive on a disk."""

from __future__ import annotations

import zipfile
from pathlib import Path

from luciole.simulate.devices.ios import backup, sysdiagnose
from luciole.simulate.devices.ios.description import IosDescription


def write_backup(description: IosDescription, target: Path) -> Path:
    """Writes a backup into a new folder under `target`, named by the device, and returns that folder."""
    folder = target / description.udid
    folder.mkdir(parents=True)
    for number in range(256):
        (folder / f"{number:02x}").mkdir()
    for name, data in backup.members(description):
        (folder / name).write_bytes(data)
    return folder


def write_backup_zip(description: IosDescription, path: Path) -> Path:
    """Writes a backup as a zip archive with one folder inside."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in backup.members(description):
            archive.writestr(f"{description.udid}/{name}", data)
    return path


def write_sysdiagnose(description: IosDescription, path: Path) -> Path:
    """Writes a diagnosis archive (tar.gz)."""
    path.write_bytes(sysdiagnose.archive(description))
    return path


def write_sysdiagnose_folder(description: IosDescription, target: Path) -> Path:
    """Writes the unpacked folder of a diagnosis archive under `target`."""
    for name, data in sysdiagnose.members(description):
        path = target / sysdiagnose.folder(description) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return target / sysdiagnose.folder(description)
