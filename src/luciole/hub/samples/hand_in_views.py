"""Pages of hand-ins: the form for several files, files that arrive in pieces, and one's own hand-ins afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.decorators import decorator_from_middleware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as mark
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from luciole.hub.members.access import actor_of, need, requires
from luciole.hub.members.policy import Actor, Target
from luciole.hub.samples import marking, uploads
from luciole.hub.samples.archives import take
from luciole.hub.samples.failures import NotTaken, SampleError, TooLarge, WrongOffset
from luciole.hub.samples.forms import AnnouncedForm, HandInForm, MarkingForm
from luciole.hub.samples.handin import LARGEST
from luciole.hub.samples.models import HandIn
from luciole.hub.samples.sample_page import digest
from luciole.hub.samples.shown import unsteered
from luciole.hub.samples.uploaded import SealedFile, Sealing
from luciole.hub.samples.views import page
from luciole.hub.site.own_forms import OwnForms
from luciole.hub.site.sentences import in_words
from luciole.kernel.errors import LucioleError

PER_PAGE = 50
PIECE = 4 << 20
"""Bytes of the pieces that the script of the form sends."""
READ = 1 << 18
MOST_FILES = 50
_FORM_ROOM = 1 << 20


@csrf_exempt  # only until the files have a place to go: `_hand_in` checks it before anything else
@require_http_methods(["GET", "HEAD", "POST"])
@requires("sample.submit")
def hand_in_page(request: HttpRequest) -> HttpResponseBase:
    """The form, and what was sent with it."""
    handler = Sealing(request, LARGEST)
    if request.method == "POST":
        if _announced(request) > LARGEST + _FORM_ROOM:
            return _form(request, HandInForm(), 413, _too_large())
        request.upload_handlers = [handler]
    return _hand_in(request, handler)


@decorator_from_middleware(OwnForms)
def _hand_in(request: HttpRequest, handler: Sealing) -> HttpResponseBase:
    if request.method != "POST":
        return _form(request, HandInForm())
    files = [one for one in request.FILES.getlist("file") if isinstance(one, SealedFile)]
    if handler.is_too_much:
        return _form(request, HandInForm(request.POST), 413, _too_large())
    if handler.failed is not None:
        return _form(request, HandInForm(request.POST), handler.failed.status, in_words(handler.failed))
    if request.POST.get("complete") != "yes":  # it stands last in the form: without it something is cut off
        return _form(
            request, HandInForm(request.POST), 400, _("The files did not arrive whole. Nothing was handed in.")
        )
    form = HandInForm(request.POST, request.FILES)
    if len(files) > MOST_FILES:
        form.add_error("file", _("Hand in at most {count} files at once.").format(count=MOST_FILES))
    if not form.is_valid():
        return _form(request, form, 422)
    return _take(request, form, files)


def _take(request: HttpRequest, form: HandInForm, files: list[SealedFile]) -> HttpResponseBase:
    """Hands in one file after the other. Those that were taken stay, whatever comes of the others."""
    actor = need(request, "sample.submit")
    taken: list[HandIn] = []
    left_out = 0
    for file in files:
        try:
            made = take(actor, file.clear(), form.about(file.name or ""))
            taken += made.hand_ins
            left_out += made.left_out
        except LucioleError as error:
            status = error.status if isinstance(error, SampleError) else 500
            return _form(request, form, status, in_words(error), taken)
    messages.success(
        request, _("Received: {count}. They are being read; come back in a moment.").format(count=len(taken))
    )
    if left_out:
        messages.info(request, _left_out(left_out))
    return HttpResponseRedirect(reverse("samples:own"), status=303)


def _left_out(count: int) -> str:
    """What is said of files in archives that are no app files."""
    return ngettext(
        "{count} file in an archive is no app file and was left out.",
        "{count} files in archives are no app files and were left out.", count,
    ).format(count=count)  # fmt: skip


def _form(
    request: HttpRequest, form: HandInForm, status: int = 200, problem: str = "", taken: list[HandIn] | None = None
) -> HttpResponse:
    return page(request, "samples/hand_in.html.j2", status, form=form, problem=problem, taken=taken or [],
                largest=LARGEST, piece=PIECE)  # fmt: skip


def _too_large() -> str:
    return _("These files are larger than {size} GiB together. Nothing was handed in.").format(size=LARGEST >> 30)


def _announced(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdigit() else 0


@require_POST
@requires("sample.submit")
def begin(request: HttpRequest) -> HttpResponseBase:
    """Announces a file that comes in pieces; for the script of the form."""
    form = AnnouncedForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"problem": _first_error(form)}, status=422)
    try:
        made = uploads.begin(need(request, "sample.submit"), form.cleaned_data["size"],
                             form.about(form.cleaned_data["file_name"]))  # fmt: skip
    except LucioleError as error:
        return _refused(error)
    return JsonResponse({"upload": str(made.pk), "at": 0, "piece": PIECE}, status=201)


def _first_error(form: AnnouncedForm) -> str:
    return next((str(error) for errors in form.errors.values() for error in errors), "")


@require_http_methods(["GET", "POST"])
@requires("sample.submit")
def pieces(request: HttpRequest, upload_id: UUID) -> HttpResponseBase:
    """Where an upload stands, or its next piece."""
    actor = need(request, "sample.submit")
    try:
        if request.method == "GET":
            return JsonResponse({"at": uploads.find(actor, upload_id).received})
        offset = request.GET.get("at", "")
        if not (offset.isascii() and offset.isdigit() and len(offset) < 18):  # noqa: PLR2004 - fits 64 bits
            raise BadRequest
        return JsonResponse({"at": uploads.append(actor, upload_id, int(offset), _body(request))})
    except LucioleError as error:
        return _refused(error)


def _body(request: HttpRequest) -> Iterator[bytes]:
    """What is sent, as it comes. Raises TooLarge before more than a piece was read."""
    left = uploads.PIECE_MOST
    while chunk := request.read(READ):
        left -= len(chunk)
        if left < 0:
            raise TooLarge(mark("The piece is too large."))
        yield chunk


@require_POST
@requires("sample.submit")
def finish(request: HttpRequest, upload_id: UUID) -> HttpResponseBase:
    """Hands in what arrived in pieces."""
    try:
        made = uploads.finish(need(request, "sample.submit"), upload_id)
    except LucioleError as error:
        return _refused(error)
    first = made.first
    if made.left_out:
        messages.info(request, _left_out(made.left_out))  # the script leads to another page at the end
    return JsonResponse({"hand_in": str(first.pk), "page": reverse("samples:sample", args=[digest(first.sample)])})


@require_POST
@requires("sample.submit")
def give_up(request: HttpRequest, upload_id: UUID) -> HttpResponseBase:
    """Forgets an upload."""
    try:
        uploads.give_up(need(request, "sample.submit"), upload_id)
    except LucioleError as error:
        return _refused(error)
    return JsonResponse({})


def _refused(error: LucioleError) -> JsonResponse:
    body: dict[str, Any] = {"problem": in_words(error)}
    if isinstance(error, WrongOffset):
        body["at"] = error.expected
    return JsonResponse(body, status=error.status if isinstance(error, SampleError) else 500)


@require_safe
@requires("sample.submit")
def own(request: HttpRequest) -> HttpResponse:
    """What one's organisation handed in, newest first."""
    actor = need(request, "sample.submit")
    rows = HandIn.objects.select_related("sample", "person")
    rows = rows.filter(organisation_id=actor.organisation) if actor.organisation else rows.none()
    before = _place(request.GET.get("before", ""))
    if before is not None:
        rows = rows.filter(at__lt=before)
    found = list(rows.order_by("-at")[: PER_PAGE + 1])
    later = f"?{_query(found[PER_PAGE - 1])}" if len(found) > PER_PAGE else ""
    return page(request, "samples/own.html.j2", hand_ins=found[:PER_PAGE], later=later, now=timezone.now())


def _query(last: HandIn) -> str:
    return urlencode({"before": last.at.isoformat()})


def _place(text: str) -> Any:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None


@require_http_methods(["GET", "HEAD", "POST"])
@requires("handin.change")
def change(request: HttpRequest, hand_in_id: UUID) -> HttpResponseBase:
    """The marking of one's own hand-in, and another one."""
    row, actor = _own(request, hand_in_id)
    if request.method != "POST":
        return _marking(request, row, MarkingForm(initial=_initial(row)))
    form = MarkingForm(request.POST)
    if not form.is_valid():
        return _marking(request, row, form, 422)
    try:
        marking.change(actor, row.pk, form.marking())
    except NotTaken as error:
        return _marking(request, row, form, 422, in_words(error))
    messages.success(request, _("The marking was changed. It holds from now on."))
    return HttpResponseRedirect(reverse("samples:own"), status=303)


def _initial(row: HandIn) -> dict[str, object]:
    embargo = timezone.localdate(row.embargo_until) if row.embargo_until else None
    return {"tlp": row.tlp, "purposes": row.purposes, "embargo": embargo, "note": unsteered(row.note)}


def _marking(
    request: HttpRequest, row: HandIn, form: MarkingForm, status: int = 200, problem: str = ""
) -> HttpResponse:
    is_last = not row.sample.hand_ins.filter(withdrawn_at=None).exclude(pk=row.pk).exists()
    return page(request, "samples/marking.html.j2", status, row=row, marking_form=form, problem=problem,
                is_last=is_last)  # fmt: skip


@require_POST
@requires("handin.change")
def withdraw(request: HttpRequest, hand_in_id: UUID) -> HttpResponseBase:
    """Takes one's own hand-in back, once the person said that they know what that means."""
    row, actor = _own(request, hand_in_id)
    if request.POST.get("sure") != "yes":
        return _marking(
            request, row, MarkingForm(initial=_initial(row)), 422, _("Tick the box first. Nothing was done.")
        )
    try:
        marking.withdraw(actor, row.pk)
    except LucioleError as error:
        status = error.status if isinstance(error, SampleError) else 500
        return _marking(request, row, MarkingForm(initial=_initial(row)), status, in_words(error))
    messages.success(request, _("The hand-in was withdrawn."))
    return HttpResponseRedirect(reverse("samples:own"), status=303)


def _own(request: HttpRequest, hand_in_id: UUID) -> tuple[HandIn, Actor]:
    row = HandIn.objects.select_related("sample", "organisation").filter(pk=hand_in_id, withdrawn_at=None).first()
    if row is None:
        actor_of(request)
        raise Http404
    return row, need(request, "handin.change", Target(str(row.organisation_id)))
