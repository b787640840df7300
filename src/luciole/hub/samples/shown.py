"""Foreign text on pages: set apart, its direction its own, and signs that cannot be seen written as their codes."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from luciole.kernel.text import CLOSES, OPENS, show_controls

_STEERING = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
"""Explicit directional formatting characters (Unicode Standard Annex 9, section 2)."""
_LATIN, _ANY, _END = Markup('<bdi dir="ltr">'), Markup("<bdi>"), Markup("</bdi>")
_FOREIGN = re.compile(f"{OPENS}([^{OPENS}{CLOSES}]*){CLOSES}")


def name(text: object) -> Markup:
    """A label, file name or name of somebody, as text and nothing else."""
    return _element(show_controls(str(text)))


def told(text: str) -> Markup:
    """A sentence of a report, in which every foreign text stands between isolating signs, as a page shows it."""
    parts: list[Markup] = []
    end = 0
    for found in _FOREIGN.finditer(text):
        parts += (_plain(text[end : found.start()]), _element(found[1]))
        end = found.end()
    return Markup().join([*parts, _plain(text[end:])])


def _plain(text: str) -> Markup:
    return escape(unsteered(text))


def _element(text: str) -> Markup:
    return (_LATIN if text.isascii() else _ANY) + text + _END  # adding to markup escapes


def paragraphs(text: str) -> Markup:
    """What somebody wrote over several lines, each line set apart."""
    return Markup("<br>").join(name(line) for line in text.split("\n"))


def unsteered(text: str) -> str:
    """The text without signs that turn the direction of what follows, for fields in which it is written further."""
    return text.translate(_STEERING)
