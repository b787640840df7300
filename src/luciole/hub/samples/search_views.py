"""Pages of saved searches: keep one, see its news, have it told, and its feed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from luciole.hub.members.access import need, requires
from luciole.hub.members.policy import Actor, Target
from luciole.hub.samples import news, searches
from luciole.hub.samples.failures import NotTaken
from luciole.hub.samples.forms import SearchForm
from luciole.hub.samples.models import News, SavedSearch
from luciole.hub.samples.sample_page import address, digest
from luciole.hub.samples.search_language import SearchError
from luciole.hub.samples.shown import unsteered
from luciole.hub.samples.views import page, problem_text
from luciole.hub.site.sentences import in_words
from luciole.hub.site.settings import HUB

SHOWN = 100
IN_FEED = 50
ATOM = "http://www.w3.org/2005/Atom"
"""RFC 4287, section 1.2."""


@require_http_methods(["GET", "HEAD", "POST"])
@requires("search.self")
def saved(request: HttpRequest) -> HttpResponseBase:
    """One's saved searches, and another one."""
    actor = _self(request)
    if request.method != "POST":
        return _list(
            request, actor, SearchForm(initial={"query": unsteered(request.GET.get("q", "")), "channel": "mail"})
        )
    form = SearchForm(request.POST)
    if not form.is_valid():
        return _list(request, actor, form, 422)
    said = form.cleaned_data
    try:
        made = searches.save(actor, said["name"], said["query"], said["channel"])
    except NotTaken as error:
        form.add_error(None, in_words(error))
        return _list(request, actor, form, 422)
    except SearchError as error:
        form.add_error("query", problem_text(error))
        return _list(request, actor, form, 422)
    if made.channel == searches.FEED:
        return _with_feed(request, made, searches.new_feed(actor, made.pk))
    messages.success(request, _("The search is kept."))
    return HttpResponseRedirect(reverse("samples:searches"), status=303)


def _list(request: HttpRequest, actor: Actor, form: SearchForm, status: int = 200) -> HttpResponse:
    rows = SavedSearch.objects.filter(person_id=actor.person).order_by("name", "pk")
    return page(request, "samples/searches.html.j2", status, search_form=form,
                searches=[(one, news.untold(one)) for one in rows])  # fmt: skip


@require_safe
@requires("search.self")
def saved_one(request: HttpRequest, search_id: UUID) -> HttpResponse:
    """The news of one saved search."""
    row, _actor = _own(request, search_id)
    return page(request, "samples/search.html.j2", search=row, news=news.news_of(row, timezone.now(), SHOWN), feed="")


@require_POST
@requires("search.self")
def remove(request: HttpRequest, search_id: UUID) -> HttpResponseBase:
    """Forgets a saved search."""
    row, actor = _own(request, search_id)
    searches.remove(actor, row.pk)
    messages.success(request, _("The search was removed."))
    return HttpResponseRedirect(reverse("samples:searches"), status=303)


@require_POST
@requires("search.self")
def new_feed(request: HttpRequest, search_id: UUID) -> HttpResponse:
    """Gives a search a feed with a new secret address, and shows it once."""
    row, actor = _own(request, search_id)
    return _with_feed(request, row, searches.new_feed(actor, row.pk))


def _with_feed(request: HttpRequest, row: SavedSearch, secret: str) -> HttpResponse:
    found = news.news_of(row, timezone.now(), SHOWN)
    return page(request, "samples/search.html.j2", search=row, news=found,
                feed=_absolute(reverse("samples:feed", args=[secret])))  # fmt: skip


@require_safe
@requires("feed.read")
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The news of a search as an Atom feed (RFC 4287), for whoever knows its secret. It holds no foreign text."""
    del request
    row = searches.of_feed(secret)
    if row is None or news.reader_of(row) is None:
        raise Http404
    return HttpResponse(_atom(row, news.news_of(row, timezone.now(), IN_FEED)), content_type="application/atom+xml")


def _atom(row: SavedSearch, found: list[News]) -> bytes:
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed")
    newest = found[0].at if found and found[0].at else row.created_at
    _texts(root, id=f"urn:uuid:{row.pk}", title="Luciole", updated=newest.isoformat(timespec="seconds"))
    _texts(ET.SubElement(root, f"{{{ATOM}}}author"), name="Luciole")
    for one in found:
        entry = ET.SubElement(root, f"{{{ATOM}}}entry")
        sha256, at = digest(one.sample), one.at or row.created_at
        _texts(entry, id=f"urn:luciole:{row.pk}:{sha256}", title=sha256, updated=at.isoformat(timespec="seconds"))
        ET.SubElement(entry, f"{{{ATOM}}}link", href=_absolute(address(one.sample)))
        _texts(entry, summary=f"{one.sample.kind} {one.sample.verdict}".strip())
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _texts(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def _absolute(path: str) -> str:
    return HUB.text("address").rstrip("/") + path


def _self(request: HttpRequest) -> Actor:
    return need(request, "search.self", Target(person=_person(request)))


def _person(request: HttpRequest) -> str:
    return str(request.user.pk or "")


def _own(request: HttpRequest, search_id: UUID) -> tuple[SavedSearch, Actor]:
    row = SavedSearch.objects.select_related("person__organisation").filter(pk=search_id).first()
    if row is None:
        raise Http404
    return row, need(request, "search.self", Target(person=str(row.person_id)))
