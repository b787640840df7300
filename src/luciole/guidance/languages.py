"""Which languages are offered, and their translators. A language without a complete catalogue is not offered."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal, NamedTuple

from luciole.kernel.errors import UsageError
from luciole.kernel.text import Translator

SOURCE = "en"


class Language(NamedTuple):
    """A language that Luciole is translated into.

    name: in the language itself; direction: of its writing; plural: the forms of its catalogue, in the order of CLDR's
    categories zero, one, two, few, many, other, written as in the headers of gettext catalogues.
    """

    name: str
    direction: Literal["ltr", "rtl"]
    plural: str


_TWO_FORMS = "nplurals=2; plural=(n != 1);"
_TWO_FORMS_FROM_TWO = "nplurals=2; plural=(n > 1);"
_SIX_FORMS = (
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);"
)
LANGUAGES: dict[str, Language] = {
    "en": Language("English", "ltr", _TWO_FORMS),
    "fr": Language("Français", "ltr", _TWO_FORMS_FROM_TWO),
    "it": Language("Italiano", "ltr", _TWO_FORMS),
    "de": Language("Deutsch", "ltr", _TWO_FORMS),
    "es": Language("Español", "ltr", _TWO_FORMS),
    "pt": Language("Português", "ltr", _TWO_FORMS_FROM_TWO),
    "ar": Language("العربية", "rtl", _SIX_FORMS),
}
"""Plural rules as in Unicode CLDR, which the tests compare for 0 to 200."""


OTHERS = {
    "bg": "Български", "bn": "বাংলা", "bs": "Bosanski", "ca": "Català", "cs": "Čeština", "da": "Dansk",
    "el": "Ελληνικά", "et": "Eesti", "eu": "Euskara", "fa": "فارسی", "fi": "Suomi", "ga": "Gaeilge", "gl": "Galego",
    "he": "עברית", "hi": "हिन्दी", "hr": "Hrvatski", "hu": "Magyar", "id": "Bahasa Indonesia", "ja": "日本語",
    "ko": "한국어", "ku": "Kurdî", "lt": "Lietuvių", "lv": "Latviešu", "mt": "Malti", "nl": "Nederlands",
    "no": "Norsk", "pl": "Polski", "ro": "Română", "ru": "Русский", "sk": "Slovenčina", "sl": "Slovenščina",
    "so": "Soomaali", "sq": "Shqip", "sr": "Српски", "sv": "Svenska", "sw": "Kiswahili", "ta": "தமிழ்",
    "th": "ไทย", "ti": "ትግርኛ", "tr": "Türkçe", "uk": "Українська", "ur": "اردو", "vi": "Tiếng Việt", "zh": "中文",
}  # fmt: skip
"""Names, in themselves, of languages in which somebody may help though Luciole does not speak them (Unicode CLDR)."""


def name_of(code: str) -> str:
    """A language in its own words; its code where that is not known. code: BCP 47."""
    short = code.partition("-")[0].lower()
    return LANGUAGES[short].name if short in LANGUAGES else OTHERS.get(short, code)


def offered() -> tuple[str, ...]:
    """Codes of the languages that are complete, English first."""
    folder = files("luciole.guidance") / "locale"
    if not folder.is_dir():
        return (SOURCE,)
    return (SOURCE, *sorted(f.name.removesuffix(".mo") for f in folder.iterdir() if f.name.endswith(".mo")))


def names() -> dict[str, str]:
    """Codes of the offered languages with their own names."""
    return {code: LANGUAGES[code].name if code in LANGUAGES else code for code in offered()}


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
