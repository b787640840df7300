"""Tricks with entry names: duplicates, paths, controls, and names that hide behind others."""

from __future__ import annotations

from luciole.simulate.apps.archive import Layout, Member
from luciole.simulate.apps.binary_xml import Element, write_xml
from luciole.simulate.apps.tricks.containers import MANIFEST, add
from luciole.simulate.apps.tricks.registry import on_layout

_LONG = 60_000


@on_layout("zip.duplicate-name")
def duplicate_name(layout: Layout) -> Layout:
    """A second manifest with another package follows; Android refuses, tools choose one."""
    decoy = write_xml(Element("manifest", {"package": "org.example.decoy"}, (Element("application"),)))
    return add(layout, Member(MANIFEST, decoy))


@on_layout("zip.names-differ-in-case")
def differ_in_case(layout: Layout) -> Layout:
    """Another entry differs from the manifest only in upper and lower case."""
    return add(layout, Member(b"androidmanifest.xml", b"lower case"))


@on_layout("zip.file-and-folder")
def file_and_folder(layout: Layout) -> Layout:
    """An entry uses the manifest's name as a folder."""
    return add(layout, Member(MANIFEST + b"/inside.txt", b"inside"))


@on_layout("zip.name-path")
def path_name(layout: Layout) -> Layout:
    """An entry's name climbs out of the folder it would be unpacked to."""
    return add(layout, Member(b"assets/../../../outside.txt", b"outside"), Member(b"C:\\outside.txt", b"outside"))


@on_layout("zip.name-nul")
def nul_name(layout: Layout) -> Layout:
    """An entry's name holds a NUL byte; Android refuses."""
    return add(layout, Member(b"assets/nul\0.txt", b"nul"))


@on_layout("zip.name-not-utf8")
def not_utf8_name(layout: Layout) -> Layout:
    """An entry's name is not valid UTF-8; Android refuses."""
    return add(layout, Member(b"assets/\xff\xfe\xc3.txt", b"not text"))


@on_layout("zip.name-controls")
def controls_name(layout: Layout) -> Layout:
    """An entry's name turns the direction of reading."""
    return add(layout, Member("assets/note\u202etxt.exe".encode(), b"reversed"))


@on_layout("zip.name-long")
def long_name(layout: Layout) -> Layout:
    """An entry's name is 60,000 bytes long."""
    return add(layout, Member(b"assets/".ljust(_LONG, b"n"), b"long"))


@on_layout("zip.name-empty")
def empty_name(layout: Layout) -> Layout:
    """An entry has no name."""
    return add(layout, Member(b"", b"nameless"))
