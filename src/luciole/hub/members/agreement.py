"""The agreement that members sign: its current version, in the languages there are, with the digest of each text."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent / "agreement_texts"
_USUAL = "en"


class Agreement(NamedTuple):
    """One text of the agreement. version: of all its languages; digest: SHA-256 of the UTF-8 text."""

    version: str
    language: str
    text: str

    @property
    def digest(self) -> bytes:
        """What a signature keeps."""
        return hashlib.sha256(self.text.encode()).digest()

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text as it is shown."""
        return tuple(one.strip() for one in self.text.split("\n\n") if one.strip())


def current(language: str) -> Agreement:
    """The newest version, in this language where it exists, else in English."""
    texts = _newest()
    return texts.get(language) or texts[_USUAL]


@functools.cache
def _newest() -> dict[str, Agreement]:
    """Files are called VERSION.LANGUAGE.txt; old versions stay, because somebody signed them."""
    paths = sorted(_FOLDER.glob("*.txt"))
    newest = max(int(path.name.partition(".")[0]) for path in paths)
    texts = (_read(path) for path in paths if path.name.startswith(f"{newest}."))
    return {one.language: one for one in texts}


def _read(path: Path) -> Agreement:
    version, language, _ = path.name.split(".")
    return Agreement(version, language, path.read_text("utf-8"))


def of_version(version: str, language: str) -> Agreement | None:
    """One text that somebody signed, where it is still kept."""
    path = _FOLDER / f"{version}.{language}.txt"
    names = {one.name for one in _FOLDER.glob("*.txt")}
    return Agreement(version, language, path.read_text("utf-8")) if path.name in names else None
