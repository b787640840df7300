"""Results of every kind for the tests of what people are shown: one of each verdict, one unreadable, one in part."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import get_args

import msgspec

from luciole.assess.assess import Engine
from luciole.assess.document import Result, VerdictCode
from luciole.cli.demonstration import demonstration_engine
from luciole.kernel.outcome import State
from luciole.report.json import render
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.ios import write as ios
from luciole.simulate.devices.ios.demonstration import demonstration as iphone
from luciole.simulate.devices.write import write_bugreport, write_zip

WHEN = "2026-01-02T03:04:05+00:00"
VERDICTS: tuple[VerdictCode, ...] = get_args(VerdictCode)


def result_of(*paths: Path) -> Result:
    """What a check of these paths says, with the made-up list of the demonstration."""
    return check(paths, engine(), ReadSettings(now=WHEN))


@functools.cache
def engine() -> Engine:
    """The criteria, the policy and the made-up list of the demonstration."""
    return demonstration_engine()


HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J.apk"
HOSTILE_LABEL = "<script src=https://names.example.invalid/a.js></script>{link}\u202egnp.exe"
UNREADABLE = ("cut.apk", "empty.apk", "unreadable.apk")


def names() -> list[str]:
    """Names of all results, without making them."""
    devices = ("phone", "bug report", "iphone", "diagnosis", "everything")
    return sorted([*DEMONSTRATIONS, *UNREADABLE, HOSTILE, "partial.apk", *devices])


@functools.cache
def results() -> dict[str, Result]:
    """Results by a short name: each demonstration app, a phone, a bug report, and files that cannot be read well."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        found: dict[str, Result] = {}
        for name, app in DEMONSTRATIONS.items():
            (folder / f"{name}.apk").write_bytes(build_apk(app))
            found[name] = result_of(folder / f"{name}.apk")
        for name, data in _odd_files().items():
            (folder / name).write_bytes(data)
            found[name] = result_of(folder / name)
        phone = write_zip(demonstration(), folder / "phone.zip")
        report = write_bugreport(demonstration(), folder / "bugreport.zip")
        found["phone"], found["bug report"] = result_of(phone), result_of(report)
        found["iphone"] = result_of(ios.write_backup_zip(iphone(), folder / "iphone.zip"))
        found["diagnosis"] = result_of(ios.write_sysdiagnose(iphone(), folder / "diagnosis.tar.gz"))
        found["everything"] = result_of(*sorted(folder.iterdir()))
        return found


def _odd_files() -> dict[str, bytes]:
    app = build_apk(DEMONSTRATIONS["notes"])
    hostile = msgspec.structs.replace(
        DEMONSTRATIONS["stalkerware-like"], label=HOSTILE_LABEL, strings=("https://names.example.invalid/<b>",)
    )
    without_table = build_apk(DEMONSTRATIONS["stalkerware-like"]).replace(b"resources.arsc", b"resources.arsx")
    return {
        HOSTILE: build_apk(hostile),
        "unreadable.apk": b"this is no app",
        "empty.apk": b"",
        "cut.apk": app[: len(app) // 2],
        "partial.apk": without_table,
    }


def verdicts(result: Result) -> set[str]:
    """The verdicts about apps in a result."""
    return {one.verdict.code for one in result.assessments if one.subject.kind == "app"}


def open_areas(result: Result) -> set[str]:
    """Areas that were not, or not completely, looked at, for whatever reason."""
    lines = [*result.coverage, *(line for one in result.assessments for line in one.coverage)]
    return {line.area for line in lines if line.state is not State.EXAMINED}


def as_plain(result: Result) -> object:
    """The saved document as JSON values."""
    return json.loads(render(result))
