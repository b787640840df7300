"""What the page of one sample says: identity, signing, what it can do, reasons, places, relations and history."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markupsafe import Markup

from luciole.assess.document import Result
from luciole.guidance import languages
from luciole.hub.members.policy import Actor
from luciole.hub.samples.analysis import reading_of, result_of
from luciole.hub.samples.kinship import Relative, relatives
from luciole.hub.samples.models import Analysis, Fetch, HandIn, Sample, Term
from luciole.hub.samples.relations import Item, Picture, picture
from luciole.hub.samples.sharing import first_seen, hand_ins_for, visible_to
from luciole.hub.samples.shown import name
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Fact
from luciole.kernel.reading import Reading
from luciole.kernel.text import Translator
from luciole.report.lines import Line, fact_line
from luciole.report.view import Page, build_page

MOST_RELATIVES = 60
FACTS_ON_A_PAGE = 200
MOST_FETCHES = 50
TOGETHER = dt.timedelta(seconds=10)
"""Two moments of one analysis are nearer to each other than that."""
_OF_GRAPH = ("package", "cert", "host", "family")
_THINGS_EACH = 8
_ANY = "0" * 64
_SIGNING = ("signature.", "signing.")


class Event(NamedTuple):
    """Something that happened to a sample. by: an organisation, or empty."""

    at: dt.datetime
    what: str
    by: str


class Relation(NamedTuple):
    """A related sample and why it is related, in words."""

    sample: Sample
    reasons: tuple[str, ...]


class View(NamedTuple):
    """Everything on the page. page: the report on the file, None where there is none; problem: why that is so."""

    sample: Sample
    sha256: str
    identity: list[tuple[str, object]]
    signing: list[Line]
    page: Page | None
    problem: str
    things: list[Term]
    relations: list[Relation]
    picture: Picture
    hand_ins: list[HandIn]
    history: list[Event]


class Places(NamedTuple):
    """A part of what was read, each with its place. after: where the next part begins, None on the last."""

    lines: list[Line]
    start: int
    total: int
    after: int | None


def digest(sample: Sample) -> str:
    """The SHA-256 of a sample in hexadecimal."""
    return bytes(sample.sha256).hex()


def address(sample: Sample) -> str:
    """The page of a sample."""
    return _pattern().replace(_ANY, digest(sample))


@functools.cache
def _pattern() -> str:
    """The address of a page of a sample, as the addresses say it, with a digest to be replaced."""
    return reverse("samples:sample", args=[_ANY])


class _WithOurs(Translator):
    """The translator of the reports, which also knows the texts of the hub."""

    def __init__(self, reports: Translator) -> None:
        super().__init__(reports.language)
        self._catalogue = reports._catalogue  # noqa: SLF001 - of the same class

    def __call__(self, text: str, /, **parameters: str | int) -> str:
        """The sentence as reports have it, else as the hub does."""
        is_of_reports = not text or super().__call__(text) != text
        return super().__call__(text if is_of_reports else _(text), **parameters)


def translator() -> Translator:
    """The translator of the reports, in the language of this request."""
    return _WithOurs(languages.translator(languages.preferred(get_language() or "en")))


def view_of(actor: Actor, sample: Sample, now: dt.datetime) -> View:
    """The page of a sample that this actor may see; whether they may was asked before."""
    translate = translator()
    page, problem = _page(sample, actor, now, translate)
    reading = _reading(sample)
    hand_ins = list(hand_ins_for(actor, sample, now))
    things = _things(sample)
    related = [_relation(one) for one in relatives(sample, visible_to(actor, now), MOST_RELATIVES)]
    return View(
        sample, digest(sample), _identity(sample), _signing(reading, translate), page, problem, things, related,
        _picture(sample, things, related), hand_ins, _history(actor, sample, hand_ins),
    )  # fmt: skip


def told_result(sample: Sample, actor: Actor, now: dt.datetime) -> Result | None:
    """The result of a sample, dated never before the first hand-in that this actor sees; None where there is none.

    Raises ParseError where it is damaged.
    """
    result = result_of(sample)
    first = first_seen([sample], actor, now).get(sample.pk, now).astimezone(dt.UTC).isoformat(timespec="seconds")
    told = first.replace("+00:00", "Z")
    return result if result is None or result.created >= told else msgspec.structs.replace(result, created=told)


def _page(sample: Sample, actor: Actor, now: dt.datetime, translate: Translator) -> tuple[Page | None, str]:
    try:
        result = told_result(sample, actor, now)
    except ParseError as error:
        return None, _("What was kept of it is damaged: {why}").format(why=error.message)
    if result is None:
        return None, ""
    return build_page(result, translate), ""


def _reading(sample: Sample) -> Reading | None:
    try:
        return reading_of(sample)
    except ParseError:
        return None


def _facts(reading: Reading | None) -> Iterator[Fact]:
    for subject in reading.subjects if reading else ():
        yield from subject.facts


def places_of(sample: Sample, start: int) -> Places:
    """What was read, from the fact with this number on, each with the place where it was read."""
    translate = translator()
    facts = [one for one in _facts(_reading(sample)) if one.name != "app.icon"]
    end = start + FACTS_ON_A_PAGE
    lines = [fact_line(one, translate) for one in facts[start:end]]
    return Places(lines, start, len(facts), end if end < len(facts) else None)


def _signing(reading: Reading | None, translate: Translator) -> list[Line]:
    return [fact_line(one, translate) for one in _facts(reading) if one.name.startswith(_SIGNING)][:FACTS_ON_A_PAGE]


def _identity(sample: Sample) -> list[tuple[str, object]]:
    digests = [(label, _code(bytes(value).hex())) for label, value in (
        ("SHA-256", sample.sha256), ("SHA-1", sample.sha1), ("MD5", sample.md5)
    )]  # fmt: skip
    rows: Sequence[tuple[str, object]] = (
        (_("Name in the app"), name(sample.label) if sample.label else ""),
        (_("Package"), name(sample.package) if sample.package else ""),
        (_("Version"), name(sample.version) if sample.version else ""),
        (_("Kind of file"), name(sample.kind) if sample.kind else ""),
        (_("TLSH"), _code(sample.tlsh) if sample.tlsh else ""),
    )
    return [*digests, *((label, value) for label, value in rows if value)]


def _code(text: str) -> Markup:
    return Markup('<code dir="ltr">{}</code>').format(text)


def _things(sample: Sample) -> list[Term]:
    """What the sample has that others may have too, a few of each field."""
    found: list[Term] = []
    for field in _OF_GRAPH:
        found += Term.objects.filter(sample=sample, field=field).order_by("value")[:_THINGS_EACH]
    return found


def _relation(relative: Relative) -> Relation:
    kinds = dict.fromkeys(one.kind for one in relative.reasons)
    return Relation(relative.sample, tuple(reason_text(kind, relative.distance) for kind in kinds))


def reason_text(kind: str, distance: int) -> str:
    """Why two samples are related, in words."""
    if kind == "similar":
        return _("nearly the same file (distance {distance})").format(distance=distance)
    return {
        "certificate": _("the same signer"),
        "icon": _("the same icon"),
        "code": _("the same code"),
        "server": _("the same server"),
        "tlsh": _("a similar part of the file"),
    }.get(kind, kind)


def field_text(field: str) -> str:
    """What a field of the index holds, in words."""
    return {
        "package": _("Package"), "cert": _("Certificate"), "host": _("Server"), "family": _("Family"),
        "verdict": _("Verdict"), "kind": _("Kind of file"),
    }.get(field, field)  # fmt: skip


def _picture(sample: Sample, things: Iterable[Term], related: Iterable[Relation]) -> Picture:
    own = Item(_("This sample"), sample.label or sample.package or digest(sample)[:16])
    before = [Item(field_text(one.field), one.value, _search(one)) for one in things]
    after = [
        Item(", ".join(one.reasons), one.sample.label or one.sample.package or digest(one.sample)[:16],
             address(one.sample))
        for one in related
    ]  # fmt: skip
    return picture(own, before, after)


def _search(term: Term) -> str:
    return f"{reverse('samples:list')}?{search_query(term)}"


def search_query(term: Term) -> str:
    """The part of an address that searches for everything with this value."""
    return urlencode({"q": f'{term.field}:"{term.value}"'})


def _history(actor: Actor, sample: Sample, hand_ins: Sequence[HandIn]) -> list[Event]:
    """What happened since the first hand-in that the actor sees; what was before would tell of one they do not."""
    events = [Event(one.at, _("handed in"), one.organisation.name) for one in hand_ins]
    first = min((one.at for one in hand_ins), default=None)
    analysis = Analysis.objects.filter(sample=sample).only("first_at", "at", "changed_at").first()
    if analysis is not None:
        events.append(Event(analysis.first_at, _("read for the first time"), ""))
        if analysis.at > analysis.first_at:
            is_again = first is not None and analysis.first_at >= first
            events.append(Event(analysis.at, _("read again") if is_again else _("read"), ""))
        if analysis.changed_at > analysis.at + TOGETHER:
            events.append(Event(analysis.changed_at, _("judged anew, with another conclusion"), ""))
    if actor.organisation:
        own = Fetch.objects.filter(sample=sample, organisation_id=actor.organisation).order_by("-at")
        times = own.values_list("at", flat=True)[:MOST_FETCHES]
        events += [Event(one, _("fetched by your organisation"), "") for one in times]
    return sorted(one for one in events if first is not None and one.at >= first)
