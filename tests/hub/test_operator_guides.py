"""What the guides for operators and members say is so: commands, options, settings, files."""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from pathlib import Path

import click
import pytest

from luciole.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGES = sorted(page for reader in ("operator", "member") for page in (ROOT / "docs" / "guides" / reader).glob("*.md"))
COMMAND = re.compile(r"^\$ (luciole .*)$", re.MULTILINE)
MENTIONED = re.compile(r"`luciole (hub [a-z-]+)[^`]*`")
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))

sys.path.insert(0, str(ROOT / "tools"))
hub_settings = importlib.import_module("hub_settings")


def parsed(words: list[str]) -> click.Command:
    """The command that these words call, with options that it knows and arguments that it needs."""
    context = click.Context(cli)
    command: click.Command | None = cli
    while isinstance(command, click.Group):
        command = command.get_command(context, words.pop(0))
    assert command is not None
    command.make_context("luciole", words, resilient_parsing=False)
    return command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_in_the_guides_is_one_with_these_options(page: Path, tmp_path: Path) -> None:
    text = page.read_text("utf-8")
    (tmp_path / "file").touch()
    for line in COMMAND.findall(text):
        there = str(tmp_path / "file")
        words = [there if word in {"today.age", "backup.key", "suspicious.apk"} else word for word in shlex.split(line)]
        assert parsed(words[1:])
    for mentioned in MENTIONED.findall(text):
        hub = cli.get_command(click.Context(cli), "hub")
        assert isinstance(hub, click.Group)
        assert mentioned.split()[1] in hub.commands


def test_the_page_of_settings_is_the_table() -> None:
    assert hub_settings.PAGE.read_text("utf-8") == hub_settings.page(), "run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_that_the_guides_name_are_there(page: Path) -> None:
    text = page.read_text("utf-8")
    for name in re.findall(r"`(deploy/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name
    for link in re.findall(r"\]\(([^):]+\.md)\)", text):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_services_run_as_a_user_with_little_access(unit: Path) -> None:
    text = unit.read_text("utf-8")
    for line in ("User=luciole", "NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077", "CapabilityBoundingSet="):
        assert f"\n{line}\n" in text
    assert re.search(r"^ExecStart=.*\bluciole hub (serve|backup|check-integrity)\b", text, re.MULTILINE)
