"""Brings the translation catalogues of the hub up to date and compiles the complete ones. Run by `make languages`.

Texts come from the code of the hub and from its templates. As in the kit, a language that is not complete is not
compiled, and one that is not compiled is not offered.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polib
from babel.messages.extract import extract_from_dir
from languages import update

from luciole.guidance.languages import LANGUAGES

HUB = Path(__file__).parents[1] / "src" / "luciole" / "hub"
LOCALE = HUB / "site" / "locale"
DOMAIN = Path("LC_MESSAGES") / "django.po"
METHODS = [("**.py", "python"), ("**/templates/**.j2", "jinja2.ext:babel_extract")]
OPTIONS = {"**/templates/**.j2": {"silent": "false", "trimmed": "true"}}
_ONE = ("_", "mark", "sentence", "gettext", "gettext_lazy", "gettext_noop")
_PLURAL = ("ngettext", "ngettext_lazy")
KEYWORDS = (
    dict.fromkeys(_ONE)
    | dict.fromkeys(_PLURAL, (1, 2))
    | {"counted": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
)
"""What marks a text, in code and in templates."""


def template() -> polib.POFile:
    """All texts, sorted by the file that holds them."""
    pot = polib.POFile(wrapwidth=120)
    pot.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit"}
    rows = extract_from_dir(HUB, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for file, _line, message, _comments, context in rows:
        one, many = message if isinstance(message, tuple) else (message, "")
        if one and (many or (one, context or "") not in found):
            found[one, context or ""] = (many, file)
    for (one, context), (many, file) in sorted(found.items(), key=lambda row: (row[1][1], row[0])):
        entry = polib.POEntry(msgid=one, comment=file, msgctxt=context or None)
        if many:
            entry.msgid_plural, entry.msgstr_plural = many, {0: "", 1: ""}
        pot.append(entry)
    return pot


def catalogue(language: str) -> Path:
    """The catalogue of a language."""
    return LOCALE / language / DOMAIN


def main() -> int:
    """Updates every language there is; prints what is missing and returns 1 when something is."""
    pot = template()
    LOCALE.mkdir(exist_ok=True)
    pot.save(str(LOCALE / "django.pot"))
    incomplete = 0
    for language in (code for code in LANGUAGES if catalogue(code).exists()):
        missing = update(catalogue(language), pot, language)
        incomplete += bool(missing)
        print(f"{language}: {len(pot) - len(missing)} of {len(pot)} texts" + ("" if missing else ", offered"))
    return int(bool(incomplete))


if __name__ == "__main__":
    sys.exit(main())
