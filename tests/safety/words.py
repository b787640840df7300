"""Words that nothing shown to a person may hold, by language, and where the texts for people are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from luciole.criteria.yaml_text import YamlList, YamlMap, YamlNode, YamlScalar, read_map

SOURCE = Path(__file__).parents[2] / "src" / "luciole"
SHOWN_ROOMS = ("guidance", "report", "cli", "assess", "scale", "packs")
"""Rooms whose every text with a space may reach a person."""
DATA = ("watched", "warninglists", "simulate")
"""Tables of words that are looked for in apps, and made-up apps; they are never shown as our own."""


class Shown(NamedTuple):
    """A text for people and where it stands."""

    text: str
    place: str


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


FORBIDDEN: dict[str, dict[str, re.Pattern[str]]] = {
    "en": {
        "says or implies that nothing is wrong": _any(
            r"\bsafe(ly|st|r)?\b", r"\bclean(ed|er|est|ly)?\b", r"\bsecured?\b",
            r"\b(is|are|seems?|looks) harmless\b", r"\btrustworthy\b",
            r"\b(your|this) (phone|device|tablet) is (well )?protected\b", r"\byou are protected\b",
            r"\ball clear\b", r"\bnothing to worry\b", r"\bno (threats?|danger|risks?)\b",
            r"\bfree (of|from) (stalkerware|spyware|threats?)\b", r"\bnot infected\b", r"\bguarantee", "[✓✔✅🛡👍]",
            r"\bout of danger\b", r"\bdanger is over\b",
        ),
        "alarms": _any(
            r"\binfect(ed|ion|s)?\b", r"\bmalicious\b", r"\bhacked\b", r"\bcompromised\b", r"\burgent(ly)?\b",
            r"\bimmediately\b", r"\bthreats?\b", r"\bwarning[:!]", r"[❌🚨⚠🛑]", r"!!",
        ),
        "blames or labels a person": _any(
            r"\bvictims?\b", r"\babusers?\b", r"\bperpetrators?\b", r"\bstalkers?\b", r"\bspouse\b", r"\bhusband\b",
            r"\bwife\b", r"\bboyfriend\b", r"\bgirlfriend\b", r"\byour partner\b", r"\byour ex\b", r"\byour fault\b",
            r"\bcareless", r"\byou (should|must) have\b", r"\byou (let|allowed|failed|forgot)\b", r"\bnaive\b",
            r"\bparanoi",
        ),
        "says what somebody did": _any(
            r"\byou are (being )?(watched|stalked|spied|monitored|tracked|followed)\b",
            r"\b(someone|somebody|he|she|they) (is|are|was|were) (watching|spying|stalking|tracking|monitoring)\b",
            r"\bis spying\b", r"\bspies on you\b", r"\bhas been (spying|watching|stalking)\b",
        ),
        "advises to change the device": _any(
            r"(?:^|[.:;!?] |\b(?:please|then|now|should|must) )(remove|delete|uninstall|disable|wipe|reset)\b",
            r"\b(remove|delete|uninstall) (it|this app|the app|these apps|them) (now|first|at once)\b",
            r"\bfactory reset\b", r"\byou (can|may|should|must) (now )?(remove|delete|uninstall)\b",
        ),
    },
    "fr": {
        "fr: dit ou laisse croire que tout va bien": _any(
            r"\b(est|sont|soit|être|reste|paraît|semble) (sûre?s?|saine?s?|propres?|inoffensi[fv]e?s?)\b",
            r"\bsans (danger|risque|menace)\b", r"\ben (toute )?sécurité\b(?! (informatique|numérique))",
            r"\baucun (danger|risque|problème)\b", r"\brien à craindre\b", r"\bappareil (sain|propre|sûr)\b",
            r"\btéléphone (sain|propre|sûr)\b",
        ),
        "fr: alarme, étiquette ou accuse": _any(
            r"\binfect", r"\bcontamin", r"\bvictimes?\b", r"\bagresseurs?\b", r"\bharceleu[rs]", r"\bharceleuses?\b",
            r"\bconjointe?s?\b", r"\bvotre (mari|femme|partenaire|ex)\b", r"\bvotre faute\b", r"\bmalveillant",
            r"\bpirat",
            r"\bvous (êtes|étiez) (surveillé|espionné|suivi|traqué)",
        ),
        "fr: conseille de changer l'appareil": _any(
            r"(?:^|[.:;!?] |\bpuis )(supprimez|désinstallez|effacez|réinitialisez|retirez)\b",
            r"\b(vous (pouvez|devez|devriez)) (la |le |les |l['’])?(supprimer|désinstaller|effacer)",
        ),
    },
    "it": {
        "it: dice o lascia credere che vada tutto bene": _any(
            r"\b(è|sono|sia|essere|sembra|resta) (sicur[oaie]|pulit[oaie]|innocu[oaie])\b",
            r"\bsenza (pericol|risch|minacc)", r"\bal sicuro\b", r"\bin sicurezza\b", r"\bnessun (pericolo|rischio)\b",
            r"\bnessuna minaccia\b", r"\b(telefono|dispositivo) (sicuro|pulito)\b",
        ),
        "it: allarma, etichetta o accusa": _any(
            r"\binfett", r"\binfezion", r"\bvittim[ae]\b", r"\baggressor[ei]\b", r"\bstalker\b", r"\bpersecutor",
            r"\b(tuo|suo) (marito|partner|ex|compagno)\b", r"\b(tua|sua) (moglie|compagna)\b", r"\bcolpa (tua|sua)\b",
            r"\bmalevol", r"\bhackerat", r"\b(sei|è|stai venendo) (spiat|sorvegliat|controllat|pedinat)",
        ),
        "it: consiglia di cambiare il dispositivo": _any(
            r"(?:^|[.:;!?] |\bpoi )(rimuov[ia]|elimin[ia]|disinstall[ai]|cancell[ai]|ripristin[ai])\b",
            r"\b(puoi|devi|dovresti|si deve|si dovrebbe) (rimuover|eliminar|disinstallar|cancellar)",
        ),
    },
    "es": {
        "es": _any(
            r"\b(está|es|son|sea|parece) (segur[oa]s?|limpi[oa]s?|a salvo|protegid[oa]s?)\b", r"\bsin (peligro|riesgo)",
            r"\binfectad", r"\bvíctimas?\b", r"\bagresor", r"\bacosador", r"\btu (pareja|marido|ex)\b",
            r"\bculpa tuya\b",
            r"(?:^|[.:;!?] )(elimine|elimina|borre|borra|desinstale|desinstala)\b",
        )
    },
    "de": {
        "de": _any(
            r"\bist (sicher|sauber|geschützt|harmlos)\b", r"\bin sicherheit\b",
            r"\bkeine (gefahr|bedrohung)", r"\binfiziert",
            r"\bopfer\b", r"\btäter", r"\bstalker(s|in)?\b", r"\b(ihr|dein) (mann|partner|ex)\b",
            r"(?:^|[.:;!?] )(entfernen|löschen|deinstallieren) sie\b",
        )
    },
    "pt": {
        "pt": _any(
            r"\b(está|é|são|seja|parece) (segur[oa]s?|limp[oa]s?|a salvo|protegid[oa]s?)\b", r"\bsem (perigo|risco)",
            r"\binfe[ct]+ad", r"\bvítimas?\b", r"\bagressor", r"\bperseguidor", r"\b(seu|sua) (parceir|marid|ex)\b",
            r"(?:^|[.:;!?] )(remova|apague|desinstale|exclua)\b",
        )
    },
    "ar": {"ar": _any("آمن", "نظيف", "مصاب", "ضحي", "ضحاي", "سليم", "خالٍ من", "خالي من", "معتدي", "زوجك", "شريكك")},
}  # fmt: skip
"""What is forbidden, and why, for each language that may be offered."""

ALLOWED: dict[str, tuple[str, ...]] = {
    "en": ("safety plan", "do not remove", "secure folder"),
    "fr": ("plan de sécurité",),
    "it": ("piano di sicurezza", "pianificare la sicurezza"),
    "es": ("plan de seguridad",),
    "de": ("sicherheitsplan",),
    "pt": ("plano de segurança",),
    "ar": ("خطة أمان", "خطة السلامة", "خطة للسلامة"),
}
"""Phrases that are taken out before the rest is judged."""


def faults(text: str, language: str = "en") -> list[str]:
    """What is wrong with a text, each as `why: the words`."""
    judged = text
    for phrase in ALLOWED[language]:
        judged = re.sub(re.escape(phrase), " ", judged, flags=re.IGNORECASE)
    return [f"{why}: {found[0]!r}" for why, words in FORBIDDEN[language].items() for found in words.finditer(judged)]


def in_code() -> Iterator[Shown]:
    """Every text with a space in the rooms whose texts are shown, messages of errors everywhere, help of commands."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if any(part in name for part in DATA):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        skip = _docstrings(tree) if not name.startswith("cli/commands/") else set()
        parts: list[ast.AST] = [tree]
        if name.split("/")[0] not in SHOWN_ROOMS:
            parts = [node for node in ast.walk(tree) if isinstance(node, ast.Raise) or _marks(node)]
        for node in (inner for part in parts for inner in ast.walk(part)):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if " " in text.strip() and id(node) not in skip:
                yield Shown(text, f"{name}:{node.lineno}")


def _marks(node: ast.AST) -> bool:
    """Whether this is a call that marks a text for translation, notes a detail of coverage, or names an area."""
    names = {"mark", "_", "Coverage", "Message", "_areas", "note", "partial", "problem"}
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names


def _docstrings(tree: ast.AST) -> set[int]:
    """The texts that stand alone as a statement: they explain code to those who read it."""
    alone = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    return {id(value) for value in alone if isinstance(value, ast.Constant)}


SHOWN_KEYS = frozenset({"title", "statement", "why", "ordinary"})


def in_yaml(file: str, text: str) -> Iterator[Shown]:
    """The sentences of a criterion or of the policy."""
    node, problems = read_map(file, text)
    assert problems.found == []
    yield from _shown(node, file, shown=False)


def _shown(node: YamlNode, file: str, *, shown: bool) -> Iterator[Shown]:
    if isinstance(node, YamlScalar) and shown and isinstance(node.value, str):
        yield Shown(node.value, f"{file}:{node.line}")
    elif isinstance(node, YamlList):
        for item in node.items:
            yield from _shown(item, file, shown=shown)
    elif isinstance(node, YamlMap):
        for entry in node.entries:
            if entry.key not in {"examples", "references"}:
                yield from _shown(entry.node, file, shown=entry.key in SHOWN_KEYS)


def in_templates() -> Iterator[Shown]:
    """What the page's template says by itself, between tags and in attributes that are read aloud."""
    for path in sorted((SOURCE / "report").glob("*.jinja")):
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<style>.*?</style>", " ", path.read_text("utf-8"), flags=re.DOTALL)
        for number, line in enumerate(re.sub(r"<[^>]*>", "\0", bare).split("\0"), start=1):
            if line.strip():
                yield Shown(line, f"{path.name}: text {number}")
        yield from (Shown(text, path.name) for text in re.findall(r'(?:alt|title|aria-label)="([^"]+)"', bare))
