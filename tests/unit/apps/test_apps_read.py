"""One app file or set to facts: what is missing is said, and a part that fails does not hide the others."""

import pytest

from luciole.apps.read import read_app, read_app_set
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.outcome import State
from luciole.kernel.reading import Reading
from luciole.simulate.apps.build import build_apk, build_container, build_split_set

APP = {
    "package": "org.example.inert.parts",
    "label": "Parts",
    "permissions": ["CAMERA"],
    "splits_required": True,
    "splits": {"config.ar": {}, "extra": {"permissions": ["READ_CONTACTS"]}},
}


def areas(reading: Reading) -> dict[str, State]:
    return {line.area: line.state for line in reading.subjects[0].coverage}


def values(reading: Reading, name: str) -> set[object]:
    return {fact.value for fact in reading.subjects[0].facts if fact.name == name}


def test_a_base_that_needs_other_parts_says_that_they_were_not_handed_in() -> None:
    reading = read_app(build_split_set(APP)["base.apk"], "base.apk")
    assert areas(reading)["splits"] is State.PARTIAL
    assert values(reading, "file.part_missing")


def test_a_split_alone_says_that_its_base_is_missing() -> None:
    (name,) = [name for name in build_split_set(APP) if "extra" in name]
    reading = read_app(build_split_set(APP)[name], name)
    assert values(reading, "file.part_missing") == {"base"}


def test_an_ordinary_app_misses_nothing() -> None:
    reading = read_app(build_apk({"package": "org.example.inert.whole"}), "whole.apk")
    assert "splits" not in areas(reading)


@pytest.mark.parametrize("kind", ["xapk", "apks", "apkm"])
def test_a_container_and_the_loose_parts_are_the_same_app(kind: str) -> None:
    parts = build_split_set(APP)
    inside = read_app(build_container(parts, kind), f"app.{kind}")  # type: ignore[arg-type] # checked at run time
    loose = read_app_set(list(parts.items()), "app")
    for reading in (inside, loose):
        assert len(reading.subjects) == 1
        assert {"android.permission.CAMERA", "android.permission.READ_CONTACTS"} <= values(
            reading, "permission.requested"
        )
    assert values(inside, "file.part") == values(loose, "file.part")


@pytest.mark.parametrize("data", [b"", b"a letter", b"\x7fELF" + bytes(100), b"dex\n035\0" + bytes(200)])
def test_what_is_no_app_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises((NotThisKind, ParseError)) as caught:
        read_app(data, "file")
    assert str(caught.value)


def test_without_a_manifest_the_code_is_still_read() -> None:
    whole = build_apk({"package": "org.example.inert.bare", "strings": ["https://collect.example.invalid/v1"]})
    hidden = whole.replace(b"AndroidManifest.xml", b"AndroidManifest.xmm")
    reading = read_app(hidden, "bare.apk")
    assert areas(reading)["manifest"] is State.NOT_LOOKED_AT
    assert values(reading, "code.host") == {"collect.example.invalid"}
    assert reading.subjects[0].subject.identity == reading.evidence.sha256
