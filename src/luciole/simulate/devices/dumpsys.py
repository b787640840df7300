"""The whole text of dumpsys: sections with their opening and closing lines, and filling material of any size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.simulate.devices.description import Damage
from luciole.simulate.devices.phone import Phone
from luciole.simulate.devices.sections import SECTIONS, SINCE

RULE = "-" * 79
CHUNK = 64 * 1024
PRIORITIES = {"activity": "CRITICAL ", "meminfo": "HIGH "}
"""Sections that a bug report prints early, under DUMP OF SERVICE CRITICAL or HIGH."""


def service_names(phone: Phone) -> list[str]:
    """The sections that this device prints."""
    return [name for name in SECTIONS if phone.since(SINCE.get(name, 0)) and not phone.leaves_out(f"dumpsys {name}")]


def dumpsys(phone: Phone) -> Iterator[str]:
    """The text of `dumpsys` in chunks."""
    return gather(_lines(phone))


def _lines(phone: Phone) -> Iterator[str]:
    names = service_names(phone)
    yield "Currently running services:"
    yield from (f"  {name}" for name in sorted([*names, "AAS", "SurfaceFlinger"]))
    yield RULE
    yield from frame(phone, "SurfaceFlinger", filling(phone))
    for name in names:
        yield from section(phone, name)


def section(phone: Phone, name: str, priority: str = "") -> Iterator[str]:
    """One section of `SECTIONS` with its opening and closing lines."""
    return frame(phone, name, SECTIONS[name](phone), priority)


def frame(phone: Phone, name: str, lines: Iterable[str], priority: str = "") -> Iterator[str]:
    """`lines` between the opening and closing lines that dumpsys puts around a service."""
    yield f"DUMP OF SERVICE {priority}{name}:"
    damage = phone.description.damage.get(f"dumpsys {name}")
    yield from damaged_lines(name, lines, damage) if damage else lines
    if damage == "cut":
        return
    seconds = phone.number(name + "took", 3000) / 1000
    ending = f", ending at: {phone.stamp(phone.description.taken)}" if phone.since(8) else ""
    yield f"--------- {seconds:.3f}s was the duration of dumpsys {name}{ending}"
    yield RULE


def damaged_lines(name: str, lines: Iterable[str], damage: Damage) -> Iterator[str]:
    """The lines of a section after one kind of damage."""
    if damage == "denied":
        yield f"Permission Denial: can't dump {name} from pid=4321, uid=2000 due to missing android.permission.DUMP"
    if damage in {"denied", "empty"}:
        return
    whole = list(lines)
    if damage == "garbled":
        yield from ("\udcff\udcfe\x00" + line[3:] if index % 7 == 3 else line for index, line in enumerate(whole))  # noqa: PLR2004 - the number is the format's
        return
    half = len(whole) // 2
    yield from whole[:half]
    if damage == "cut":
        yield from (line[: len(line) // 2] for line in whole[half : half + 1])
    else:
        yield ""
        yield f"*** SERVICE '{name}' DUMP TIMEOUT (10000ms) EXPIRED ***"
        yield ""


def filling(phone: Phone) -> Iterator[str]:
    """Material of the size the description asks for; it names only ordinary apps."""
    yield "Build configuration [sf HAS_CONTEXT_PRIORITY=1] [libgui] [libui]"
    wanted = int(phone.description.filler.dumpsys_megabytes * 1_000_000)
    shown = [app.package for app in phone.apps if app.package.startswith(("com.android.", "org.example.ordinary."))]
    names = shown or ["StatusBar"]
    lines = [
        f"  Layer 0x{phone.number(f'layer{index}', 1 << 40):010x} ({names[index % len(names)]}/MainActivity#{index}) "
        f"z={index} pos=({index % 97},{index % 89}) size=({index % 1080},{index % 2340}) crop=[0,0,-1,-1] alpha=1.000"
        for index in range(600)
    ]
    block = "\n".join(lines)
    for _ in range(wanted // (len(block) + 1)):
        yield block


def gather(lines: Iterable[str]) -> Iterator[str]:
    """Lines, each given its line end, joined into chunks of about 64 KiB."""
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line) + 1
        if size >= CHUNK:
            yield "\n".join(held) + "\n"
            held, size = [], 0
    if held:
        yield "\n".join(held) + "\n"
