"""The directory of help that is in use: the one of the package, or the one that a coalition loaded on this computer."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import msgspec

from luciole.guidance.directory import WORLD, Entry, Listed, entries_for
from luciole.kernel.errors import ContentError, CouldNotLook
from luciole.packs.files import write_whole
from luciole.packs.settings import settings_file

FILE = "directory.yml"
COMPILED = "directory.json"
MAX_BYTES = 256 * 1024
_COUNTRY = re.compile(rf"(?:[A-Z]{{2}}|{WORLD})\Z")


def directory_file() -> Path:
    """Where a loaded directory is kept: beside the settings file."""
    return settings_file().with_name(FILE)


def installed() -> tuple[Entry, ...]:
    """The directory in use. Raises ContentError where the loaded one was damaged, CouldNotLook where it is locked."""
    own = directory_file()
    if own.exists():
        return parse(own.name, _text(own))
    return built_in()


def built_in() -> tuple[Entry, ...]:
    """The directory of the package."""
    return msgspec.json.decode((files("luciole.guidance") / COMPILED).read_bytes(), type=tuple[Entry, ...])


def compiled() -> bytes:
    """The bytes of the package's directory as `built_in` reads them, made from the YAML file that people edit."""
    return msgspec.json.format(msgspec.json.encode(parse(FILE, (files("luciole.guidance") / FILE).read_text("utf-8"))))


def parse(file: str, text: str) -> tuple[Entry, ...]:
    """The entries of a directory file. Raises ContentError with every problem of the file and its line."""
    from luciole.packs import directory_text  # noqa: PLC0415 - reading YAML is slow to load, and seldom needed

    return directory_text.parse(file, text)


def is_country(code: str) -> bool:
    """Whether a code has the form of a country's, in any case."""
    return _COUNTRY.match(code.upper()) is not None


def is_loaded() -> bool:
    """Whether a directory was loaded on this computer."""
    return directory_file().exists()


def for_report(country: str, today: str) -> tuple[Listed, ...]:
    """What a report names as help. country: ISO 3166-1 alpha-2, or empty; today: ISO 8601 date.

    A loaded directory that was damaged since does not cost anybody their report: the one of the package stands in.
    """
    try:
        entries = installed()
    except (ContentError, CouldNotLook):
        entries = built_in()
    return entries_for(entries, country, today)


def load(path: Path) -> tuple[Entry, ...]:
    """Checks a directory and puts it in the place of the one in use, whole or not at all.

    Raises ContentError with every problem as `file:line: message — what to do`; then nothing is changed.
    """
    text = _text(path)
    entries = parse(path.name, text)
    write_whole(directory_file(), [text.encode()])
    return entries


def reset() -> bool:
    """Goes back to the directory of the package; whether there was a loaded one."""
    own = directory_file()
    there = own.exists()
    own.unlink(missing_ok=True)
    return there


def _text(path: Path) -> str:
    """The file as text, never more than a directory can have."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ContentError([f"{path.name}:1: this is not UTF-8 text — save it as UTF-8 (byte {error.start})"]) from None
    except OSError as error:
        raise CouldNotLook(f"{path} cannot be read: {error.strerror}", remedy="Name another file.") from None
