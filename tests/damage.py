"""Damage at each hundredth of a piece of evidence, and what an honest reading of the rest must still say."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from luciole.assess.assess import Engine, assess_subject
from luciole.kernel.errors import CouldNotLook, NotThisKind, ParseError
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import State
from luciole.kernel.reading import Reading

FORMS = ("cut", "zeros", "flipped")
Key = tuple[str, str, int | None]
Said = tuple[Key, str, str]
Files = Mapping[str, bytes]
ABOUT_THE_FILE = frozenset({"file", "anomaly", "unreadable"})
"""Beginnings of the names of facts about the file that was handed in; they differ because it differs."""
FOLLOWS = frozenset({"device.patch_age_days", "signature.accepted", "signature.weak"})
"""Facts that follow from others, which are compared themselves."""


class Damaged(msgspec.Struct, frozen=True):
    """The whole evidence with one place of it changed. percent: where; name, before, after: the file that changed."""

    percent: int
    files: Files
    name: str
    before: bytes
    after: bytes


def damages(files: Files, form: str) -> Iterator[Damaged]:
    """The evidence damaged at each hundredth of its length, files laid end to end. An empty name: evidence of one file.

    form: cut (the file in which the place lies ends there), zeros or flipped (a hundredth is overwritten).
    """
    total = sum(map(len, files.values()))
    for percent in range(100):
        start = total * percent // 100
        stop = max(start + 1, total * (percent + 1) // 100)
        at = 0
        for name, data in files.items():
            if at <= start < at + len(data):
                inside, end = start - at, min(stop - at, len(data))
                changed = _changed(data, inside, end, form)
                yield Damaged(percent, {**files, name: changed}, name, data, changed)
                break
            at += len(data)


def _changed(data: bytes, start: int, stop: int, form: str) -> bytes:
    if form == "cut":
        return data[:start]
    piece = bytes(stop - start) if form == "zeros" else bytes(each ^ 0xFF for each in data[start:stop])
    return data[:start] + piece + data[stop:]


def read_or_refuse(read: Callable[[Files], Reading], files: Files) -> Reading | None:
    """The reading, or None where the evidence was refused with one of the errors that tell a person so."""
    try:
        return read(files)
    except (NotThisKind, ParseError, CouldNotLook):
        return None


def said(reading: Reading, *, one: bool) -> set[Said]:
    """Subject, name and value of every fact. one: there is one subject, whose identity may be its digest."""
    return {
        (("", "", None) if one else _key(each), fact.name, str(fact.value))
        for each in reading.subjects
        for fact in each.facts
        if fact.name.partition(".")[0] not in ABOUT_THE_FILE and fact.name not in FOLLOWS
    }


def _key(each: FactSet) -> Key:
    return each.subject.kind, each.subject.identity, each.subject.user


def told(reading: Reading, whole: Reading) -> bool:
    """Whether it says more than the whole did that an area was not examined, or that a file is odd or was changed."""
    changed = "hashes_differ" in reading.evidence.details and "hashes_differ" not in whole.evidence.details
    return (
        bool(reading.problem)
        or changed
        or bool((_gaps(reading) | _oddities(reading)) - _gaps(whole) - _oddities(whole))
    )


def _gaps(reading: Reading) -> set[tuple[str, str, str]]:
    lines = [*reading.coverage, *(line for each in reading.subjects for line in each.coverage)]
    return {(line.area, line.state.value, line.detail) for line in lines if line.state is not State.EXAMINED}


def _oddities(reading: Reading) -> set[tuple[str, str, str]]:
    facts = (fact for each in reading.subjects for fact in each.facts if fact.name == "anomaly")
    return {(str(fact.value), "", str(fact.attributes.get("detail"))) for fact in facts}


def verdicts(reading: Reading, engine: Engine) -> dict[Key, str]:
    """Subject → verdict; of several subjects of one name the first that says more than that nothing was seen."""
    found: dict[Key, str] = {}
    for each in reading.subjects:
        verdict = assess_subject(each, "evidence", engine, shared=reading.coverage).verdict.code
        if found.get(_key(each), "nothing-seen") == "nothing-seen":
            found[_key(each)] = verdict
    return found


def only_nothing_seen(found: Mapping[Key, str]) -> bool:
    """Whether all that a person would be told is that nothing was seen."""
    device = [verdict for (kind, _, _), verdict in found.items() if kind == "device"]
    return bool(found) and set(device or found.values()) == {"nothing-seen"}


def own_bytes_hit(lost: set[Said], each: Damaged) -> bool:
    """Whether each lost value stood in the bytes that were changed: then the file says something else instead."""
    return all(_stood(value.rpartition(".")[2] if name == "program.api" else value, each) for _, name, value in lost)


def _stood(text: str, each: Damaged) -> bool:
    before, after = each.before.lower(), each.after.lower()
    return any(before.count(part) > after.count(part) for part in _encoded(text.lower()))


def _encoded(text: str) -> tuple[bytes, ...]:
    return text.encode(), text.encode("utf-16-le")


def is_text(data: bytes) -> bool:
    """Whether a file is lines of text, which do not say where they end."""
    return not data.startswith((b"regf", b"SQLite", b"bplist", b"<", b"{")) and b"\0" not in data


def write(files: Files, target: Path) -> Path:
    """Writes evidence of one file, or the files of a folder, to `target`; only what differs is written again."""
    if set(files) == {""}:
        target.write_bytes(files[""])
        return target
    for name, data in files.items():
        path = target / name
        if not path.exists() or path.stat().st_size != len(data) or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return target


def files_of(path: Path) -> Files:
    """Evidence on disk as its files."""
    if path.is_file():
        return {"": path.read_bytes()}
    found = sorted(each for each in path.rglob("*") if each.is_file() and each.stat().st_size)
    return {each.relative_to(path).as_posix(): each.read_bytes() for each in found}
