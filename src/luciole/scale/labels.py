"""Reads labels.csv of a labelled folder: which file stands for what; every mistake with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from luciole.kernel.errors import ContentError, CouldNotLook
from luciole.kernel.vocabulary import PLATFORMS

LABELS = "labels.csv"
HONEST, STALKERWARE_LIKE = "honest", "stalkerware-like"
HALVES = ("development", "test", "afterwards", "later")
"""The last two are no halves: cases written against criteria that were tuned already, and cases written to find what
slips through, which were tuned on then. No bar holds for them."""
NEEDED = ("file", "label", "mechanisms", "platform", "half")
OPTIONAL = ("subject",)
MOST_BYTES = 64 << 20
MOST_MISTAKES = 20


class LabelledFile(msgspec.Struct, frozen=True):
    """One line. file: path inside the folder; kinds: mechanisms, or the kind of an honest app.

    subject: whose verdict counts: an app's id, "device", "apps" for the gravest of any app; empty: the gravest of all.
    """

    file: str
    label: str
    kinds: tuple[str, ...]
    platform: str
    half: str
    subject: str = ""


def read_labels(folder: Path) -> tuple[LabelledFile, ...]:
    """The lines of labels.csv in `folder`.

    Raises CouldNotLook when there is no such file, and ContentError with `labels.csv:LINE: message` for each mistake.
    """
    path = folder / LABELS
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CouldNotLook(f"{LABELS} is larger than {MOST_BYTES >> 20} MB")
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise CouldNotLook(
            f"{folder.name} holds no {LABELS}", remedy="luciole evaluate --make FOLDER makes the set that comes along."
        ) from None
    except UnicodeDecodeError:
        raise ContentError([f"{LABELS}:1: this is no text in UTF-8"]) from None
    rows = parse_labels(text)
    missing = [f"{LABELS}: {one.file} is not in the folder" for one in rows if not _inside(folder, one.file)]
    if missing:
        raise ContentError(missing[:MOST_MISTAKES])
    return rows


def parse_labels(text: str) -> tuple[LabelledFile, ...]:
    """The lines of the text of a labels.csv. Raises ContentError with `labels.csv:LINE: message` for each mistake."""
    rows = tuple(_rows(text))
    problems = [problem for _, problem in rows if problem] + _doubles([one for one, _ in rows if one])
    if problems:
        raise ContentError(problems[:MOST_MISTAKES])
    return tuple(one for one, _ in rows if one)


def _inside(folder: Path, name: str) -> bool:
    """Whether the file is there and no link leads out of the folder."""
    path = folder / name
    return path.exists() and path.resolve().is_relative_to(folder.resolve())


def _rows(text: str) -> Iterator[tuple[LabelledFile | None, str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        missing = [name for name in NEEDED if name not in header]
        if missing:
            yield None, f"{LABELS}:1: the columns {', '.join(missing)} are missing; needed are {', '.join(NEEDED)}"
            return
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                yield None, f"{LABELS}:{reader.line_num}: {len(cells)} values for {len(header)} columns"
                continue
            yield _row(dict(zip(header, cells, strict=True)), reader.line_num)
    except csv.Error as error:
        yield None, f"{LABELS}:{reader.line_num}: {error}"


def _row(cells: dict[str, str], line: int) -> tuple[LabelledFile | None, str]:
    problem = _problem(cells)
    if problem:
        return None, f"{LABELS}:{line}: {problem}"
    kinds = tuple(cells["mechanisms"].split())
    return LabelledFile(
        cells["file"], cells["label"], kinds, cells["platform"], cells["half"], cells.get("subject", "")
    ), ""


def _problem(cells: dict[str, str]) -> str:
    """What is wrong with a line, empty when nothing is. A file outside the folder is never opened."""
    path = PurePosixPath(cells["file"])
    if not cells["file"] or "\0" in cells["file"] or path.is_absolute() or ".." in path.parts:
        return f"the file {cells['file']!r} is no path inside the folder"
    if cells["label"] not in {HONEST, STALKERWARE_LIKE}:
        return f"the label {cells['label']!r} is neither {HONEST} nor {STALKERWARE_LIKE}"
    if cells["platform"] not in PLATFORMS["any"]:
        return f"the platform {cells['platform']!r} is none of {', '.join(PLATFORMS['any'])}"
    if cells["half"] not in HALVES:
        return f"the half {cells['half']!r} is none of {', '.join(HALVES)}"
    return ""


def _doubles(rows: list[LabelledFile]) -> list[str]:
    seen: set[tuple[str, str]] = set()
    problems = []
    for one in rows:
        if (one.file, one.subject) in seen:
            problems.append(f"{LABELS}: {one.file} stands there twice")
        seen.add((one.file, one.subject))
    return problems
