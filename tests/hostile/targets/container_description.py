"""Fuzz target: any bytes as the description inside an XAPK or APKM; what the app is never depends on it."""

import io
import zipfile
from functools import cache

from luciole.apps.apk.archive import Archive
from luciole.apps.bundle import open_set
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS

PACKAGE = DEMONSTRATIONS["notes"].package


@cache
def app() -> bytes:
    """The one app file of every container."""
    return build_apk(DEMONSTRATIONS["notes"])


def container(name: str, description: bytes) -> bytes:
    """The app file and its description, as one file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("base.apk", app())
        archive.writestr(name, description)
    return made.getvalue()


def target(data: bytes) -> None:
    """Opens containers of both kinds; the app inside is found whatever the description says."""
    for name, kind in (("manifest.json", "xapk"), ("info.json", "apkm")):
        found = open_set(Archive.open(container(name, data)))
        assert found.kind == kind
        assert [part.package for part in found.parts] == [PACKAGE]
        assert {one.id for one in found.anomalies} <= {"bundle.description-unreadable", "bundle.description-differs"}
