"""`luciole evaluate` from labelled files to the page of the reference, on a small fixed sample."""

import json
from pathlib import Path

import pytest

from luciole.cli import exit_codes
from luciole.cli.main import run
from luciole.criteria.compiled import from_bytes
from luciole.kernel.canon import digest, sha256
from luciole.packs.builtin import compiled_catalogue
from luciole.simulate.labelled.write import whole_set, write_labelled

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "error-rates.md"
SAMPLE = {
    "full-no-launcher", "child-brand-full", "split-panel", "keyboard-and-admin", "packed-hidden", "vpn-and-usage",
    "messenger-large", "parental-full", "bank-protected", "automation-clicker", "keyboard-swipe", "watch-plugin-small",
    "full-no-launcher-on-a-phone", "messenger-large-on-a-phone", "linux-cron", "ios-enterprise-watcher", "net-mail",
}  # fmt: skip
"""Of the development half alone: the test half is looked at only when the whole set is evaluated."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    known = [one for one in whole_set() if one.id in SAMPLE and one.half == "development"]
    write_labelled(folder, known)
    return folder


def test_the_sample_is_judged_as_labelled(sample: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["evaluate", str(sample), "--json"]) == exit_codes.NOTHING_SEEN
    (figures,) = json.loads(capfdbinary.readouterr().out)["halves"]
    assert figures["half"] == "development"
    assert figures["stalkerware_like"] + figures["honest"] == len((sample / "labels.csv").read_text().splitlines()) - 1
    assert figures["stalkerware_like"] >= 3
    assert figures["honest"] >= 3
    assert {one["name"] for one in figures["evidence"]} >= {"app-file", "androidqf"}
    assert all({"count", "of", "low", "high"} == set(bar["rate"]) for bar in figures["bars"])


def test_each_share_is_printed_with_its_interval(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["evaluate", str(sample), "--quiet"])
    shares = [line for line in capsys.readouterr().out.splitlines() if " % " in line and "At " not in line]
    assert len(shares) > 20
    assert all("(" in line and " to " in line for line in shares)


def test_a_wrong_answer_fails_the_command_and_can_be_listed(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = sample / "labels.csv"
    kept = labels.read_text()
    try:
        labels.write_text(kept.replace(",honest,", ",stalkerware-like,"))
        assert run(["evaluate", str(sample), "--quiet", "--names"]) == exit_codes.FOUND
    finally:
        labels.write_text(kept)
    assert "missed\tapps/" in capsys.readouterr().err


def test_a_labels_file_with_a_mistake_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "labels.csv").write_text("file,label,mechanisms,platform,half\na.apk,guilty,x,android,test\n")
    assert run(["evaluate", str(tmp_path)]) == exit_codes.COULD_NOT_LOOK
    assert "labels.csv:2: the label 'guilty'" in capsys.readouterr().err


def test_errors_of_the_test_half_are_never_listed(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(sample), "--half", "test", "--names"]) == exit_codes.USAGE
    assert "not listed" in capsys.readouterr().err


def test_another_set_gets_a_page_without_what_is_said_of_ours(sample: Path, tmp_path: Path) -> None:
    run(["evaluate", str(sample), "--quiet", "--out", str(tmp_path / "page.md")])
    page = (tmp_path / "page.md").read_text()
    assert "without any list of known apps" in page
    assert "made by the authors" not in page


def test_the_published_page_is_of_this_catalogue_and_policy() -> None:
    data = compiled_catalogue()
    page = PAGE.read_text("utf-8")
    assert f"`{sha256(data)}`" in page, "run make error-rates"
    assert f"`{digest(from_bytes(data).policy)}`" in page, "run make error-rates"
    assert "**no**" not in page
    assert "made by the authors" in page
