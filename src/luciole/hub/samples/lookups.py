"""Look-ups by digest, package and certificate: what may be asked, what is answered, and the answer through the ORM."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db.models import Min, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_noop as mark

from luciole.hub.members.policy import Actor
from luciole.hub.samples.models import HandIn, Sample, Term
from luciole.hub.samples.search_language import Field
from luciole.hub.samples.sharing import seen_by

MOST_DIGESTS = 1_000
MOST_BYTES = 1 << 17
"""Of a bulk question: a thousand digests with their quotes and commas take 67 kB."""
MOST_SAMPLES = 100
MOST_ALSO = 16
LONGEST_NAME = 256
COLUMNS = ("sha256", "sha1", "md5", "size", "kind", "state", "package", "label", "version", "verdict", "rule")
"""What is told of a sample, beside when it was handed in; in the order of `Record`."""
_SHA256_LETTERS = 64
_DIGEST_COLUMNS = {_SHA256_LETTERS: "sha256", 40: "sha1", 32: "md5"}
_HEXADECIMAL = re.compile(r"[0-9a-f]*", re.ASCII)


NOT_SHARED = mark("Nothing of this is known, or nothing that is shared with you.")
TOO_MANY = mark("Too many requests. Wait as long as Retry-After says, then go on.")
TOO_MUCH = mark("Ask for at most 1,000 digests at once.")
NO_DIGEST = mark("This is no SHA-256, SHA-1 or MD5 in hexadecimal.")
NO_FORM = mark("Send the digests as text/plain, one a line, or as application/json.")
NO_JSON = mark('This is not JSON of the form {"hashes": ["…"]}.')
NO_PACKAGE = mark("This is no name of a package.")
NO_CERTIFICATE = mark("This is no SHA-256 in hexadecimal.")


class NotAsked(ValueError):
    """What was sent is no question. status: of the answer, 400, 413 or 415."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


class Digest(NamedTuple):
    """A digest that was asked for. column: sha256, sha1 or md5; text: hexadecimal, lower case."""

    column: str
    text: str


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sample as a look-up tells it. Digests are hexadecimal.

    first_handed_in: ISO 8601, of the first hand-in that the one who asks may see; also: SHA-256 of other files with the
    same SHA-1 or MD5.
    """

    sha256: str
    sha1: str
    md5: str
    size: int
    kind: str
    state: str
    package: str
    label: str
    version: str
    verdict: str
    rule: str
    first_handed_in: str
    also: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True):
    """The answer to a bulk question. asked: how many different digests; found: the known ones, by what was asked."""

    asked: int
    found: Mapping[str, Record]


class Listed(msgspec.Struct, frozen=True):
    """The newest samples of a package or certificate. more: whether there are others, which a search finds."""

    samples: Sequence[Record]
    more: bool


class _Bulk(msgspec.Struct):
    hashes: list[str]


def digest_asked(text: str) -> Digest:
    """A digest as somebody wrote it. Raises NotAsked."""
    lower = text.lower()
    column = _DIGEST_COLUMNS.get(len(lower))
    if column is None or not _HEXADECIMAL.fullmatch(lower):
        raise NotAsked(NO_DIGEST)
    return Digest(column, lower)


def digests_asked(body: bytes, media_type: str) -> list[Digest]:
    """The digests of a bulk question, each once. body: a line each, or JSON `{"hashes": […]}`. Raises NotAsked."""
    if len(body) > MOST_BYTES:
        raise NotAsked(TOO_MUCH, 413)
    kind = media_type.partition(";")[0].strip().lower()
    if kind not in {"application/json", "text/plain", ""}:
        raise NotAsked(NO_FORM, 415)
    texts = _of_json(body) if kind == "application/json" else body.decode("ascii", "replace").split()
    if len(texts) > MOST_DIGESTS:
        raise NotAsked(TOO_MUCH, 413)
    return list(dict.fromkeys(map(digest_asked, texts)))


def _of_json(body: bytes) -> list[str]:
    try:
        return _decode(body).hashes
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotAsked(NO_JSON) from error


_decode = msgspec.json.Decoder(_Bulk).decode


def package_asked(text: str) -> str:
    """The name of a package as the index has it: lower case. Raises NotAsked."""
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable():
        raise NotAsked(NO_PACKAGE)
    return text.lower().strip()


def certificate_asked(text: str) -> str:
    """The SHA-256 of a certificate as somebody wrote it, lower case. Raises NotAsked."""
    lower = text.lower()
    if len(lower) != _SHA256_LETTERS or not _HEXADECIMAL.fullmatch(lower):
        raise NotAsked(NO_CERTIFICATE)
    return lower


def by_digest(actor: Actor, asked: Digest, now: datetime) -> Record | None:
    """What this actor may see of the sample with that digest."""
    return _by_column(actor, asked.column, [asked], now).get(asked.text)


def by_digests(actor: Actor, asked: Sequence[Digest], now: datetime) -> Found:
    """What this actor may see of the samples with these digests."""
    found: dict[str, Record] = {}
    for column in _DIGEST_COLUMNS.values():
        found |= _by_column(actor, column, [one for one in asked if one.column == column], now)
    return Found(len(asked), {one.text: found[one.text] for one in asked if one.text in found})


def by_term(actor: Actor, field: Field, value: str, now: datetime) -> Listed:
    """The newest samples that have this value in the index of terms and that this actor may see."""
    terms = Term.objects.filter(field=field.value, value=value)
    samples = _told(actor, now).filter(pk__in=terms.values("sample")).order_by("-pk")
    rows = list(samples[: MOST_SAMPLES + 1])
    return Listed([record_of(row) for row in rows[:MOST_SAMPLES]], len(rows) > MOST_SAMPLES)


def _by_column(actor: Actor, column: str, asked: Sequence[Digest], now: datetime) -> dict[str, Record]:
    digests = [bytes.fromhex(one.text) for one in asked]
    rows = _told(actor, now).filter(**{f"{column}__in": digests}).order_by("pk")
    return by_column(column, rows)


def by_column(column: str, rows: Iterable[Sequence[Any]]) -> dict[str, Record]:
    """Records by the digest in that column. rows: `COLUMNS` and the first hand-in, oldest sample first, some twice."""
    found: dict[str, Record] = {}
    for row in rows:
        made = record_of(row)
        digest = getattr(made, column)
        first = found.get(digest)
        if first is None:
            found[digest] = made
        elif made.sha256 not in {first.sha256, *first.also} and len(first.also) < MOST_ALSO:
            found[digest] = msgspec.structs.replace(first, also=(*first.also, made.sha256))
    return found


def _told(actor: Actor, now: datetime) -> QuerySet[Sample, tuple[Any, ...]]:
    """Rows of `COLUMNS` and the first hand-in this actor sees, of every sample of which they see one."""
    seen = HandIn.objects.filter(seen_by(actor, now), sample=OuterRef("pk")).order_by()
    first = seen.values("sample").annotate(first=Min("at")).values("first")
    return Sample.objects.annotate(first=Subquery(first)).filter(first__isnull=False).values_list(*COLUMNS, "first")


def record_of(row: Sequence[Any]) -> Record:
    """A record. row: `COLUMNS` and the first hand-in, as a time or as SQLite keeps one (UTC, without saying so)."""
    sha256, sha1, md5, size, kind, state, package, label, version, verdict, rule, first = row
    moment = first if isinstance(first, str) else first.isoformat(" ").removesuffix("+00:00")
    told = moment.replace(" ", "T") + "Z"
    hexadecimal = bytes(sha256).hex(), bytes(sha1).hex(), bytes(md5).hex()
    return Record(*hexadecimal, size, kind, state, package, label, version, verdict, rule, told)
