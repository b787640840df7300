"""Every named place can be filled, and what is planted there is nowhere else."""

import zlib

import pytest

from luciole.kernel.errors import UsageError
from luciole.simulate.devices import androidqf
from luciole.simulate.devices.description import DeviceDescription
from luciole.simulate.devices.phone import Phone
from luciole.simulate.devices.places import PLACES, Place
from luciole.simulate.devices.plant import places, plant

VALUES = {
    "package": "org.example.planted",
    "host": "planted.example.invalid",
    "digest": "d1" * 32,
    "certificate": "ce" * 32,
}
LENGTHS = {"sha256": 64, "sha1": 40, "md5": 32}


def value_for(place: Place) -> str:
    text = VALUES[place.kind]
    return text[: LENGTHS.get(place.name.split()[-1], len(text))]


def texts(description: DeviceDescription) -> dict[str, bytes]:
    return {member.name: b"".join(member.chunks) for member in androidqf.members(Phone(description))}


def unpacked(backup: bytes) -> bytes:
    """The content of a plain backup, with the text messages in it."""
    content = zlib.decompress(backup.removeprefix(b"ANDROID BACKUP\n5\n1\nnone\n"))
    start = content.index(b"x\x9c")
    return content + zlib.decompressobj().decompress(content[start:])


def section_with(text: bytes, value: str) -> set[str]:
    """Names of the dumpsys sections that hold the value on one of their lines."""
    found, name = set(), ""
    for line in text.decode().splitlines():
        if line.startswith("DUMP OF SERVICE "):
            name = line.split()[-1].rstrip(":")
        if value in line:
            found.add(name)
    return found


@pytest.mark.parametrize("place", PLACES, ids=lambda p: f"{p.kind}: {p.name}")
def test_a_planted_value_is_in_its_place_and_nowhere_else(place: Place) -> None:
    value = value_for(place)
    files = texts(plant(DeviceDescription(seed=7), place.kind, value, place.name))
    if place.member == "backup.ab":
        files["backup.ab"] = unpacked(files["backup.ab"])
    unfolded = {name: data.replace(b"\n    ", b"") if name == "dumpsys.txt" else data for name, data in files.items()}
    named = {name for name, data in unfolded.items() if value.encode() in data or value in name}
    mirrored = {"dumpsys.txt"} if place.member.startswith("settings_") or place.name == "private-dns" else set()
    apks = {"apks name": "apks/org.example.planted.apk", "apks split": "apks/org.example.planted_config.en.apk"}
    expected = {apks.get(place.name, place.member)}
    settings_in_dump = {"settings_secure.txt"} if place.name.startswith("dumpsys settings ") else set()
    assert expected <= named
    assert named <= expected | mirrored | settings_in_dump | ({"settings_global.txt"} if mirrored else set())


@pytest.mark.parametrize("place", [p for p in PLACES if p.name.startswith("dumpsys ")], ids=lambda p: p.name)
def test_a_value_planted_in_a_dumpsys_section_is_in_that_section_alone(place: Place) -> None:
    value = value_for(place)
    text = texts(plant(DeviceDescription(seed=7), place.kind, value, place.name))["dumpsys.txt"]
    section = place.name.split()[1]
    unfolded = text.replace(b"\n    ", b"") if section == "package" else text
    assert section_with(unfolded, value) == {section}


def test_an_unplanted_phone_names_none_of_the_values() -> None:
    whole = b"".join(texts(DeviceDescription(seed=7)).values())
    assert not any(value.encode() in whole for value in VALUES.values())


def test_a_kind_that_does_not_fit_a_place_is_refused() -> None:
    with pytest.raises(UsageError):
        plant(DeviceDescription(), "certificate", "00", "dumpsys appops")


def test_each_kind_has_places() -> None:
    assert {place.kind for place in PLACES} == set(VALUES)
    assert len(places("package")) > 60
