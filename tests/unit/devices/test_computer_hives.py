"""Registry hives: what the simulator writes is what Debian's tools and regipy read, and what Luciole takes from it."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from luciole.devices.parsers.computer import hive, registry
from luciole.devices.parsers.computer.records import Listed, Of
from luciole.devices.parsers.rows import Account, Row
from luciole.kernel.errors import ParseError
from luciole.simulate.devices.computer import hive as writer
from luciole.simulate.devices.computer.demonstration import computer
from luciole.simulate.devices.computer.write import hives

RUN = "Microsoft\\Windows\\CurrentVersion\\Run"
LONG = "C:\\Users\\home\\" + "folder\\" * 300 + "agent.exe"


def software(**values: writer.Data) -> bytes:
    return writer.hive(writer.nested({RUN: values}))


def taken(data: bytes) -> tuple[list[registry.Value], Account]:
    account = Account()
    return list(hive.values(data, account)), account


@pytest.mark.skipif(shutil.which("hivexsh") is None, reason="Debian's libhivex-bin is not installed")
def test_hivex_reads_the_same_values_as_luciole(tmp_path: Path) -> None:
    path = tmp_path / "SOFTWARE"
    path.write_bytes(software(One="C:\\a.exe", Two="C:\\b c\\d.exe -x", Long=LONG))
    script = f"load {path}\ncd {RUN}\nlsval\n"
    said = subprocess.run(["hivexsh"], input=script, capture_output=True, text=True, check=True).stdout
    shown = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    values, account = taken(path.read_bytes())
    assert {f'"{value.name}"': value.data for value in values} == {
        name: text.strip('"').replace("\\\\", "\\") for name, text in shown.items()
    }
    assert len(values) == 3
    assert account.lost == 0


@pytest.mark.skipif(shutil.which("reglookup") is None, reason="Debian's reglookup is not installed")
def test_reglookup_reads_every_key_of_the_simulated_hives(tmp_path: Path) -> None:
    for name, data in hives(computer("windows")).items():
        path = tmp_path / name
        path.write_bytes(data)
        said = subprocess.run(["reglookup", "-H", str(path)], capture_output=True, text=True, check=True).stdout
        values, account = taken(data)
        assert account.lost == 0
        for value in values:
            key = value.key.replace("HKLM\\Software\\", "/").replace(
                "HKLM\\SYSTEM\\CurrentControlSet\\", "/ControlSet001/"
            )
            key = key.replace("HKCU\\Software\\", "/Software/").replace("\\", "/")
            quoted = f"{key}/{value.name}".replace("%", "%25").replace(",", "%2C")
            assert quoted in said, quoted


def test_regipy_itself_reads_the_hive(tmp_path: Path) -> None:
    from regipy.registry import RegistryHive

    path = tmp_path / "SOFTWARE"
    path.write_bytes(software(One="C:\\a.exe"))
    key = RegistryHive(str(path)).get_key("\\" + RUN)
    assert [(value.name, value.value) for value in key.iter_values()] == [("One", "C:\\a.exe")]


def test_a_hive_and_an_export_of_the_same_registry_say_the_same() -> None:
    def said(records: list[object]) -> set[tuple[str, str]]:
        found = set()
        for record in records:
            if isinstance(record, Of):
                found.add((record.row.name, record.program))
            elif isinstance(record, Listed):
                found.add(("listed", record.key))
            elif isinstance(record, Row) and record.name != "text":
                found.add((record.name, str(record.value)))
        return found

    import json

    from luciole.devices.collector.computer import REGISTRY
    from luciole.simulate.devices.computer.machine import SimulatedMachine

    machine = SimulatedMachine(computer("windows"))
    lines = [json.dumps(value).encode() for key in REGISTRY for value in machine.values(key)]
    account = Account()
    exported = said(list(registry.records(registry.exported(b"\n".join(lines), account), account)))
    from_hives: set[tuple[str, str]] = set()
    for data in hives(computer("windows")).values():
        from_hives |= said(list(registry.records(hive.values(data, account), account)))
    assert from_hives == exported
    assert account.lost == 0


def test_a_key_that_leads_back_to_itself_ends() -> None:
    """The list of keys below Uninstall\\A is made to be the list below Uninstall: a circle."""
    tree = writer.nested(
        {f"Microsoft\\Windows\\CurrentVersion\\Uninstall\\{name}": {"DisplayName": name} for name in "AB"}
    )
    data = bytearray(writer.hive(tree))
    uninstall = data.find(b"Uninstall") - 76
    below = data.find(b"nk", 4096)
    (listed,) = struct.unpack_from("<I", data, uninstall + 28)
    while below >= 0:
        (size,) = struct.unpack_from("<H", data, below + 72)
        if bytes(data[below + 76 : below + 76 + size]) in {b"A", b"B"}:
            struct.pack_into("<I", data, below + 20, 2)
            struct.pack_into("<I", data, below + 28, listed)
        below = data.find(b"nk", below + 2)
    values, _ = taken(bytes(data))
    assert {value.data for value in values if value.name == "DisplayName"} == {"A", "B"}


def test_a_list_of_keys_that_claims_more_than_there_are_is_counted_as_lost() -> None:
    data = bytearray(software(One="C:\\a.exe"))
    at = data.find(b"Microsoft") - 76
    struct.pack_into("<I", data, at + 20, 500)
    _, account = taken(bytes(data))
    assert account.lost > 0


def test_a_value_that_cannot_be_read_is_counted_as_lost() -> None:
    data = bytearray(software(One="C:\\a.exe", Two="C:\\b.exe"))
    at = data.find(b"vk", 4096)
    data[at : at + 2] = b"xx"
    values, account = taken(bytes(data))
    assert len(values) < 2
    assert account.lost > 0


@pytest.mark.parametrize("data", [b"", b"regf", b"regf" + bytes(5000), bytes(9000), b"regf" + b"\xff" * 9000])
def test_what_is_no_hive_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        taken(data)


def test_each_value_has_the_offset_of_its_key() -> None:
    data = software(One="C:\\a.exe")
    values, _ = taken(data)
    for value in values:
        name = value.key.rpartition("\\")[2].encode()
        assert data[value.offset : value.offset + 2] == b"nk"
        assert data[value.offset + 76 : value.offset + 76 + len(name)] == name


def test_a_value_that_claims_to_be_huge_is_left_out_and_told() -> None:
    data = bytearray(software(One="C:\\a.exe", Two="C:\\b.exe"))
    at = data.find(b"vk", 4096)
    struct.pack_into("<I", data, at + 4, 0x7FFFFFFF)
    values, account = taken(bytes(data))
    assert values == []
    assert account.skipped > 0


def test_a_hive_whose_newest_changes_stand_in_a_log_says_so() -> None:
    data = bytearray(software(One="C:\\a.exe"))
    struct.pack_into("<I", data, 8, 7)
    values, account = taken(bytes(data))
    assert len(values) == 1
    assert "logs" in next(iter(account.notes))
