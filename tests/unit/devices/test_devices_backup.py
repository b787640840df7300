"""Backups: the tar reader against Python's own writer, the header, and encryption as Android does it."""

import io
import tarfile

import pytest

from luciole.devices.parsers import backup_header, tar
from luciole.kernel.errors import ParseError
from luciole.simulate.devices.backup import backup
from luciole.simulate.devices.description import App, DeviceDescription
from luciole.simulate.devices.phone import Phone

LONG = "apps/org.example.notes/f/" + "x" * 300
FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def archive(kind: int, names: dict[str, int]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=kind) as writer:
        for name, size in names.items():
            entry = tarfile.TarInfo(name)
            entry.size = size
            writer.addfile(entry, io.BytesIO(b"z" * size))
    return stream.getvalue()


def chunks(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("size", [1, 511, 512, 4096])
def test_names_and_sizes_are_those_that_were_written(kind: str, size: int) -> None:
    names = {"apps/org.example.notes/_manifest": 10, "apps/org.example.notes/é": 0, "apps/org.example.two/f/big": 5000}
    names |= {} if kind == "ustar" else {LONG: 7}
    found = {member.name: member.size for member in tar.members(iter(chunks(archive(FORMATS[kind], names), size)))}
    assert found == names


def test_a_damaged_header_is_refused() -> None:
    data = bytearray(archive(tarfile.USTAR_FORMAT, {"apps/org.example.notes/a": 3}))
    data[3] ^= 1
    with pytest.raises(ParseError, match="checksum"):
        list(tar.members(iter([bytes(data)])))


@pytest.mark.parametrize("cut", [1, 100, 600, 1030])
def test_an_archive_that_is_cut_off_is_no_whole_archive(cut: int) -> None:
    data = archive(tarfile.USTAR_FORMAT, {"apps/org.example.notes/a": 600})
    with pytest.raises(ParseError):
        list(tar.members(iter([data[:cut]])))


PHONE = Phone(DeviceDescription(apps=(App("org.example.notes"),)))


def test_an_encrypted_backup_opens_with_its_password_only() -> None:
    data = backup(PHONE, "a pass word")
    header = backup_header.parse(data[:8192])
    key, vector = backup_header.unlock(header, "a pass word")
    content = b"".join(backup_header.decrypt(iter(chunks(data[header.length :], 1000)), key, vector))
    assert content[:1] == b"\x78"
    for wrong in (None, "", "a pass worD"):
        with pytest.raises(backup_header.WrongPassword):
            backup_header.unlock(header, wrong)


def test_a_plain_backup_has_no_key_lines() -> None:
    header = backup_header.parse(backup(PHONE)[:8192])
    assert (header.compressed, header.encryption) == (True, None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ANDROID BACKUP\n",
        b"ANDROID BACKUP\n99\n1\nnone\nx",
        b"ANDROID BACKUP\n5\n1\nROT13\nx",
        b"ANDROID BACKUP\n5\n1\nAES-256\nAA\nAA\n999999999\n" + b"00" * 16 + b"\n" + b"00" * 96 + b"\n",
        b"ANDROID BACKUP\n5\n1\nAES-256\nAA\nAA\n10\nzz\n00\n",
    ],
)
def test_headers_that_contradict_the_format_are_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        backup_header.parse(data)
