"""The questions `luciole doctor` asks of this installation."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Literal

import msgspec

from luciole import __version__
from luciole.apps.isolation import Worker
from luciole.criteria.compiled import from_bytes
from luciole.guidance import languages
from luciole.kernel.errors import LucioleError
from luciole.packs.builtin import compiled_catalogue
from luciole.packs.store import Store

OPTIONAL = {
    "libarchive": "cabinets and packages of macOS are opened: pip install 'luciole[installers]'",
    "pyarrow": "triage writes Parquet: pip install 'luciole[parquet]'",
    "ssdeep": "check --ssdeep: pip install 'luciole[ssdeep]'",
    "weasyprint": "reports as PDF: pip install 'luciole[pdf]'",
}

DISTRIBUTIONS = {"libarchive": "libarchive-c", "ssdeep": "ssdeep-wheel"}
"""Names under which modules are installed, where they differ."""


class Line(msgspec.Struct, frozen=True):
    """One answer. state: ok, missing (something optional) or broken; remedy: what to do, may be empty."""

    name: str
    state: Literal["ok", "missing", "broken"]
    detail: str
    remedy: str = ""


def diagnose() -> list[Line]:
    """Every answer, the important ones first."""
    return [_python(), _catalogue(), _children(), *_indicators(), _languages(), *_optional(), _fonts()]


def _python() -> Line:
    detail = f"Luciole {__version__}, Python {platform.python_version()}, {sys.platform}"
    return Line("program", "ok", detail)


def _catalogue() -> Line:
    try:
        known = from_bytes(compiled_catalogue())
    except (LucioleError, OSError) as error:
        return Line("criteria", "broken", str(error), "Install Luciole again.")
    return Line("criteria", "ok", f"{len(known.catalogue.criteria)} criteria, policy version {known.policy.version}")


def _children() -> Line:
    """Whether files can be read in a child process with limits, as every check does."""
    if not hasattr(os, "fork"):
        return Line("isolation", "broken", "this system cannot start child processes with limits", "Use Linux.")
    try:
        with Worker(bytes.upper) as worker:
            answered = worker.ask(b"ok", 2) == b"OK"
    except LucioleError as error:
        return Line("isolation", "broken", str(error), "Raise the limits of this account (ulimit -d, ulimit -u).")
    return Line("isolation", "ok" if answered else "broken", "files are read in a child process with limits")


def _indicators() -> Iterator[Line]:
    store = Store()
    try:
        index = store.index()
        if index is None:
            detail = f"no list of known apps is installed in {store.folder}"
            yield Line("indicators", "missing", detail, "luciole intel import PATH")
            return
        index.verify()
    except LucioleError as error:
        yield Line("indicators", "broken", error.message, error.remedy)
        return
    yield Line("indicators", "ok", f"{index.families} families, {index.indicators} indicators in {store.folder}")


def _languages() -> Line:
    return Line("languages", "ok", ", ".join(languages.offered()))


def _optional() -> Iterator[Line]:
    for name, purpose in OPTIONAL.items():
        if importlib.util.find_spec(name) is None:
            yield Line(name, "missing", "optional", purpose)
        else:
            yield Line(name, "ok", importlib.metadata.version(DISTRIBUTIONS.get(name, name)))


FONTCONFIG = "fc-list"
ARABIC = "ar"


def _fonts() -> Line:
    """Whether this computer has letters for every language of a PDF, which uses the fonts of the system."""
    program = shutil.which(FONTCONFIG)
    if program is None:
        detail = f"cannot tell which fonts there are: {FONTCONFIG} is missing"
        return Line("fonts", "missing", detail, "Install fontconfig.")
    found = subprocess.run(  # noqa: S603 - a program of the system, with words of our own
        [program, f":lang={ARABIC}", "family"], capture_output=True, text=True, check=False, timeout=30
    ).stdout
    families = sorted({line.partition(",")[0].strip() for line in found.splitlines() if line.strip()})
    if not families:
        return Line(
            "fonts", "missing", "no font has Arabic letters: a PDF in Arabic would show empty boxes",
            "Install a font such as fonts-noto-core or fonts-dejavu.",
        )  # fmt: skip
    return Line("fonts", "ok", f"Arabic letters in {len(families)} fonts, such as {families[0]}")
