"""Where the translations of the hub lie, and which languages are whole; read before Django starts."""

from __future__ import annotations

from pathlib import Path

from luciole.guidance.languages import LANGUAGES, SOURCE
from luciole.kernel.text import Translator

LOCALE = Path(__file__).parent / "locale"
COMPILED = Path("LC_MESSAGES") / "django.mo"


def offered(locale: Path = LOCALE) -> list[tuple[str, str]]:
    """Codes and names of the languages in which every text of the hub exists; the others are not compiled.

    locale: the folder of the catalogues.
    """
    whole = (code for code in LANGUAGES if code == SOURCE or (locale / code / COMPILED).exists())
    return [(code, LANGUAGES[code].name) for code in whole]


def translator(language: str) -> Translator:
    """Says texts of the hub where Django does not run; in English where the hub does not offer the language."""
    compiled = LOCALE / language / COMPILED
    return Translator(language, compiled.read_bytes()) if compiled.exists() else Translator(SOURCE)
