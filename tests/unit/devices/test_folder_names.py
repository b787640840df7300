"""Folders with names that are no text: what lies in them is read, and the names are shown by their bytes."""

import os
import sys
from pathlib import Path

import pytest

from luciole import devices
from luciole.devices.tree import Folder, read
from luciole.kernel import canon
from luciole.simulate.network import containers, names, packets

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every file name is text")


def plant(folder: Path, name: bytes, content: bytes) -> None:
    path = folder / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_files_below_such_names_are_listed_measured_and_read(tmp_path: Path) -> None:
    plant(tmp_path, b"\xff dir/\xfe.txt", b"one")
    plant(tmp_path, "é.txt".encode(), b"four")
    tree = Folder(tmp_path)
    assert tree.names() == ["\\xff dir/\\xfe.txt", "é.txt"]
    assert [tree.size(name) for name in tree.names()] == [3, 4]
    assert [read(tree, name, 10) for name in tree.names()] == [b"one", b"four"]


def test_two_names_that_are_shown_alike_are_told(tmp_path: Path) -> None:
    plant(tmp_path, b"\\xff", b"text")
    plant(tmp_path, b"\xff", b"bytes")
    tree = Folder(tmp_path)
    assert (tree.names(), len(tree.skipped)) == (["\\xff"], 1)


def test_evidence_with_such_a_name_is_read_and_its_result_can_be_written(tmp_path: Path) -> None:
    asked = packets.udp("192.168.4.10", "192.168.4.1", (40_000, 53), names.question(1, "named.example"))
    plant(tmp_path, b"\xff/\xfe.pcap", containers.pcap([(10**18, asked)], link=containers.RAW))
    reading = devices.read_evidence(tmp_path)
    assert "named.example" in {fact.value for each in reading.subjects for fact in each.facts}
    assert b"\\\\xff/\\\\xfe.pcap" in canon.readable_json(reading)
