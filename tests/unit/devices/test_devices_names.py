"""Known names are found anywhere in a text, whole words only, with their line and how often."""

from collections.abc import Iterable

import pytest

from luciole.devices.names import PIECE, Kind, Names

SHA = "ab" * 32


class Looking:
    """A watch over fixed names that also remembers what it was asked."""

    def __init__(self, **known: set[str]) -> None:
        self.names = known
        self.asked: dict[str, list[str]] = {}

    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        values = list(values)
        self.asked.setdefault(kind, []).extend(values)
        return set(values) & self.names.get(kind, set())


def found(text: str, **known: set[str]) -> list[tuple[str, str, int, int]]:
    names = Names(Looking(**known))
    names.scan(text.encode(), "text", "part", 100)
    return [(each.kind, each.value, each.line, each.times) for each in names.found]


APP = {"package": {"org.example.spy"}}


@pytest.mark.parametrize(
    "text",
    [
        "org.example.spy",
        "a=org.example.spy/.Service",
        "org.example.spy:remote",
        "/data/app/~~x==/org.example.spy-abc==/base.apk",
        "/data/data/org.example.spy/shared_prefs/org.example.spy_preferences.xml",
        "apks/org.example.spy.apk",
        '{"name": "org.example.spy"}',
        "org.example.spy$Inner",
        "Ends with org.example.spy.",
        "org.example.spy-1.apk",
        "org.example.spy_v1.2.apk",
        "org.example.spy_config.en.apk",
        '{"text": "first\\norg.example.spy"}',
        "u=x%3Dorg.example.spy%26y",
    ],
)
def test_an_app_is_found_wherever_it_stands(text: str) -> None:
    kinds = {(kind, value, line) for kind, value, line, _ in found(f"first\n{text}\n", **APP)}
    assert kinds == {("package", "org.example.spy", 101)}


@pytest.mark.parametrize(
    "text", ["org.example.spy2", "xorg.example.spy", "org.example.spy.lite", "org.example.spyware"]
)
def test_a_longer_name_is_another_name(text: str) -> None:
    assert found(text, **APP) == []


def test_hosts_come_whole_and_in_lower_case() -> None:
    assert found("GET https://Api.Spy.Example/x\n", host={"api.spy.example"}) == [("host", "api.spy.example", 100, 1)]


def test_a_class_name_is_no_host_unless_an_address_holds_it() -> None:
    assert found("at com.family.app.Main", host={"com.family.app.main"}) == []
    assert found("https://com.family.app/", host={"com.family.app"}) == [("host", "com.family.app", 100, 1)]


def test_addresses_of_four_numbers_are_hosts_and_other_numbers_are_not() -> None:
    watch = Looking(host={"192.0.2.7"})
    names = Names(watch)
    names.scan(b"to 192.0.2.7:443 after 12.345 s\n", "text")
    assert [each.value for each in names.found] == ["192.0.2.7"]
    assert "12.345" not in watch.asked["host"]


def test_digests_in_either_case_as_file_or_certificate() -> None:
    assert found(SHA.upper(), digest={SHA}) == [("digest", SHA, 100, 1)]
    assert found(SHA, certificate={SHA}) == [("certificate", SHA, 100, 1)]


def test_how_often_is_counted_and_the_first_line_kept() -> None:
    text = "x\n" * 5 + "org.example.spy org.example.spy\n" + "org.example.spy\n"
    assert found(text, **APP) == [("package", "org.example.spy", 105, 3)]


def test_lines_are_right_beyond_one_piece() -> None:
    text = "0123456789 filler line\n" * (PIECE // 10) + "org.example.spy\n"
    assert found(text, **APP) == [("package", "org.example.spy", 99 + text.count("\n"), 1)]


def test_each_new_word_is_asked_once() -> None:
    watch = Looking()
    names = Names(watch)
    for _ in range(3):
        names.scan(b"org.example.spy\n", "text")
    assert watch.asked["package"] == ["org.example.spy"]
