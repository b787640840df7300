"""Which languages are offered, and their translators. A language without a complete catalogue is not offered."""

from __future__ import annotations

from importlib.resources import files

from luciole.kernel.errors import UsageError
from luciole.kernel.text import Translator

SOURCE = "en"


def offered() -> tuple[str, ...]:
    """Codes of the languages that are complete, English first."""
    folder = files("luciole.guidance") / "locale"
    if not folder.is_dir():
        return (SOURCE,)
    return (SOURCE, *sorted(f.name.removesuffix(".mo") for f in folder.iterdir() if f.name.endswith(".mo")))


def translator(language: str) -> Translator:
    """The translator of an offered language. Raises UsageError naming the offered ones otherwise."""
    code = language.replace("_", "-").partition("-")[0].lower()
    if code not in offered():
        choices = ", ".join(offered())
        raise UsageError(f"The language {language} is not offered.", remedy=f"Choose one of: {choices}")
    if code == SOURCE:
        return Translator(SOURCE)
    return Translator(code, (files("luciole.guidance") / "locale" / f"{code}.mo").read_bytes())


def preferred(wanted: str) -> str:
    """The offered language nearest to a locale such as `fr_CH.UTF-8`; English where none fits."""
    code = wanted.partition(".")[0].replace("_", "-").partition("-")[0].lower()
    return code if code in offered() else SOURCE
