"""A small encrypted backup has as many rounds of key derivation as a large one, and is read all the same."""

from pathlib import Path

from luciole.cli.takings import Reading, results_of
from luciole.simulate.devices.ios import write
from luciole.simulate.devices.ios.description import App, IosDescription

PASSWORD = "a long phrase"  # noqa: S105 - of a simulated backup
ROUNDS = 3_000_000


def test_opening_the_keys_of_a_small_backup_is_not_taken_for_an_attack(tmp_path: Path) -> None:
    described = IosDescription(apps=(App("org.example.a"),), password=PASSWORD, rounds=ROUNDS)
    path = write.write_backup(described, tmp_path / "backup")
    (result,) = results_of([path], Reading(password=PASSWORD))
    assert result.unreadable == ()
    assert "org.example.a" in {one.subject.identity for one in result.assessments}
