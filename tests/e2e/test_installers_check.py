"""A program that watches is judged the same, whether it comes by itself or inside an installer."""

from pathlib import Path

import pytest

from luciole.packs.engine import load_engine
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings
from luciole.simulate.programs.demonstration import ORDINARY, WATCHING
from luciole.simulate.programs.installers import MacPackage, Setup, build_cabinet, build_mac_package, build_nsis
from luciole.simulate.programs.package import Package, build_package
from luciole.simulate.programs.windows import WindowsProgram, build_program

TABLES = {"Property": (("ProductName", "Inert Notes"), ("ProductVersion", "1.0"))}
BUILDERS = {
    "nsis": lambda data: build_nsis(Setup({"$INSTDIR/host.exe": data})),
    "cabinet": lambda data: build_cabinet({"host.exe": data}),
    "msi": lambda data: build_package(Package(TABLES, {"in.cab": build_cabinet({"F1": data})})),
    "pkg": lambda data: build_mac_package(MacPackage({"./host.exe": data}, "chunks")),
    "nested": lambda data: build_nsis(Setup({"$INSTDIR/in.cab": build_cabinet({"host.exe": data})})),
}


def verdict(folder: Path, name: str, program: WindowsProgram) -> str:
    path = folder / name
    path.write_bytes(BUILDERS[name](build_program(program)))
    result = check([path], load_engine(), ReadSettings(now="2026-01-01T00:00:00Z"))
    assert result.unreadable == ()
    return result.assessments[0].verdict.code


@pytest.mark.parametrize("name", ["nsis", "cabinet", "msi", "nested"])
def test_a_watching_program_inside_an_installer_is_seen_through_the_whole_check(tmp_path: Path, name: str) -> None:
    assert verdict(tmp_path, name, WATCHING) == "behaves-like-stalkerware"


@pytest.mark.parametrize("name", list(BUILDERS))
def test_an_ordinary_program_inside_an_installer_stays_ordinary(tmp_path: Path, name: str) -> None:
    assert verdict(tmp_path, name, ORDINARY) == "nothing-seen"
