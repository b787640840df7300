"""The labelled cases beyond Android: computers, iPhones, network traffic and program files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

import msgspec

from luciole.kernel.errors import ContentError
from luciole.kernel.vocabulary import Platform
from luciole.simulate.devices.computer.description import Computer
from luciole.simulate.devices.computer.write import write_zip
from luciole.simulate.devices.ios.description import IosDescription
from luciole.simulate.devices.ios.write import write_backup_zip
from luciole.simulate.labelled.model import Half, Label, half_of, read_rows, root
from luciole.simulate.network import encryption
from luciole.simulate.network.demonstration import ordinary
from luciole.simulate.network.scene import PHONE, Scene
from luciole.simulate.network.write import write_capture
from luciole.simulate.programs.apple import AppleProgram, build_macho
from luciole.simulate.programs.bundle import AppleApp, build_ipa
from luciole.simulate.programs.package import Package, build_package
from luciole.simulate.programs.windows import WindowsProgram, build_program

Labels = Mapping[str, object]
Form = Literal["computers", "iphones", "networks", "programs"]
_LABEL_KEYS = ("bad", "honest")
WRITTEN_LATER = "elsewhere_more"
"""The folder of cases that were written to find what slips through, and then tuned on: they prove nothing."""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"kind": "do"}):
    """What happens in captured traffic. kind: of `_STEPS`; at, every: seconds; server: address; sent: bytes."""

    kind: Literal["beacon", "own-certificate", "post", "posts", "get", "look", "tls", "inward"]
    at: float
    server: str
    name: str = ""
    host: str = ""
    port: int = 443
    every: float = 60
    times: int = 1
    jitter: float = 0
    sent: int = 500
    received: int = 3_000
    size: int = 0


class Traffic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An ordinary evening of one phone with these steps besides."""

    steps: tuple[Step, ...]


class ProgramFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One program file: exactly one of the four."""

    windows: WindowsProgram | None = None
    mac: AppleProgram | None = None
    ipa: AppleApp | None = None
    msi: Package | None = None


Described = Computer | IosDescription | Traffic | ProgramFile
_FORMS: dict[Form, type[Described]] = {
    "computers": Computer,
    "iphones": IosDescription,
    "networks": Traffic,
    "programs": ProgramFile,
}


class ElsewhereCase(msgspec.Struct, frozen=True):
    """One labelled piece of evidence beyond Android. Everything in it is meant by its label."""

    id: str
    label: Label
    kinds: tuple[str, ...]
    described: Described
    later: bool = False
    """It was written to find what slips through."""

    @property
    def half(self) -> Half:
        """The half of the set it belongs to; what was written later stands apart."""
        return "later" if self.later else half_of(self.id)

    @property
    def platform(self) -> Platform:
        """The platform that its figures are counted under."""
        match self.described:
            case Computer(system=system):
                return system
            case IosDescription():
                return "ios"
            case Traffic():
                return "network"
            case ProgramFile(windows=windows, mac=mac, msi=msi):
                of_windows = windows is not None or msi is not None
                return "windows" if of_windows else "macos" if mac is not None else "ios"

    @property
    def subject(self) -> str:
        """Whose verdict counts: of honest evidence any; else the apps, or the device where a setting is meant."""
        if self.label == "honest":
            return ""
        match self.described:
            case IosDescription() as phone:
                return "apps" if phone.apps and not (phone.profiles or phone.jailbreak_paths) else "device"
            case Computer() as computer:
                settings = computer.exclusions or computer.protection_off or computer.input_group
                apps = computer.programs or computer.extensions
                return "" if settings else "apps" if apps else "device"
            case _:
                return ""

    def write(self, folder: Path) -> str:
        """Writes the evidence below `folder` and returns its name there."""
        match self.described:
            case Computer() as computer:
                return _written(folder, "computers", self.id + ".zip", lambda path: write_zip(computer, path))
            case IosDescription() as phone:
                return _written(folder, "iphones", self.id + ".zip", lambda path: write_backup_zip(phone, path))
            case Traffic() as traffic:
                return _written(
                    folder, "networks", self.id + ".pcap", lambda path: write_capture(scene_of(traffic), path)
                )
            case ProgramFile() as program:
                name, data = _program(program)
                return _written(folder, "programs", self.id + name, lambda path: path.write_bytes(data))


@cache
def elsewhere_cases() -> tuple[ElsewhereCase, ...]:
    """Every labelled case beyond Android. Raises ContentError for a mistake in the files."""
    return tuple(
        _case(name, row, form, later=folder == WRITTEN_LATER)
        for folder in ("elsewhere", WRITTEN_LATER)
        for form in _FORMS
        for file in _files_of(folder, form)
        for name, row in read_rows(file, dict[str, object]).items()
    )


def _files_of(folder: str, form: Form) -> list[Traversable]:
    """The files of one form, by name: `iphones.yml`, and `iphones_….yml` that were written after it."""
    found = [one for one in (root() / folder).iterdir() if one.name.endswith(".yml")]
    wanted = [one for one in found if one.name.removesuffix(".yml").partition("_")[0] == form]
    return sorted(wanted, key=lambda one: one.name.removesuffix(".yml"))


def _case(name: str, row: Labels, form: Form, *, later: bool) -> ElsewhereCase:
    said = [key for key in _LABEL_KEYS if key in row]
    if len(said) != 1:
        raise ContentError([f"{form}.yml: {name} is neither bad nor honest"])
    label: Label = "honest" if said == ["honest"] else "stalkerware-like"
    rest = {key: value for key, value in row.items() if key not in _LABEL_KEYS}
    if form == "iphones":
        # the simulator lets every computer reach the device over Wi-Fi; here only those that a case is about
        rest = {"absent": ["data_ark.plist"], **rest}
    try:
        described = msgspec.convert(rest, _FORMS[form])
    except msgspec.ValidationError as error:
        raise ContentError([f"{form}.yml: {name}: {error}"]) from error
    return ElsewhereCase(name, label, tuple(str(row[said[0]]).split()), described, later)


def _written(folder: Path, part: str, name: str, write: Callable[[Path], object]) -> str:
    (folder / part).mkdir(exist_ok=True)
    write(folder / part / name)
    return f"{part}/{name}"


def _program(program: ProgramFile) -> tuple[str, bytes]:
    if program.windows is not None:
        return ".exe", build_program(program.windows)
    if program.mac is not None:
        return ".macho", build_macho(program.mac)
    if program.msi is not None:
        return ".msi", build_package(program.msi)
    return ".ipa", build_ipa(program.ipa or AppleApp())


def scene_of(traffic: Traffic) -> Scene:
    """The evening of one phone with the steps of `traffic` besides."""
    scene = Scene(5)
    ordinary(scene)
    for step in traffic.steps:
        _STEPS[step.kind](scene, step)
    return scene


def _beacon(scene: Scene, step: Step) -> None:
    scene.beacon(
        step.at, PHONE, step.server, step.name, every=step.every, times=step.times, jitter=step.jitter, sent=step.sent,
        port=step.port,
    )  # fmt: skip


def _own_certificate(scene: Scene, step: Step) -> None:
    shown = encryption.certificate(step.name or "server", (step.name,) if step.name else ())
    scene.tls(
        step.at, PHONE, step.server, step.name, port=step.port, version=encryption.TLS12, certificates=(shown,),
        sent=step.sent, received=step.received,
    )  # fmt: skip


def _posts(scene: Scene, step: Step) -> None:
    for number in range(step.times):
        scene.http(step.at + number * step.every, PHONE, step.server, step.host, method="POST", size=step.size)


def _get(scene: Scene, step: Step) -> None:
    scene.http(step.at, PHONE, step.server, step.host)


def _look(scene: Scene, step: Step) -> None:
    scene.lookup(step.at, PHONE, step.name, (step.server,))


def _tls(scene: Scene, step: Step) -> None:
    scene.tls(
        step.at, PHONE, step.server, step.name, port=step.port, sent=step.sent, received=step.received
    )  # fmt: skip


def _inward(scene: Scene, step: Step) -> None:
    scene.tcp(step.at, PHONE, step.server, step.port, [(True, b"CNXN"), (False, b"CNXN")], from_outside=True)


_STEPS: dict[str, Callable[[Scene, Step], None]] = {
    "beacon": _beacon,
    "own-certificate": _own_certificate,
    "post": _posts,
    "posts": _posts,
    "get": _get,
    "look": _look,
    "tls": _tls,
    "inward": _inward,
}
