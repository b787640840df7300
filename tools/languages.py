"""Brings the translation catalogues up to date and compiles the complete ones. Run by `make languages`.

Texts come from two places: literals marked with `mark` (or `_`) in the code, and the sentences of criteria and policy.
For each language `guidance/locale/CODE.po` is merged with them; CODE.mo is written only when nothing is
missing, because a language that is not complete is not offered.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polib
from babel.messages.extract import extract_from_dir

SOURCE = Path(__file__).parents[1] / "src" / "luciole"
LOCALE = SOURCE / "guidance" / "locale"
KEYWORDS = {"mark": None, "_": None}
PLURALS = {
    "APPS_ONE": "APPS_MANY",
    "MORE_APPS_ONE": "MORE_APPS_MANY",
    "MORE_FILES_ONE": "MORE_FILES_MANY",
    "MORE_EVIDENCE_ONE": "MORE_EVIDENCE_MANY",
}
CRITERION_TEXTS = ("title", "statement", "why", "ordinary")


def code_texts() -> dict[str, str]:
    """Marked literals, each with the file that holds it, and the titles of the areas."""
    rows = extract_from_dir(SOURCE, method_map=[("**.py", "python")], keywords=KEYWORDS)
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


def plural_texts() -> dict[str, str]:
    """English singular to plural, from the texts that come in pairs."""
    from luciole.guidance import texts

    return {getattr(texts, one): getattr(texts, many) for one, many in PLURALS.items()}


def template() -> polib.POFile:
    """All texts, sorted by where they come from."""
    pot = polib.POFile(wrapwidth=120)
    pot.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit"}
    plurals = plural_texts()
    texts = {**catalogue_texts(), **code_texts()}
    for text, origin in sorted(texts.items(), key=lambda row: (row[1], row[0])):
        if text in plurals:
            forms = {0: "", 1: ""}
            pot.append(polib.POEntry(msgid=text, msgid_plural=plurals[text], msgstr_plural=forms, comment=origin))
        elif text not in plurals.values():
            pot.append(polib.POEntry(msgid=text, comment=origin))
    return pot


def update(path: Path, pot: polib.POFile) -> list[str]:
    """Merges the template into one catalogue; returns the texts still without translation."""
    po = polib.pofile(str(path), wrapwidth=120)
    po.merge(pot)
    for entry in po.obsolete_entries():
        po.remove(entry)
    po.save()
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
    for path in sorted(LOCALE.glob("*.po")):
        missing = update(path, pot)
        incomplete += bool(missing)
        print(f"{path.stem}: {len(pot) - len(missing)} of {len(pot)} texts" + ("" if missing else ", offered"))
    return int(bool(incomplete))


if __name__ == "__main__":
    sys.exit(main())
