"""Pages of samples: the list with its search, one sample, the places of its facts, comments and fetching."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from luciole.hub.members.access import actor_of, need, requires
from luciole.hub.members.policy import Actor, Target, allowed
from luciole.hub.members.words import Purpose
from luciole.hub.samples import comments, fetching, sample_page
from luciole.hub.samples.facets import COUNTED, Facet, facets_of
from luciole.hub.samples.failures import NotTaken, SampleError
from luciole.hub.samples.fetching import Form
from luciole.hub.samples.forms import PURPOSES
from luciole.hub.samples.listing import rows_of, size_text, verdict_text
from luciole.hub.samples.models import Comment, Sample
from luciole.hub.samples.search import PAGE, load, newest
from luciole.hub.samples.search_language import LONGEST, Field, SearchError, parse
from luciole.hub.samples.sharing import is_shared, target_of
from luciole.hub.samples.shown import name, paragraphs, told, unsteered
from luciole.hub.site import cursors
from luciole.hub.site.sentences import in_words
from luciole.kernel.errors import LucioleError
from luciole.kernel.text import show_controls

SHA256_LENGTH = 64
ERRORS = 400


def page(request: HttpRequest, template: str, status: int = 200, **context: object) -> HttpResponse:
    """A page of this domain, with what its templates write foreign text with."""
    helpers: dict[str, Any] = {
        "name": name, "told": told, "paragraphs": paragraphs, "verdict": verdict_text, "digest": sample_page.digest,
        "address": sample_page.address, "field_text": sample_page.field_text, "size": size_text,
        "rows_of": partial(rows_of, actor=actor_of(request)),
    }  # fmt: skip
    return render(request, template, {**helpers, **context}, status=status)


@require_safe
@requires("sample.search")
def listed(request: HttpRequest) -> HttpResponse:
    """The newest samples that answer a search, with what the search could be narrowed to."""
    text = unsteered(request.GET.get("q", "")[: LONGEST + 1])
    listing = f"page of samples {text}"
    after = _place(listing, request.GET.get("after", ""))
    actor, now = need(request, "sample.search"), timezone.now()
    try:
        tree = parse(text)
    except SearchError as error:
        return page(
            request, "samples/list.html.j2", 400, query=text, error=error, problem=problem_text(error), samples=[],
            facets=[], later="", cut=False, first=True, counted=0,
        )  # fmt: skip
    hits = newest(tree, actor, now, after=after, limit=PAGE if after else COUNTED)
    shown = hits.ids[:PAGE]
    is_more = len(hits.ids) > PAGE or hits.after is not None
    last = shown[-1] if len(hits.ids) > PAGE else hits.after
    later = f"?{urlencode({'q': text, 'after': cursors.sealed(listing, last)})}" if is_more and last else ""
    return page(
        request, "samples/list.html.j2", query=text, error=None, problem="", samples=load(shown), later=later,
        facets=[] if after else _narrowing(text, facets_of(hits.ids)), cut=hits.cut and len(hits.ids) <= PAGE,
        first=after is None, counted=len(hits.ids) if hits.after is not None else 0,
    )  # fmt: skip


def problem_text(error: SearchError) -> str:
    """What is wrong with a search, in the language of this request, with its place."""
    shown = {key: show_controls(value) if isinstance(value, str) else value for key, value in error.values.items()}
    what = _(error.sentence).format(**shown)
    return _("At sign {place}: {what}").format(place=error.place + 1, what=what)


def _narrowing(text: str, facets: list[Facet]) -> list[tuple[str, list[tuple[str, int, str]]]]:
    """Facets with the address that each value leads to."""
    shown = []
    for facet in facets:
        values = []
        for one in facet.values:
            wider = f"({text}) " if " OR " in text else f"{text} " if text else ""
            narrow = f"{wider}{one.search}" if one.search and one.search not in text.split() else ""
            title = verdict_text(one.value) if facet.field == "verdict" else one.value
            values.append((title, one.hits, f"?{urlencode({'q': narrow})}" if narrow else ""))
        shown.append((sample_page.field_text(facet.field), values))
    return shown


@require_safe
@requires("sample.search")
def language_help(request: HttpRequest) -> HttpResponse:
    """How searches are written."""
    return page(request, "samples/search_help.html.j2", fields=[one.value for one in Field])


@require_safe
@requires("sample.read")
def sample(request: HttpRequest, sha256: str) -> HttpResponse:
    """Everything about one sample."""
    found, actor = seen_sample(request, sha256, "sample.read")
    return _sample_page(request, actor, found)


def _sample_page(request: HttpRequest, actor: Actor, found: Sample, status: int = 200, **said: str) -> HttpResponse:
    """said: comment_error, comment_text, fetch_error, where something that was sent could not be done."""
    now = timezone.now()
    target = target_of(actor, found, now)
    unsaid = {"comment_error": "", "comment_text": "", "fetch_error": ""}
    return page(
        request, "samples/sample.html.j2", 422 if said and status < ERRORS else status,
        view=sample_page.view_of(actor, found, now), comments=list(comments.comments_on(found, actor, now)),
        may_comment=allowed(actor, "sample.comment", target), may_fetch=allowed(actor, "sample.fetch", target),
        is_shared=is_shared(found, now), purposes=PURPOSES, most=comments.LONGEST, **unsaid | said,
    )  # fmt: skip


@require_safe
@requires("sample.read")
def places(request: HttpRequest, sha256: str) -> HttpResponse:
    """Every fact that was read of a sample, with its place."""
    found, _actor = seen_sample(request, sha256, "sample.read")
    start = _number(request.GET.get("from", "")) or 0
    return page(request, "samples/places.html.j2", sample=found, places=sample_page.places_of(found, start),
                step=sample_page.FACTS_ON_A_PAGE)  # fmt: skip


@require_POST
@requires("sample.comment")
def comment(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Adds a comment."""
    found, actor = seen_sample(request, sha256, "sample.comment")
    text = request.POST.get("text", "")
    try:
        comments.add(actor, found, text)
    except NotTaken as error:
        return _sample_page(request, actor, found, comment_error=in_words(error), comment_text=text)
    messages.success(request, _("Your comment stands below."))
    return HttpResponseRedirect(f"{sample_page.address(found)}#comments")


@require_POST
@requires("comment.remove")
def remove_comment(request: HttpRequest, sha256: str, comment_id: UUID) -> HttpResponseBase:
    """Takes one's own comment back."""
    found, _actor = seen_sample(request, sha256, "sample.read")
    row = Comment.objects.filter(pk=comment_id, sample=found, removed_at=None).first()
    if row is None:
        raise Http404
    own = Target(str(row.organisation_id), str(row.person_id or ""))
    comments.remove(need(request, "comment.remove", own), row.pk)
    messages.success(request, _("Your comment was taken back."))
    return HttpResponseRedirect(f"{sample_page.address(found)}#comments")


@require_POST
@requires("sample.fetch")
def fetch(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Gives a sample out, encrypted to the organisation or in an archive with the usual password."""
    found, actor = seen_sample(request, sha256, "sample.fetch")
    try:
        form, purpose = Form(request.POST.get("form", "")), Purpose(request.POST.get("purpose", ""))
    except ValueError:
        return _sample_page(request, actor, found, fetch_error=_("Choose what you need the sample for."))
    if form is Form.RAW:  # a key made for it may; a page never does
        raise BadRequest
    try:
        made = fetching.fetch(actor, found, purpose, form)
    except LucioleError as error:
        status = error.status if isinstance(error, SampleError) else 500
        return _sample_page(request, actor, found, status, fetch_error=in_words(error))
    response = StreamingHttpResponse(made.chunks, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return response


def seen_sample(request: HttpRequest, sha256: str, action: str) -> tuple[Sample, Actor]:
    """The sample with this digest and the actor, who may do this to it. Raises Http404 for what they may not know."""
    try:
        wanted = bytes.fromhex(sha256) if len(sha256) == SHA256_LENGTH else b""
    except ValueError:
        wanted = b""
    found = Sample.objects.filter(sha256=wanted).first() if wanted else None
    if found is None:
        raise Http404
    return found, need(request, action, target_of(actor_of(request), found, timezone.now()))


def _place(listing: str, text: str) -> int | None:
    """A place in a list that `listed` gave out, or None: numbers of samples would tell how many nobody sees."""
    try:
        return cursors.opened(listing, text) if text else None
    except cursors.NotACursor:
        return None


def _number(text: str) -> int | None:
    """A number of at most 18 digits, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None  # noqa: PLR2004 - fits 64 bits
