"""A folder that a person hands in may hold evidence of devices and app files side by side; none of them is missed."""

from pathlib import Path

from luciole.scale.inputs import find_items
from luciole.scale.items import AppFile, DeviceEvidence
from luciole.simulate.apps.write import write_demonstrations
from luciole.simulate.devices.computer import write as computers
from luciole.simulate.devices.computer.demonstration import computer
from luciole.simulate.devices.ios import write as ios
from luciole.simulate.devices.ios.description import App, IosDescription


def test_evidence_of_devices_in_a_folder_is_found_beside_app_files(tmp_path: Path) -> None:
    write_demonstrations(tmp_path, ["notes"])
    ios.write_backup_zip(IosDescription(apps=(App("org.example.chat"),)), tmp_path / "backup.zip")
    computers.write_zip(computer("windows"), tmp_path / "computer.zip")
    found = list(find_items([tmp_path]))
    assert {(type(item), item.name) for item in found} == {
        (AppFile, "notes.apk"), (DeviceEvidence, "backup.zip"), (DeviceEvidence, "computer.zip"),
    }  # fmt: skip
    assert {item.kind for item in found if isinstance(item, DeviceEvidence)} == {"ios-backup", "computer"}


def test_a_link_to_evidence_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    made = ios.write_backup_zip(IosDescription(), tmp_path / "elsewhere" / "backup.zip")
    (tmp_path / "handed-in").mkdir()
    (tmp_path / "handed-in" / "backup.zip").symlink_to(made)
    assert not [one for one in find_items([tmp_path / "handed-in"]) if isinstance(one, DeviceEvidence)]
