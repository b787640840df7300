"""Bug reports: the dumpstate text and the archive that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.simulate.devices import logs, properties
from luciole.simulate.devices.dumpsys import PRIORITIES, RULE, filling, frame, gather, section, service_names
from luciole.simulate.devices.member import Member, text_member, zipped
from luciole.simulate.devices.phone import Phone

DOUBLE_RULE = "=" * 56


def text_name(phone: Phone) -> str:
    """The name of the dumpstate text, such as bugreport-phone-UQ1A.123456-2025-03-14-10-20-30.txt."""
    values = properties.properties(phone)
    when = phone.local(phone.description.taken)
    return f"bugreport-{values['ro.product.name']}-{values['ro.build.id']}-{when:%Y-%m-%d-%H-%M-%S}.txt"


def text(phone: Phone) -> Iterator[str]:
    """The dumpstate text in chunks."""
    return gather(_lines(phone))


def bugreport(phone: Phone) -> Iterator[bytes]:
    """The archive as a stream."""
    return zipped(members(phone), phone.local(phone.description.taken))


def members(phone: Phone) -> Iterator[Member]:
    """The files of the archive."""
    name = text_name(phone)
    yield text_member("version.txt", ["2.0"])
    yield text_member(name, text(phone))
    yield text_member("main_entry.txt", [name])
    yield text_member("dumpstate_log.txt", ["dumpstate: begin\ndumpstate: done\n"])
    yield text_member("FS/proc/self/mountinfo", ["\n".join(properties.mounts(phone)) + "\n"])
    if trace := logs.anr(phone):
        yield text_member("FS/data/anr/anr_2025-03-01-10-00-00-000", [trace])
    if crash := logs.tombstone(phone):
        yield text_member("FS/data/tombstones/tombstone_00", [crash])
    yield Member("proto/activity.proto", [b"\x0a\x00"])


def _lines(phone: Phone) -> Iterator[str]:
    yield from _opening(phone)
    yield from _block(
        phone, "UPTIME", "uptime", [" 10:20:30 up 3 days,  2:11,  0 users,  load average: 1.10, 1.02, 0.98"]
    )
    yield "------ DUMPSYS CRITICAL (/system/bin/dumpsys) ------"
    yield RULE
    yield from frame(phone, "SurfaceFlinger", filling(phone), "CRITICAL ")
    names = service_names(phone)
    for name in names:
        if PRIORITIES.get(name) == "CRITICAL ":
            yield from section(phone, name, "CRITICAL ")
    yield "------ 1.204s was the duration of 'DUMPSYS CRITICAL' ------"
    yield from _block(phone, "SYSTEM PROPERTIES", "getprop", _stripped(properties.getprop(phone)))
    yield from _block(phone, "PROCESSES AND THREADS", "ps -A -T -Z", _stripped(properties.processes_text(phone)))
    yield from _block(phone, "SYSTEM LOG", "logcat -v threadtime -d *:v", _stripped(logs.logcat(phone)))
    yield "------ DUMPSYS HIGH (/system/bin/dumpsys) ------"
    yield RULE
    for name in names:
        if PRIORITIES.get(name) == "HIGH ":
            yield from section(phone, name, "HIGH ")
    yield from (DOUBLE_RULE, "== Android Framework Services", DOUBLE_RULE)
    yield "------ DUMPSYS NORMAL (/system/bin/dumpsys) ------"
    yield RULE
    for name in names:
        if name not in PRIORITIES:
            yield from section(phone, name)
    yield from (DOUBLE_RULE, "== dumpstate: done (id 1)", DOUBLE_RULE)


def _opening(phone: Phone) -> Iterator[str]:
    values = properties.properties(phone)
    yield DOUBLE_RULE
    yield f"== dumpstate: {phone.stamp(phone.description.taken)}"
    yield DOUBLE_RULE
    yield ""
    yield f"Build: {values['ro.build.display.id']}"
    yield f"Build fingerprint: '{values['ro.build.fingerprint']}'"
    yield "Bootloader: unknown"
    yield f"Android SDK version: {phone.sdk}"
    yield "Kernel: Linux version 5.10.149-android12-9 (build@host) #1 SMP PREEMPT"
    yield "Command line: androidboot.verifiedbootstate=" + phone.description.verified_boot
    yield "Uptime: up 0 weeks, 3 days, 2 hours, 11 minutes,  last reboot reason: reboot"
    yield "Bugreport format version: 2.0"
    yield "Dumpstate info: id=1 pid=1234 dry_run=0 parallel_run=1 args=bugreport bugreport_mode=BUGREPORT_FULL"
    yield ""


def _block(phone: Phone, title: str, command: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"------ {title} ({command}) ------"
    yield from lines
    yield f"------ {phone.number(title, 900) / 1000:.3f}s was the duration of '{title}' ------"
    yield ""


def _stripped(chunks: Iterable[str]) -> Iterator[str]:
    return (chunk.rstrip("\n") for chunk in chunks)
