"""The search language: fields with values, words, AND, OR, NOT and brackets, to a tree; pure.

`package:com.example.* cert:3f… (verdict:needs-a-person OR criterion:collect.keys) -kind:apk handed-in:>2026-01 notes`
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from typing import NamedTuple

from django.utils.translation import gettext_noop as mark

LONGEST = 1_000
MOST_TERMS = 32
DEEPEST = 8
MOST_WORDS = 8
"""In one part that is written together, such as a name with dots."""
SHORTEST_PREFIX = 2
"""Letters before a star, so that a search reads a part of the index and never all of it."""


class SearchError(ValueError):
    """What was written cannot be understood. place: where in the text, in characters.

    sentence, values: the message in English with {named} places, and what fills them, so that it can be translated.
    """

    def __init__(self, sentence: str, place: int, **values: str | int) -> None:
        super().__init__(sentence.format(**values))
        self.message = str(self)
        self.sentence = sentence
        self.values = values
        self.place = place


class How(Enum):
    """How a field compares with what was written."""

    EQUALS = "="
    STARTS = "starts"
    ENDS = "ends"
    BELOW = "<"
    ABOVE = ">"


class Field(Enum):
    """What can be searched, by the name people write."""

    SHA256 = "sha256"
    SHA1 = "sha1"
    MD5 = "md5"
    PACKAGE = "package"
    VERSION = "version"
    KIND = "kind"
    STATE = "state"
    VERDICT = "verdict"
    CRITERION = "criterion"
    FAMILY = "family"
    CERT = "cert"
    HOST = "host"
    PERMISSION = "permission"
    ANOMALY = "anomaly"
    LIBRARY = "library"
    PART = "part"
    API = "api"
    RULE = "rule"
    CLUSTER = "cluster"
    SIZE = "size"
    HANDED_IN = "handed-in"
    WORD = "word"


DIGESTS = {Field.SHA256: 64, Field.SHA1: 40, Field.MD5: 32}
ORDERED = frozenset({Field.SIZE, Field.HANDED_IN})
ENDING = frozenset({Field.HOST})
"""Fields that may be asked for by their end, as *.example.org."""
_STAR_AT_END = mark("A star may stand at the end.")
_STAR_AT_ENDS = mark("A star may stand at the end or the beginning.")
_UNITS = {"": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
_TOKEN = re.compile(
    r'\s*(?:(?P<open>\()|(?P<close>\))|(?P<not>-(?=\S))|(?P<term>(?:[^\s()":]+:)?(?:"[^"]*"|[^\s()"]+)))'
)
_LETTERS = re.compile(r"\w+")
_SIZE = re.compile(r"(\d{1,12})([kmg]?b)?", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


class Term(NamedTuple):
    """One comparison. value: lower case where the field ignores case; number: of a size in bytes or a time."""

    field: Field
    how: How
    value: str
    number: float = 0.0


class Not(NamedTuple):
    """What is so where its part is not."""

    of: Node


class All(NamedTuple):
    """What is so where each part is."""

    of: tuple[Node, ...]


class Any(NamedTuple):
    """What is so where one part is."""

    of: tuple[Node, ...]


Node = Term | Not | All | Any
EVERYTHING = All(())


class _Token(NamedTuple):
    kind: str
    text: str
    place: int


def parse(text: str) -> Node:
    """The tree of a search; `EVERYTHING` for nothing. Raises SearchError with the place of what is wrong."""
    if len(text) > LONGEST:
        raise SearchError(mark("A search has at most {most} characters."), LONGEST, most=LONGEST)
    tokens = list(_tokens(text))
    if sum(one.kind == "term" for one in tokens) > MOST_TERMS:
        raise SearchError(mark("A search has at most {most} parts."), 0, most=MOST_TERMS)
    parser = _Parser(tokens, len(text))
    found = parser.either(0)
    if parser.at < len(tokens):
        raise SearchError(mark("There is a closing bracket without an opening one."), tokens[parser.at].place)
    return found


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise SearchError(mark("A quotation mark is not closed."), len(text) - len(text[at:].lstrip()))
        kind, found = match.lastgroup, match[match.lastgroup]
        if kind == "term" and found in {"AND", "OR", "NOT"}:
            kind = found.lower()
        yield _Token(kind, found, match.start(match.lastgroup))
        at = match.end()


class _Parser:
    """Reads tokens by recursive descent; brackets bind first, then NOT, AND, OR."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = tokens
        self._end = end
        self.at = 0

    def _peek(self) -> str:
        return self._tokens[self.at].kind if self.at < len(self._tokens) else ""

    def _place(self) -> int:
        return self._tokens[self.at].place if self.at < len(self._tokens) else self._end

    def either(self, depth: int) -> Node:
        """Parts joined by OR."""
        parts = [self._every(depth)]
        while self._peek() == "or":
            self.at += 1
            parts.append(self._every(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _every(self, depth: int) -> Node:
        parts: list[Node] = []
        while self._peek() not in {"", "or", "close"}:
            if self._peek() == "and":
                if not parts:
                    raise SearchError(mark("AND stands without something before it."), self._place())
                self.at += 1
            parts.append(self._one(depth))
        if not parts and (depth or self.at):
            raise SearchError(mark("Something is missing here."), self._place())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise SearchError(mark("The brackets are nested too deeply."), self._place())
        kind, place = self._peek(), self._place()
        if kind in {"", "or", "and", "close"}:
            raise SearchError(mark("Something is missing here."), place)
        token = self._tokens[self.at]
        self.at += 1
        if kind == "not":
            return Not(self._one(depth + 1))
        if kind == "term":
            return _term(token)
        found = self.either(depth + 1)
        if self._peek() != "close":
            raise SearchError(mark("A bracket is not closed."), place)
        self.at += 1
        return found


def _term(token: _Token) -> Node:
    name, colon, value = token.text.partition(":")
    if token.text.startswith('"') or not colon:
        return _word(token.text.strip('"'), token.place)
    try:
        field = Field(name.lower())
    except ValueError:
        known = ", ".join(one.value for one in Field)
        raise SearchError(
            mark("There is no field {name}. There are: {known}."), token.place, name=name, known=known
        ) from None
    value = value.strip('"')
    place = token.place + len(name) + 1
    if not value:
        raise SearchError(mark("After {name}: stands nothing."), place, name=name)
    if field in ORDERED:
        return _ordered(field, value, place)
    return _digest(field, value, place) if field in DIGESTS else _value(field, value.lower(), place)


def _word(text: str, place: int) -> Node:
    """Words as they stand in the index: small letters, compatibility forms resolved, parted where no letter stands."""
    words = _LETTERS.findall(unicodedata.normalize("NFKC", text).lower())
    if not words or len(words) > MOST_WORDS or min(map(len, words)) < SHORTEST_PREFIX:
        raise SearchError(mark("A word has at least {least} letters."), place, least=SHORTEST_PREFIX)
    parts = [Term(Field.WORD, How.EQUALS, one) for one in words]
    if text.endswith("*"):
        parts[-1] = parts[-1]._replace(how=How.STARTS)
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _digest(field: Field, value: str, place: int) -> Term:
    length = DIGESTS[field]
    if not re.fullmatch(f"[0-9a-fA-F]{{{length}}}", value):
        raise SearchError(mark("{name} has {length} letters from 0 to f."), place, name=field.value, length=length)
    return Term(field, How.EQUALS, value.lower())


def _value(field: Field, value: str, place: int) -> Term:
    how, wanted = How.EQUALS, value
    if value.endswith("*"):
        how, wanted = How.STARTS, value[:-1]
    elif value.startswith("*") and field in ENDING:
        how, wanted = How.ENDS, value[1:]
    if "*" in wanted:
        raise SearchError(_STAR_AT_ENDS if field in ENDING else _STAR_AT_END, place)
    if how is not How.EQUALS and len(wanted) < SHORTEST_PREFIX:
        raise SearchError(mark("Beside a star stand at least {least} letters."), place, least=SHORTEST_PREFIX)
    return Term(field, how, wanted)


def _ordered(field: Field, value: str, place: int) -> Term:
    how = {"<": How.BELOW, ">": How.ABOVE}.get(value[0], How.EQUALS)
    text = value.removeprefix(how.value) if how is not How.EQUALS else value
    number = _bytes(text) if field is Field.SIZE else _time(text)
    if number is None:
        example = "5mb" if field is Field.SIZE else "2026-01-31"
        raise SearchError(
            mark("{name} is written like {example}, also with < or > before it."),
            place,
            name=field.value,
            example=example,
        )
    return Term(field, how, text.lower(), number)


def _bytes(text: str) -> float | None:
    match = _SIZE.fullmatch(text)
    return float(int(match[1]) * _UNITS[(match[2] or "").lower()]) if match else None


def _time(text: str) -> float | None:
    """The first moment of a year, month or day, UTC, in seconds."""
    match = _DAY.fullmatch(text)
    try:
        return (
            datetime(int(match[1]), int(match[2] or 1), int(match[3] or 1), tzinfo=UTC).timestamp() if match else None
        )
    except ValueError:
        return None
