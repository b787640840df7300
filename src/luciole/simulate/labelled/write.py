"""Writes the labelled set into a folder: evidence files, and labels.csv that says what each one is."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from luciole.kernel.canon import digest
from luciole.kernel.errors import UsageError
from luciole.simulate.apps.build import build_apk, build_split_set
from luciole.simulate.apps.write import write_files
from luciole.simulate.devices.write import write_zip
from luciole.simulate.labelled.elsewhere import ElsewhereCase, elsewhere_cases
from luciole.simulate.labelled.model import Case, cases
from luciole.simulate.labelled.phones import PhoneCase, device_of, phone_cases

LABELS = "labels.csv"
EVERY_APP = "apps"
"""On a phone with an honest app every app is honest, so the gravest verdict of any of them counts."""
COLUMNS = ("file", "label", "mechanisms", "platform", "half", "subject", "description")


class LabelRow(NamedTuple):
    """One line of labels.csv. file: relative to the folder; subject: whose verdict counts, empty for any;
    description: SHA-256 of what the evidence was made from, as evidence may hold the time of its making."""  # noqa: D205, D209 - a list of fields follows the sentence

    file: str
    label: str
    mechanisms: str
    platform: str
    half: str
    subject: str
    description: str


Labelled = Case | PhoneCase | ElsewhereCase


def write_labelled(folder: Path, chosen: Sequence[Labelled] | None = None) -> Path:
    """Writes the evidence of `chosen` cases, or of the whole set, into `folder`; returns the path of labels.csv.

    Raises UsageError when the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty.", remedy="Name a folder that does not exist yet.")
    folder.mkdir(parents=True, exist_ok=True)
    everything: Iterable[Labelled] = whole_set() if chosen is None else chosen
    rows = [_write(folder, case) for case in everything]
    target = folder / LABELS
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return target


def whole_set() -> Iterator[Labelled]:
    """Every labelled case: app files first, then phones, then everything beyond Android."""
    yield from cases()
    yield from phone_cases()
    yield from elsewhere_cases()


def _write(folder: Path, case: Labelled) -> LabelRow:
    if isinstance(case, PhoneCase):
        return _write_phone(folder, case)
    if isinstance(case, ElsewhereCase):
        return LabelRow(
            case.write(folder), case.label, " ".join(case.kinds), case.platform, case.half, case.subject, digest(case)
        )
    place = "apps"
    if case.app.splits:
        name = f"{place}/{case.id}"
        write_files(folder / name, build_split_set(case.app))
    else:
        name = f"{place}/{case.id}.apk"
        write_files(folder / place, {f"{case.id}.apk": build_apk(case.app)})
    return LabelRow(name, case.label, " ".join(case.kinds), "android", case.half, case.app.package, digest(case))


def _write_phone(folder: Path, case: PhoneCase) -> LabelRow:
    name = f"phones/{case.id}.zip"
    (folder / "phones").mkdir(exist_ok=True)
    write_zip(device_of(case), folder / name)
    subject = EVERY_APP if case.label == "honest" else case.case.app.package
    return LabelRow(name, case.label, " ".join(case.kinds), "android", case.half, subject, digest(case))
