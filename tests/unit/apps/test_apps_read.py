"""What an app file is, is decided by its content; anything else is said to be something else."""

import pytest

from luciole.apps.read import read_app
from luciole.kernel.errors import NotThisKind, ParseError
from made_zip import Member, make_zip


@pytest.mark.parametrize(
    "data",
    [
        b"a letter to a friend\n",
        b"Packages:\n  Package [org.example.app] (1a2b3c):\n    userId=10100\n",
        b"\x1f\x8b\x08\0\0\0\0\0",
        b"\0",
        b"P",
        b"%PDF-1.7\n" + b"x" * 70_000,
    ],
)
def test_what_does_not_begin_like_an_archive_is_no_kind_and_the_kinds_are_named(data: bytes) -> None:
    with pytest.raises(NotThisKind, match="no kind of file that Luciole reads") as refused:
        read_app(data, "p.txt")
    for kind in (".apk", "androidqf", "bug reports", "dumpsys", "backups"):
        assert kind in refused.value.remedy


@pytest.mark.parametrize("data", [b"PK\3\4", b"PK\3\4" + b"x" * 500, make_zip([Member(b"a", b"b" * 99)])[:60]])
def test_an_archive_that_was_cut_off_stays_a_damaged_archive(data: bytes) -> None:
    with pytest.raises(ParseError, match="not a ZIP archive"):
        read_app(data, "cut.apk")


def test_an_archive_behind_other_bytes_is_still_an_archive() -> None:
    with pytest.raises(NotThisKind, match="not an Android app"):
        read_app(b"#!/bin/sh\n" + make_zip([Member(b"a", b"b")]), "shell.apk")
