"""The demonstration phone holds what its guide promises, under invented names only."""

import re
from pathlib import Path

import pytest

from luciole.simulate.devices.demonstration import KNOWN, PARENTAL, PASSWORDS, REMOVED, UNKNOWN, demonstration
from luciole.simulate.devices.write import write_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(demonstration(), tmp_path_factory.mktemp("demonstration"))


def test_the_known_app_is_on_the_work_profile_alone(folder: Path) -> None:
    text = (folder / "dumpsys.txt").read_text()
    block = text[text.index(f"  Package [{KNOWN}]") :]
    assert re.search(r"User 0: .*installed=false", block)
    assert re.search(r"User 10: .*installed=true", block)
    assert KNOWN not in (folder / "packages.json").read_text()


def test_the_unknown_app_hides_and_has_wide_access(folder: Path) -> None:
    text = (folder / "dumpsys.txt").read_text()
    assert f"{UNKNOWN}/.MainActivity" not in text
    assert f"{{{UNKNOWN}/{UNKNOWN}.sync.SyncService}}" in text
    assert f"    {UNKNOWN}/.DeviceReceiver:" in text
    assert (folder / "apks" / f"{UNKNOWN}.apk").read_bytes().startswith(b"PK")


def test_the_visible_apps_are_shown_on_the_home_screen(folder: Path) -> None:
    text = (folder / "dumpsys.txt").read_text()
    assert f"{PARENTAL}/.MainActivity" in text
    assert f"{PASSWORDS}/.MainActivity" in text


def test_the_removed_app_left_traces_but_is_in_no_list(folder: Path) -> None:
    text = (folder / "dumpsys.txt").read_text()
    assert f"Package [{REMOVED}]" not in text
    assert f"Update {REMOVED} vers=0" in text
    assert REMOVED not in (folder / "packages.json").read_text()


def test_every_host_ends_in_a_name_that_belongs_to_nobody(folder: Path) -> None:
    hosts = set()
    for path in folder.rglob("*.txt"):
        hosts |= set(re.findall(r"https?://([\w.-]+)", path.read_text(errors="replace")))
    assert all(host.endswith((".invalid", ".example")) for host in hosts)
