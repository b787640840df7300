"""Values have one form, typed by what they are."""

from __future__ import annotations

import re

import pytest

from luciole.intel import values
from luciole.kernel.errors import ParseError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Example.COM.", ("host", "example.com")),
        ("bücher.example", ("host", "xn--bcher-kva.example")),
        ("192.0.2.7", ("ipv4", "192.0.2.7")),
        ("HTTPS://GitHub.com:443/karma9874/AndroRAT#top", ("url", "https://github.com/karma9874/AndroRAT")),
        ("http://user:word@host.example/A?b=C", ("url", "http://host.example/A?b=C")),
        ("http://192.0.2.7:8080", ("url", "http://192.0.2.7:8080/")),
        ("dl.example/App.apk", ("url", "http://dl.example/App.apk")),
    ],
)
def test_a_network_value_is_typed_by_itself(text: str, expected: tuple[str, str]) -> None:
    assert tuple(values.network(text)) == expected


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "1.2.3.4.5", "999.1.1.1", "a..b", "-a.example", "a b.example", "javascript://x.example/",
     "x" * 300, "http:///x", "http://a.example:99999999/",
     "exa\u0000mple.com", "\ud800.example", "http://a.example/a b"],
)  # fmt: skip
def test_what_is_no_network_value_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        values.network(text)


def test_app_ids_keep_their_case_and_need_two_parts() -> None:
    assert values.package("app.EasyLogger") != values.package("app.Easylogger")
    for wrong in ("single", "1a.b", "a.b-c", "a..b", "", "a." * 200 + "b"):
        with pytest.raises(ParseError):
            values.package(wrong)


@pytest.mark.parametrize(("length", "kind"), [(32, "md5"), (40, "sha1"), (64, "sha256")])
def test_digests_are_typed_by_their_length(length: int, kind: str) -> None:
    assert values.digest("AB" * (length // 2)) == (kind, "ab" * (length // 2))
    assert values.digest(":".join(["ab"] * (length // 2))).type == kind
    with pytest.raises(ParseError):
        values.digest("g" * length)
    with pytest.raises(ParseError):
        values.normalise("sha256" if kind != "sha256" else "md5", "ab" * (length // 2))


def test_the_published_pattern_is_read_and_fits_what_it_should() -> None:
    text = r"^Kids\WSafety\W[0-9]{2}-[0-9]{2}-[0-9]{2,4}\W[0-9]{2}:[0-9]{2}:[0-9]{2}$"
    assert re.fullmatch(values.pattern(text), "Kids Safety 01-02-2023 04:05:06")
    assert not re.fullmatch(values.pattern(text), "Kids Safety 01-02-2023 04:05:06 and more")


@pytest.mark.parametrize(
    "text",
    ["(a+)+$", "a*", "a|b", "(?=x)", "a{0,99}b{0,99}c{0,99}", "", "^$", "[", "x{2,1}", "\\1", "[z-a]", "a{5}{5}"],
)
def test_patterns_that_could_run_away_or_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(ParseError):
        values.pattern(text)


def test_the_names_above_a_host_end_at_two_labels() -> None:
    assert values.parents("a.b.c.example") == ["b.c.example", "c.example"]
    assert values.parents("c.example") == []
