"""Handing in over the API: a file at once, or in pieces; and own hand-ins afterwards."""

import base64
import re
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as mark
from ninja import Header, Query, Router, Status
from ninja.decorators import decorate_view
from pydantic import ValidationError

from luciole.hub.members.access import actor_of, need, requires
from luciole.hub.members.policy import Actor, Target
from luciole.hub.samples import api_shapes as shapes
from luciole.hub.samples import marking, uploads
from luciole.hub.samples.about import About
from luciole.hub.samples.api import After
from luciole.hub.samples.api import router as samples
from luciole.hub.samples.archives import Taken, take
from luciole.hub.samples.arriving import Body, Form, Unreadable
from luciole.hub.samples.models import HandIn, Upload
from luciole.hub.site import cursors
from luciole.hub.site.once import once, settle
from luciole.hub.site.operations import MOST, Unclear, described
from luciole.hub.site.sentences import sentence

router = Router(tags=["hand-ins"])  # `/samples` belongs to the other one: a path has one router
_SIZE = 2**50
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):", re.ASCII)
_OFFSET = Annotated[int, Header(ge=0, le=_SIZE, alias="Upload-Offset", description="Where the piece begins, in bytes.")]
_ABOUT = {"$ref": "#/components/schemas/AboutIn"}
_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "about": _ABOUT,
                    "file": {"type": "string", "format": "binary"},
                },
                "required": ["about", "file"],
            },
            "encoding": {
                "about": {"contentType": "application/json"},
                "file": {"contentType": "application/octet-stream"},
            },
            "example": {"about": shapes.ABOUT, "file": "…"},
        }
    },
}
_PIECE = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}, "example": "…"}},
}


def about_of(said: shapes.AboutIn, file_name: str = "") -> About:
    """What is said of a file, for the rest of the hub. file_name: where `said` has none."""
    return About(
        file_name=said.file_name or file_name, source=said.source, tlp=said.tlp, purposes=tuple(said.purposes),
        embargo_until=said.embargo_until, note=said.note, from_survivor=said.from_survivor, consent=said.consent,
    )  # fmt: skip


def _said(raw: bytes) -> shapes.AboutIn:
    try:
        return shapes.AboutIn.model_validate_json(raw or b"{}")
    except ValidationError as error:
        where = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'about'}: {one['msg']}" for one in error.errors())
        raise Unclear(sentence("The field `about` is not as it must be. {where}", where=where[:500])) from None


@samples.post(
    "/samples",
    response={201: shapes.HandedInOut},
    operation_id="hand_in",
    **described(
        "Hand a file in", status=201, answer=shapes.HANDED_IN, requestBody=_FORM,
    ),
)  # fmt: skip
@decorate_view(once)
@requires("sample.submit")
def handed_in(request: HttpRequest) -> HttpResponse:
    """Takes a file in one request: a form with `about` (JSON) and then `file`. When it is answered the file is on disk.

    With the header `Repr-Digest: sha-256=:…:` (RFC 9530) a file that is another one is refused. Of a ZIP archive
    under the password `infected` every app file is handed in, all or none: the first is the answer, and `also` has the
    others.
    """
    actor, form = need(request, "sample.submit"), Form(request)
    about = about_of(_said(form.about()), form.file_name)
    made = take(
        actor, form.chunks(), about, expect=_expected(request), within=lambda taken: _settle(request, taken, actor)
    )
    return _made(made, actor)


def _expected(request: HttpRequest) -> bytes:
    """The SHA-256 that a file must have; nothing where none is named. Raises Unreadable."""
    named = request.headers.get("Repr-Digest", "")
    if not named:
        return b""
    found = _DIGEST.search(named)
    if found is None:
        raise Unreadable(mark("Repr-Digest names no SHA-256, as `sha-256=:BASE64:`."))
    return base64.b64decode(found[1])


def _out(made: HandIn, actor: Actor) -> shapes.HandInOut:
    return shapes.hand_in_out(made, actor, bytes(made.sample.sha256).hex())


def _all(made: Taken, actor: Actor) -> dict[str, Any]:
    return shapes.handed_in_out(made.hand_ins, made.left_out, actor).dict()


def _settle(request: HttpRequest, made: Taken, actor: Actor) -> None:
    settle(request, 201, _all(made, actor), _location(made))


def _location(made: Taken) -> str:
    return f"/api/v1/samples/{bytes(made.first.sample.sha256).hex()}"


def _made(made: Taken, actor: Actor) -> HttpResponse:
    answer = HttpResponse(msgspec.json.encode(_all(made, actor)), status=201, content_type="application/json")
    answer.headers["Location"] = _location(made)
    return answer


@router.post(
    "/uploads",
    response={201: shapes.UploadOut},
    operation_id="upload_begin",
    **described("Begin an upload", status=201, answer=shapes.UPLOAD, asked={"size": 48_211, "about": shapes.ABOUT}),
)
@decorate_view(once)
@requires("sample.submit")
def begun(request: HttpRequest, said: shapes.UploadIn) -> Any:
    """Announces a file that arrives in pieces. What is said of it is checked now; a broken piece is sent again."""
    actor = need(request, "sample.submit")
    return Status(201, _upload(uploads.begin(actor, said.size, about_of(said.about))))


def _upload(row: Upload) -> shapes.UploadOut:
    return shapes.upload_out(row, uploads.PIECE_LEAST, uploads.PIECE_MOST)


@router.get(
    "/uploads/{upload}",
    response=shapes.UploadOut,
    operation_id="upload",
    **described("Where an upload stands", answer=shapes.UPLOAD),
)
@requires("sample.submit")
def state(request: HttpRequest, upload: UUID) -> shapes.UploadOut:
    """How much of an upload arrived. Only the key that began it sees it."""
    return _upload(uploads.find(need(request, "sample.submit"), upload))


@router.patch(
    "/uploads/{upload}",
    response=shapes.UploadOut,
    operation_id="upload_piece",
    **described("Send a piece", answer=shapes.UPLOAD | {"received": 48_211}, requestBody=_PIECE),
)
@requires("sample.submit")
def piece(request: HttpRequest, upload: UUID, offset: _OFFSET) -> shapes.UploadOut:
    """Keeps a piece. One that does not begin where the upload stands is 409, and says in `expected` where it must."""
    actor = need(request, "sample.submit")
    if request.content_type != "application/octet-stream":
        raise Unreadable(mark("Send a piece as application/octet-stream."))
    uploads.append(actor, upload, offset, iter(Body(request)))
    return _upload(uploads.find(actor, upload))


@router.post(
    "/uploads/{upload}/finish",
    response={201: shapes.HandedInOut},
    operation_id="upload_finish",
    **described("Finish an upload", status=201, answer=shapes.HANDED_IN, asked={"sha256": shapes.SHA256}),
)
@requires("sample.submit")
def finished(request: HttpRequest, upload: UUID, said: shapes.FinishIn) -> HttpResponse:
    """Hands in what arrived, an archive too. Finished twice it is handed in once."""
    actor = need(request, "sample.submit")
    return _made(uploads.finish(actor, upload, expect=bytes.fromhex(said.sha256)), actor)


@router.delete("/uploads/{upload}", response={204: None}, operation_id="upload_end", **described("Give an upload up"))
@requires("sample.submit")
def given_up(request: HttpRequest, upload: UUID) -> HttpResponse:
    """Forgets an upload and its pieces."""
    uploads.give_up(need(request, "sample.submit"), upload)
    return HttpResponse(status=204)


@router.get(
    "/hand-ins",
    response=shapes.HandInPage,
    operation_id="hand_ins",
    **described("Own hand-ins", answer={"hand_ins": [shapes.HAND_IN], "next": None}),
)
@requires("sample.read")
def own(request: HttpRequest, after: After = "", limit: Annotated[int, Query(ge=1, le=MOST)] = 50) -> shapes.HandInPage:
    """What your organisation handed in, withdrawn ones too, newest first."""
    actor = actor_of(request)
    rows = HandIn.objects.filter(organisation_id=actor.organisation).select_related("organisation", "sample")
    rows = cursors.following(rows, "hand-ins", after)
    shown, place = cursors.page(list(rows.order_by("-at", "-pk")[: limit + 1]), limit, "hand-ins")
    return shapes.HandInPage(hand_ins=[_out(one, actor) for one in shown], next=place)


@router.patch(
    "/hand-ins/{hand_in}",
    response=shapes.HandInOut,
    operation_id="hand_in_mark",
    **described("Mark an own hand-in anew", answer=shapes.HAND_IN, asked={"tlp": "green", "purposes": ["detection"]}),
)
@requires("handin.change")
def marked(request: HttpRequest, hand_in: UUID, said: shapes.MarkingIn) -> shapes.HandInOut:
    """Gives an own hand-in another marking, which holds from now on."""
    actor, row = _own(request, hand_in)
    new = marking.Marking(
        tlp=said.tlp, purposes=tuple(said.purposes), embargo_until=said.embargo_until, note=said.note
    )  # fmt: skip
    marking.change(actor, row.pk, new)
    return _out(HandIn.objects.select_related("organisation", "sample").get(pk=row.pk), actor)


@router.delete(
    "/hand-ins/{hand_in}", response={204: None}, operation_id="hand_in_withdraw", **described("Withdraw a hand-in")
)
@requires("handin.change")
def withdrawn(request: HttpRequest, hand_in: UUID) -> HttpResponse:
    """Takes an own hand-in back for good. Was it the last one, the file's key is destroyed."""
    actor, row = _own(request, hand_in)
    marking.withdraw(actor, row.pk)
    return HttpResponse(status=204)


def _own(request: HttpRequest, hand_in: UUID) -> tuple[Actor, HandIn]:
    row = HandIn.objects.filter(pk=hand_in).first()
    if row is None:
        raise Http404
    return need(request, "handin.change", Target(str(row.organisation_id))), row
