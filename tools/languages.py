"""Brings the translation catalogues up to date and compiles the complete ones. Run by `make languages`.

Texts come from three places: literals marked with `mark` (or `_`) in the code, guidance pages included, the sentences
of criteria and policy, and the services and notes of the directory of help.
For each declared language `guidance/locale/CODE.po` is merged with them; CODE.mo is written only when nothing is
missing, because a language that is not complete is not offered.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polib
from babel.messages.extract import extract_from_dir

from luciole.guidance.languages import LANGUAGES
from luciole.guidance.languages import SOURCE as SOURCE_LANGUAGE

SOURCE = Path(__file__).parents[1] / "src" / "luciole"
LOCALE = SOURCE / "guidance" / "locale"
KEYWORDS = {"mark": None, "_": None}
PLURALS = {
    "APPS_ONE": "APPS_MANY",
    "MORE_APPS_ONE": "MORE_APPS_MANY",
    "MORE_FILES_ONE": "MORE_FILES_MANY",
    "SAME_ONE": "SAME_MANY",
    "OPEN_ONE": "OPEN_MANY",
    "EVERYDAY_ONE": "EVERYDAY_MANY",
    "UNDATED_ONE": "UNDATED_MANY",
}
CRITERION_TEXTS = ("title", "statement", "why", "ordinary")


def code_texts() -> dict[str, str]:
    """Marked literals, each with the file that holds it, and the titles of the areas."""
    methods = [("hub/**.py", "ignore"), ("**.py", "python")]  # the hub has its own catalogues
    rows = extract_from_dir(SOURCE, method_map=methods, keywords=KEYWORDS)
    from luciole.kernel.vocabulary import AREAS

    texts = {message: file for file, _, message, _, _ in rows if isinstance(message, str) and message not in AREAS}
    return {text: file for text, file in texts.items() if text} | {area.title: "areas" for area in AREAS.values()}


def catalogue_texts() -> dict[str, str]:
    """The sentences of criteria and policy from the compiled catalogue."""
    compiled = json.loads((SOURCE / "criteria" / "catalogue.json").read_text("utf-8"))
    found: dict[str, str] = {}
    for criterion in compiled["criteria"]:
        for name in CRITERION_TEXTS:
            value = criterion[name]
            found |= dict.fromkeys(value if isinstance(value, list) else [value], f"criterion {criterion['id']}")
    for rule in compiled["policy"]["rules"]:
        found[rule["statement"]] = f"policy {rule['id']}"
    found[compiled["policy"]["otherwise_statement"]] = "policy"
    return found


def directory_texts() -> dict[str, str]:
    """What the directory of the package says in words; names and addresses stay as they are."""
    from luciole.packs.directory import built_in

    texts = [text for one in built_in() for text in (*one.services, one.note) if text]
    return dict.fromkeys(texts, "directory")


def plural_texts() -> dict[str, str]:
    """English singular to plural, from the texts that come in pairs."""
    from luciole.guidance import comparing, texts

    named: dict[str, str] = {**vars(texts), **vars(comparing)}
    return {named[one]: named[many] for one, many in PLURALS.items()}


def template() -> polib.POFile:
    """All texts, sorted by where they come from."""
    pot = polib.POFile(wrapwidth=120)
    pot.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit"}
    plurals = plural_texts()
    texts = {**directory_texts(), **catalogue_texts(), **code_texts()}
    for text, origin in sorted(texts.items(), key=lambda row: (row[1], row[0])):
        if text in plurals:
            forms = {0: "", 1: ""}
            pot.append(polib.POEntry(msgid=text, msgid_plural=plurals[text], msgstr_plural=forms, comment=origin))
        elif text not in plurals.values():
            pot.append(polib.POEntry(msgid=text, comment=origin))
    return pot


def plural_count(language: str) -> int:
    """How many plural forms a language has."""
    return int(LANGUAGES[language].plural.removeprefix("nplurals=").partition(";")[0])


def update(path: Path, pot: polib.POFile, language: str = "") -> list[str]:
    """Merges the template into one catalogue, made where there is none; returns the texts without translation.

    language: its code, the name of the file where none is given.
    """
    language = language or path.stem
    po = polib.pofile(str(path), wrapwidth=120) if path.exists() else polib.POFile(wrapwidth=120)
    po.metadata["Language"] = language
    po.metadata |= pot.metadata
    po.metadata["Plural-Forms"] = LANGUAGES[language].plural
    po.merge(pot)
    for entry in po:
        if entry.msgid_plural:
            forms = range(plural_count(language))
            entry.msgstr_plural = {form: entry.msgstr_plural.get(form, "") for form in forms}
    for entry in po.obsolete_entries():
        po.remove(entry)
    po.save(str(path))
    missing = [entry.msgid for entry in po if not entry.translated()]
    compiled = path.with_suffix(".mo")
    if missing:
        compiled.unlink(missing_ok=True)
    else:
        po.save_as_mofile(str(compiled))
    return missing


def main() -> int:
    """Updates every language; prints what is missing and returns 1 when something is."""
    pot = template()
    pot.save(str(LOCALE / "messages.pot"))
    incomplete = 0
    for path in (LOCALE / f"{code}.po" for code in sorted(LANGUAGES) if code != SOURCE_LANGUAGE):
        missing = update(path, pot)
        incomplete += bool(missing)
        print(f"{path.stem}: {len(pot) - len(missing)} of {len(pot)} texts" + ("" if missing else ", offered"))
    return int(bool(incomplete))


if __name__ == "__main__":
    sys.exit(main())
