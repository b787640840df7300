"""Digests of code files come when they are asked for, and their absence is said; class names are cut in runs."""

import hashlib

import pytest

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.clusters import LIBRARIES, own_classes
from luciole.apps.apk.dex import read_dex
from luciole.apps.options import PLAIN, AppOptions
from luciole.apps.read import read_app
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import State
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.description import AppDescription
from luciole.simulate.apps.dex import write_dex
from shared_data import require


def read(data: bytes, options: AppOptions) -> FactSet:
    return read_app(data, "app.apk", options).subjects[0]


@pytest.mark.parametrize("options", [AppOptions(code_digests=True), AppOptions(thorough=True)])
def test_asked_for_each_code_file_has_its_digest(options: AppOptions) -> None:
    data = build_apk(AppDescription(package="org.example.inert.digests", strings=("one", "two"), dex_files=2))
    archive = Archive.open(data)
    true = {name: hashlib.sha256(archive.read(name.encode())).hexdigest() for name in ("classes.dex", "classes2.dex")}
    facts = read(data, options)
    assert {fact.attributes["member"]: fact.value for fact in facts.facts if fact.name == "code.dex"} == true
    assert not any("digests" in line.detail for line in facts.coverage if line.area == "code")


def test_not_asked_for_the_counts_stay_and_the_coverage_says_so() -> None:
    data = build_apk(AppDescription(package="org.example.inert.digests", strings=("one",)))
    asked, plain = read(data, AppOptions(code_digests=True)), read(data, PLAIN)
    (with_digest,) = [fact for fact in asked.facts if fact.name == "code.dex"]
    (without,) = [fact for fact in plain.facts if fact.name == "code.dex"]
    assert without.value == ""
    assert without.attributes == with_digest.attributes
    (line,) = [line for line in plain.coverage if line.area == "code"]
    assert line.state is State.EXAMINED
    assert "digests of the code files were not asked for" in line.detail


def true_names(data: bytes) -> set[bytes]:
    """Names of the defined classes outside libraries, each decoded alone."""
    (dex,) = read_dex(data, "classes.dex", [])
    names = {dex.type_raw(kind)[1:-1] for kind in dex.classes.tolist()}
    return {name for name in names if not _two_labels(name).startswith(LIBRARIES)}


def _two_labels(name: bytes) -> bytes:
    return b"".join(label + b"/" for label in name.split(b"/")[:-1][:2])


def test_own_classes_are_those_outside_libraries() -> None:
    names = [
        "a.B", "Main", "okio.Buffer", "com.google.Thing", "com.googlecode.Thing", "kotlin.Unit", "kotlinz.Own",
        "org.example.inert.first.One", "org.example.inert.first.Other", "uk.co.senab.Photo", "com.github.x.Y",
    ]  # fmt: skip
    data = write_dex(names)
    (dex,) = read_dex(data, "classes.dex", [])
    assert {name for name in own_classes(dex) if name.count(b"/") > 1} == {
        name for name in true_names(data) if name.count(b"/") > 1
    }
    assert b"com/googlecode/Thing" in own_classes(dex)
    assert b"com/google/Thing" not in own_classes(dex)


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["InsecureBankv2.apk", "STFService.apk", "XposedInstaller_3.1.5.apk"])
def test_own_classes_of_real_apps_are_those_decoded_one_by_one(name: str) -> None:
    data = Archive.open(require(f"corpus-apk/{name}").read_bytes()).read(b"classes.dex")
    (dex,) = read_dex(data, "classes.dex", [])
    assert {one for one in own_classes(dex) if b"/" in one} == {one for one in true_names(data) if b"/" in one}
