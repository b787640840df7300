"""Packages of Windows Installer say what they put in place, whether msitools or Luciole wrote them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_target import target
from luciole.apps.read import read_app
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import State
from luciole.simulate.programs.demonstration import PACKAGE_FORM, WATCHING
from luciole.simulate.programs.package import Package, build_package, write_compound
from luciole.simulate.programs.windows import build_program

RUN = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
PROPERTY = (
    "Property\tValue\ns72\tl0\nProperty\tProperty\n"
    "ProductName\tInert Setup\nProductVersion\t1.2.3\nManufacturer\tInert Makers\n"
)
REGISTRY = (
    "Registry\tRoot\tKey\tName\tValue\tComponent_\ns72\ti2\tl255\tL255\tL0\ts72\nRegistry\tRegistry\n"
    f"r1\t2\t{RUN}\tInert\t[#x]\tc1\n"
)


def values(facts: FactSet, name: str) -> set[object]:
    return {one.value for one in facts.facts if one.name == name}


def run(*command: str, folder: Path) -> str:
    if shutil.which(command[0]) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{command[0]} is not installed")
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=folder).stdout


@pytest.mark.tools
def test_a_package_that_msitools_wrote_is_read(tmp_path: Path) -> None:
    (tmp_path / "Property.idt").write_text(PROPERTY)
    (tmp_path / "Registry.idt").write_text(REGISTRY)
    (tmp_path / "tool").write_bytes(build_program(WATCHING))
    run("msibuild", "a.msi", "-s", "Inert", "Author", folder=tmp_path)
    run("msibuild", "a.msi", "-i", "Property.idt", "-i", "Registry.idt", folder=tmp_path)
    run("msibuild", "a.msi", "-a", "Binary.tool", "tool", folder=tmp_path)
    facts = read_app((tmp_path / "a.msi").read_bytes(), "a.msi").subjects[0]
    assert facts.subject.platform == "windows"
    assert (facts.subject.identity, facts.subject.label) == ("Inert Setup", "Inert Setup")
    assert values(facts, "app.version_name") == {"1.2.3"}
    assert values(facts, "program.installs") == {RUN + "\\Inert"}
    assert "user32.SetWindowsHookEx" in values(facts, "program.api")


@pytest.mark.tools
def test_msitools_reads_a_package_of_ours(tmp_path: Path) -> None:
    (tmp_path / "own.msi").write_bytes(build_package(PACKAGE_FORM))
    assert "ProductName\tInert Setup" in run("msiinfo", "export", "own.msi", "Property", folder=tmp_path)


def test_files_services_and_cabinets_of_a_package_are_named_and_cabinets_are_not_called_read() -> None:
    package = Package(
        tables={
            "Property": (("ProductName", "Inert"),),
            "File": (("f1", "SHORT~1.EXE|Long name.exe"),),
            "ServiceInstall": (("s1", "InertService", "Inert Service"),),
            "CustomAction": (("Start", "tool.exe /quiet"),),
        },
        streams={"inert.cab": b"MSCF" + bytes(5000)},
    )
    facts = read_app(build_package(package), "a.msi").subjects[0]
    assert values(facts, "program.installs") == {"Long name.exe", "InertService", "Start"}
    assert values(facts, "carried.file") == {"inert.cab"}
    assert {line.state for line in facts.coverage if line.area in {"code", "native"}} == {State.PARTIAL}


def test_another_compound_file_is_no_package() -> None:
    with pytest.raises(NotThisKind):
        read_app(write_compound({"WordDocument": bytes(5000)}), "a.doc")


def test_a_package_cut_at_each_percent_never_loses_its_program_silently() -> None:
    whole = build_package(Package(tables=PACKAGE_FORM.tables, streams={"tool": build_program(WATCHING)}))
    for percent in range(1, 100):
        try:
            facts = read_app(whole[: len(whole) * percent // 100], "a.msi").subjects[0]
        except (ParseError, NotThisKind):
            continue
        told = any(line.state is not State.EXAMINED for line in facts.coverage)
        assert told or "user32.SetWindowsHookEx" in values(facts, "program.api"), percent


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"xar!" + bytes(600), "pkg"), (b"MSCF\0\0\0\0" + bytes(60), "cab")],
)
def test_an_archive_that_is_only_a_beginning_is_named_and_its_programs_are_not_called_read(
    data: bytes, kind: str
) -> None:
    facts = read_app(data, "a").subjects[0]
    assert values(facts, "file.kind") == {kind}
    lines = [line for line in facts.coverage if line.area in {"code", "native"}]
    assert [(line.state, line.amount) for line in lines] == [(State.PARTIAL, 0)] * 2


@pytest.mark.parametrize(("data", "kind"), [(bytes(600) + b"koly" + bytes(508), "dmg")])
def test_what_cannot_be_opened_is_named_and_said_not_to_be_looked_at(data: bytes, kind: str) -> None:
    facts = read_app(data, "a").subjects[0]
    assert values(facts, "file.kind") == {kind}
    assert {line.area for line in facts.coverage if line.state is State.NOT_LOOKED_AT} >= {
        "code",
        "signing",
        "manifest",
    }


@given(st.binary(max_size=600), st.integers(0, 3000))
def test_any_bytes_anywhere_give_facts_or_a_parse_error(data: bytes, place: int) -> None:
    whole = build_package(PACKAGE_FORM)
    target("windows_package")(whole[:place] + data + whole[place + len(data) :])
