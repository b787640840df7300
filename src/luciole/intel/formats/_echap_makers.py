"""Reads a vendor file of Echap's set for companies and articles; everything else in it, people above all, stays out.

Only named keys are read, nothing is found by searching: an unknown part of a file is left out, and neither its keys
nor its values are repeated anywhere.
"""

from __future__ import annotations

from luciole.intel import strict_yaml
from luciole.intel.claims import MakerClaim
from luciole.intel.model import Company
from luciole.intel.strict_yaml import Mapping, Node, Sequence, Text

_MAX_TEXT = 300
_ARTICLES = frozenset({"article", "articles"})
_COMPANY_KEYS = frozenset({"name", "website", "country"})


def read(data: bytes, file: str, family: str) -> tuple[MakerClaim, bool]:
    """What is imported of a vendor file, and whether something was left out."""
    companies: list[Company] = []
    references: set[str] = set()
    left_out = False
    for key, node in _pairs(strict_yaml.read(data, file)):
        if key in _ARTICLES:
            references |= {text for text in _texts(node) if text.startswith("https://") and len(text) <= _MAX_TEXT}
        elif key == "company":
            company, partly = _company(node)
            left_out |= partly
            if company is not None:
                companies.append(company)
        else:
            left_out = True
    return MakerClaim(family, tuple(companies), tuple(sorted(references)), file), left_out


def _pairs(node: Node) -> list[tuple[str, Node]]:
    """Keys and values of a map, or of the maps in a list: the files use both forms."""
    if isinstance(node, Mapping):
        return [(key.value, value) for key, value in node.pairs]
    if isinstance(node, Sequence):
        return [pair for item in node.items if isinstance(item, Mapping) for pair in _pairs(item)]
    return []


def _company(node: Node) -> tuple[Company | None, bool]:
    pairs = _pairs(node)
    names = [text for key, value in pairs if key == "name" for text in _texts(value)]
    websites = [text for key, value in pairs if key == "website" for text in _texts(value)]
    countries = [text for key, value in pairs if key == "country" for text in _texts(value)]
    left_out = any(key not in _COMPANY_KEYS for key, _ in pairs)
    if not names:
        return None, left_out
    return Company(names[0], tuple(sorted(set(websites))), countries[0] if countries else ""), left_out


def _texts(node: Node) -> list[str]:
    found = [node] if isinstance(node, Text) else node.items if isinstance(node, Sequence) else []
    return [item.value for item in found if isinstance(item, Text) and 0 < len(item.value) <= _MAX_TEXT]
