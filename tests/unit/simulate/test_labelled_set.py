"""The labelled set is large, spread over the mechanisms, varied, and divided for ever."""

import itertools
from collections import Counter
from pathlib import Path

import pytest

from luciole.kernel.canon import canonical_json
from luciole.kernel.errors import UsageError
from luciole.simulate.apps.description import AppDescription
from luciole.simulate.labelled import model
from luciole.simulate.labelled.elsewhere import elsewhere_cases
from luciole.simulate.labelled.model import Case, cases, features, half_of
from luciole.simulate.labelled.phones import phone_cases, shows_icon
from luciole.simulate.labelled.write import Labelled, whole_set, write_labelled

BAD = [one for one in cases() if one.label == "stalkerware-like" and not one.afterwards]
HONEST = [one for one in cases() if one.label == "honest" and not one.afterwards]
MECHANISMS = {
    "accessibility-capture", "app-usage", "blank-name", "browsing", "call-log", "call-recording", "camera",
    "child-control-brand", "contacts", "device-admin", "dialler-code", "dropper", "file-tricks", "files",
    "hiding-words", "icon-alias", "icon-hidden", "indicators-off", "invisible-screen", "key-logging", "keyboard",
    "location", "marketing", "messenger-capture", "microphone", "no-launcher", "no-notification",
    "notification-listener", "old-target", "ordinary-name", "other-language", "out-of-recents", "packed",
    "panel-account", "persistence", "play-protect", "plug-in", "push-commands", "remote-functions", "root",
    "screen", "self-removal", "settings-guard", "sms-commands", "sms-hidden", "split", "system-pose",
    "text-messages", "unusual-signature", "vpn", "watch",
}  # fmt: skip
HARD = {
    "parental-control", "device-management", "anti-theft", "launcher", "keyboard", "password-manager", "automation",
    "remote-support", "screen-recorder", "backup", "call-recorder", "antivirus", "accessibility-tool", "messenger",
    "fitness", "watch-companion", "car", "smart-home", "telephone", "gallery", "bank", "game", "browser", "vpn",
    "e-mail", "office", "camera", "maps", "vendor-app", "free-tool",
}  # fmt: skip
LEAST_DIFFERENT, LEAST_SHARE = 2, 0.15
"""By how many statements, and by which share of all their statements, two cases of one label differ at least."""


def test_there_are_as_many_as_are_needed() -> None:
    assert len(BAD) >= 150
    assert len(HONEST) >= 300
    assert Counter(one.label for one in phone_cases()) == {"stalkerware-like": 48, "honest": 86}
    assert Counter(one.label for one in cases() if one.afterwards) == {"stalkerware-like": 22, "honest": 22}


def test_every_mechanism_and_every_hard_kind_is_there_more_than_once() -> None:
    mechanisms = Counter(kind for one in BAD for kind in one.kinds)
    assert {name for name, count in mechanisms.items() if count >= 2} >= MECHANISMS
    kinds = Counter(kind for one in HONEST for kind in one.kinds)
    assert {name for name, count in kinds.items() if count >= 5} >= HARD


def test_no_case_is_another_one_under_a_new_name() -> None:
    close = []
    said = {one.id: features(one.app) for one in cases()}
    for first, second in itertools.combinations(cases(), 2):
        different, all_of_both = said[first.id] ^ said[second.id], said[first.id] | said[second.id]
        if len(different) < LEAST_DIFFERENT or len(different) / len(all_of_both) < LEAST_SHARE:
            close.append((first.id, second.id))
    assert close == []


def test_a_new_name_and_a_new_signer_alone_are_no_difference() -> None:
    one = AppDescription("org.example.one", label="One", permissions=("INTERNET",), key="ec:one")
    other = AppDescription("org.example.other", label="Other", permissions=("INTERNET",), key="ec:other")
    assert features(one) == features(other)


def test_what_lies_beyond_android_is_counted_and_each_is_something_else() -> None:
    found = Counter((one.platform, one.label) for one in elsewhere_cases())
    assert {platform for platform, _ in found} == {"ios", "windows", "macos", "linux", "network"}
    assert min(found.values()) >= 5
    described = Counter(canonical_json(one.described) for one in elsewhere_cases())
    assert set(described.values()) == {1}


def test_what_was_written_later_belongs_to_no_half() -> None:
    later = [one for one in elsewhere_cases() if one.later]
    assert {one.half for one in later} == {"later"}
    assert {one.half for one in elsewhere_cases() if not one.later} == {"development", "test"}
    found = Counter(one.label for one in later)
    assert min(found["stalkerware-like"], found["honest"]) >= 60


def test_every_case_has_a_name_of_its_own() -> None:
    names = Counter(one.id for one in whole_set())
    assert set(names.values()) == {1}


def test_nobody_shares_a_package_or_a_signer() -> None:
    packages = [one.app.package for one in cases()]
    assert len(set(packages)) == len(packages)
    assert max(Counter(one.app.key for one in cases() if one.app.key.startswith("ec:")).values()) == 1


def test_the_halves_are_what_they_were() -> None:
    """Fixed examples: whoever changes the rule of the split mixes what was tuned on with what is published."""
    assert [half_of(name) for name in ("a", "b", "c", "d", "full-classic", "messenger-large")] == [
        "test", "test", "test", "test", "test", "development",
    ]  # fmt: skip


def test_both_halves_hold_a_fair_share_and_a_phone_follows_its_app() -> None:
    for side in (BAD, HONEST):
        development = sum(one.half == "development" for one in side)
        assert 0.4 < development / len(side) < 0.6
    assert all(one.half == one.case.half for one in phone_cases())
    assert {one.half for one in cases() if one.afterwards} == {"afterwards"}


@pytest.mark.parametrize(
    ("name", "shown"), [("messenger-large", True), ("icon-switch-visible", True), ("place-icon-off", False),
                        ("place-no-launcher", False), ("launcher-simple", True), ("camera-tv", False)]
)  # fmt: skip
def test_whether_an_icon_is_shown_is_told_from_the_description(name: str, shown: bool) -> None:  # noqa: FBT001
    (case,) = [one for one in cases() if one.id == name]
    assert shows_icon(case.app) is shown


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_set_is_written_twice(tmp_path: Path) -> None:
    split = next(one for one in BAD if one.app.splits)
    forms = {type(one.described): one for one in elsewhere_cases()}
    chosen: list[Labelled] = [*BAD[:3], split, phone_cases()[0], *forms.values()]
    for name in ("first", "second"):
        write_labelled(tmp_path / name, chosen)
    first, second = (files_of(tmp_path / name) for name in ("first", "second"))
    assert first.keys() == second.keys()
    changed = [name for name, data in first.items() if second[name] != data]
    assert all(name.startswith(("computers/", "iphones/")) for name in changed), "only these hold when they were made"
    assert len(first) >= 10


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(UsageError, match="not empty"):
        write_labelled(tmp_path, [])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_look_of_a_case_adds_mechanisms() -> None:
    found: dict[str, Case] = {one.id: one for one in BAD}
    assert "blank-name" in found["blank-name-dot"].kinds
    assert "other-language" in found["russian-full"].kinds
    assert "split" in found["split-texts"].kinds


def test_what_was_done_with_the_set_is_written_down() -> None:
    assert all(isinstance(line, str) and line for line in model.history())
