"""Joins what an app file says with what the device it was taken from says about the same app."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from luciole.kernel.facts import FactSet
from luciole.kernel.reading import Reading


def attach(device: Reading, files: Iterable[Reading]) -> Reading:
    """The device's reading with the facts of its app files joined to the apps they belong to.

    A file joins every user's app of the same package; one that belongs to no listed app stays a subject of its own.
    """
    apps: dict[str, list[int]] = {}
    subjects = list(device.subjects)
    for number, facts in enumerate(subjects):
        if facts.subject.kind == "app":
            apps.setdefault(facts.subject.identity, []).append(number)
    for reading in files:
        for facts in reading.subjects:
            numbers = apps.get(facts.subject.identity, [])
            for number in numbers:
                subjects[number] = join(subjects[number], facts)
            if not numbers:
                subjects.append(facts)
    return msgspec.structs.replace(device, subjects=tuple(subjects))


def join(app: FactSet, file: FactSet) -> FactSet:
    """One app's facts from the device, followed by those of its file. The label of the file is the app's label."""
    subject = msgspec.structs.replace(app.subject, label=app.subject.label or file.subject.label)
    return FactSet(subject, app.facts + file.facts, app.coverage + file.coverage)
