"""What looks like secret watching on a computer is a question for a person, and its honest twin is not.

The cases are those of the labelled set that were written later, which belong to neither half.
"""

from pathlib import Path

import pytest

from luciole.packs.engine import load_engine, without_index
from luciole.scale.evaluate import Answer, evaluate
from luciole.scale.settings import ReadSettings
from luciole.simulate.labelled.elsewhere import elsewhere_cases
from luciole.simulate.labelled.write import write_labelled

QUESTIONS = {
    "more-pc-run-key-appdata-signed": "computer-signed-and-out-of-sight",
    "more-pc-list-entry-hidden-signed": "computer-signed-and-out-of-sight",
    "later-pc-shell-hidden": "computer-command-of-somebody",
    "later-linux-screen-film": "computer-command-of-somebody",
    "later-pc-way-back": "computer-command-of-somebody",
    "later-pc-driver-unsigned": "computer-unsigned-among-system",
    "later-linux-module": "computer-unlisted-and-starts",
    "later-mac-system-part": "computer-unlisted-and-starts",
    "later-mac-listens-signed": "computer-listens-without-window",
    "later-pc-vnc": "computer-waits-for-somebody",
    "later-pc-extension-place": "computer-extension-forced",
    "more-exe-keys-other-names": "program-follows-keys",
    "more-mac-keys-plain": "program-follows-keys",
    "more-mac-accessibility": "program-reads-unnoticed",
    "later-exe-screen-to-hook": "program-reads-unnoticed",
    "later-exe-maker-name-starts": "program-with-the-name-of-a-maker",
    "later-exe-opens-computer": "program-lets-somebody-in",
    "later-msi-hidden-service": "program-installs-out-of-sight",
}
"""Stalkerware-like case → the rule that asks."""
TWINS = (
    "later-pc-google-updater", "later-pc-graphics-hidden-entry", "later-pc-cleaning-shell", "later-linux-music",
    "later-pc-key-agent", "later-pc-sound-driver", "later-linux-graphics", "later-mac-shield-part", "later-mac-chat",
    "later-pc-help-tool", "later-pc-mail-helper", "later-exe-game", "later-macho-hot", "later-macho-tiles",
    "later-exe-webhook", "later-exe-admin-tool", "later-msi-runtime", "later-pc-protection-platform",
)  # fmt: skip
"""Honest cases that share the mechanism of one above."""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    folder = tmp_path_factory.mktemp("questions") / "set"
    write_labelled(folder, [one for one in elsewhere_cases() if one.later and one.id in {*QUESTIONS, *TWINS}])
    settings = ReadSettings(now="2026-01-01T00:00:00+00:00")
    _, found = evaluate(folder, without_index(load_engine()), settings, halves=("later",))
    return {Path(one.row.file).stem: one for one in found}


@pytest.mark.parametrize("case", QUESTIONS)
def test_a_mechanism_of_secret_watching_is_a_question(case: str, answers: dict[str, Answer]) -> None:
    assert (answers[case].verdict, answers[case].rule) == ("needs-a-person", QUESTIONS[case])


@pytest.mark.parametrize("case", TWINS)
def test_its_honest_twin_is_none(case: str, answers: dict[str, Answer]) -> None:
    assert answers[case].verdict in {"nothing-seen", "dual-use"}
