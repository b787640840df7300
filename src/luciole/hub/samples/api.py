"""Samples in the API: found, read, commented on and fetched."""

import hashlib
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from ninja.decorators import decorate_view
from pydantic import StringConstraints

from luciole.hub.members.access import actor_of, need, requires
from luciole.hub.members.policy import Actor, Target
from luciole.hub.members.words import Purpose
from luciole.hub.samples import api_shapes as shapes
from luciole.hub.samples import comments, fetching, search
from luciole.hub.samples.analysis import reading_of
from luciole.hub.samples.kinship import relatives
from luciole.hub.samples.models import Analysis, Comment, Sample, Term
from luciole.hub.samples.sample_page import told_result
from luciole.hub.samples.sharing import first_seen, hand_ins_for, target_of, visible_to
from luciole.hub.site import cursors
from luciole.hub.site.once import once
from luciole.hub.site.operations import MOST, ByKey, described, file_answer
from luciole.kernel.canon import canonical_json

router = Router(tags=["samples"])
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
After = Annotated[str, StringConstraints(max_length=64)]
_FACTS = 500


@router.get(
    "/samples",
    response=shapes.SamplePage,
    operation_id="samples",
    **described("Search samples", answer={"samples": [shapes.BRIEF], "next": None}),
)
@requires("sample.search")
def listed(
    request: HttpRequest,
    query: Annotated[str, Query(max_length=1_000, description="In the search language; empty: every sample.")] = "",
    after: After = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> shapes.SamplePage:
    """The samples that are shared with you and answer a search, newest first."""
    actor, now = need(request, "sample.search"), timezone.now()
    listing = "samples " + hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()
    place = cursors.opened(listing, after) if after else None
    page = search.find(query, actor, now, after=place, limit=limit)
    first = first_seen(page.samples, actor, now)
    return shapes.SamplePage(
        samples=[shapes.brief(one, first[one.pk]) for one in page.samples if one.pk in first],
        next=cursors.sealed(listing, page.after) if page.after is not None else None,
    )


def seen(request: HttpRequest, sha256: str, action: str = "sample.read") -> tuple[Sample, Actor]:
    """The sample and the actor, who may do this to it. Raises Http404 for what they may not know of."""
    actor, now = actor_of(request), timezone.now()
    found = Sample.objects.filter(visible_to(actor, now), sha256=bytes.fromhex(sha256)).first()
    if found is None:
        raise Http404
    return found, need(request, action, target_of(actor, found, now))


@router.get(
    "/samples/{sha256}",
    response=shapes.SampleWhole,
    operation_id="sample",
    **described("One sample", answer=shapes.WHOLE),
)
@requires("sample.read")
def one(request: HttpRequest, sha256: Path[Sha256]) -> shapes.SampleWhole:
    """What a sample is and what was found. The whole, with reasons and places, stands in its result and its facts."""
    found, actor = seen(request, sha256)
    first = first_seen([found], actor, timezone.now()).get(found.pk, timezone.now())
    analysis = Analysis.objects.filter(sample=found).only("at", "problem").first()
    terms = Term.objects.filter(sample=found, field__in=("criterion", "family")).order_by("field", "value")
    named = list(terms.values_list("field", "value")[:_FACTS])
    return shapes.SampleWhole(
        **shapes.brief(found, first).dict(),
        sha1=bytes(found.sha1).hex(), md5=bytes(found.md5).hex(), rule=found.rule, tlsh=found.tlsh,
        findings=[value for field, value in named if field == "criterion"],
        families=[value for field, value in named if field == "family"],
        analysed_at=max(analysis.at, first) if analysis else None, problem=analysis.problem if analysis else "",
    )  # fmt: skip


_RESULT = {"schema": {"type": "object"}, "example": {"schema": 1, "created": shapes.WHEN, "assessments": []}}


@router.get(
    "/samples/{sha256}/result",
    operation_id="sample_result",
    **described(
        "The result document", responses={200: {"description": "OK", "content": {"application/json": _RESULT}}}
    ),
)
@requires("sample.read")
def result(request: HttpRequest, sha256: Path[Sha256]) -> HttpResponse:
    """The result document of the newest analysis, as the kit makes and renders it. 404 before there is one."""
    found, actor = seen(request, sha256)
    document = told_result(found, actor, timezone.now())
    if document is None:
        raise Http404
    return HttpResponse(canonical_json(document), content_type="application/json")


@router.get(
    "/samples/{sha256}/facts",
    response=shapes.FactPage,
    operation_id="sample_facts",
    **described(
        "What was read",
        answer={
            "facts": [
                {
                    "subject": "com.example.notes",
                    "name": "app.package",
                    "value": "com.example.notes",
                    "place": {"file": "AndroidManifest.xml"},
                    "attributes": {},
                }
            ],
            "next": None,
        },
    ),
)
@requires("sample.read")
def facts(request: HttpRequest, sha256: Path[Sha256], after: After = "") -> shapes.FactPage:
    """Every fact that was read of a sample, with where it was read, 500 at a time. 404 where it was not read."""
    found, _ = seen(request, sha256)
    start = cursors.opened(f"facts {sha256}", after) if after else 0
    reading = reading_of(found)
    if reading is None:
        raise Http404
    every = [(group.subject.identity, fact) for group in reading.subjects for fact in group.facts]
    shown = [
        shapes.FactOut(
            subject=subject, name=fact.name, value=msgspec.to_builtins(fact.value),
            place=msgspec.to_builtins(fact.place), attributes=msgspec.to_builtins(fact.attributes),
        )
        for subject, fact in every[start : start + _FACTS]
    ]  # fmt: skip
    end = start + _FACTS
    return shapes.FactPage(facts=shown, next=cursors.sealed(f"facts {sha256}", end) if end < len(every) else None)


@router.get(
    "/samples/{sha256}/relatives",
    response=list[shapes.Related],
    operation_id="sample_relatives",
    **described(
        "Related samples",
        answer=[{"sha256": shapes.SHA256, "label": "Notes", "verdict": "dual-use", "reasons": ["certificate"]}],
    ),
)
@requires("sample.read")
def related(request: HttpRequest, sha256: Path[Sha256]) -> list[shapes.Related]:
    """Samples that share a certificate, an icon, code or a server with this one, closest first."""
    found, actor = seen(request, sha256)
    return [
        shapes.Related(
            sha256=bytes(one.sample.sha256).hex(), label=one.sample.label, verdict=one.sample.verdict,
            reasons=sorted({key.kind for key in one.reasons}),
        )
        for one in relatives(found, visible_to(actor, timezone.now()), MOST)
    ]  # fmt: skip


@router.get(
    "/samples/{sha256}/hand-ins",
    response=list[shapes.HandInOut],
    operation_id="sample_hand_ins",
    **described("Who handed it in", answer=[shapes.HAND_IN]),
)
@requires("sample.read")
def handed_in(request: HttpRequest, sha256: Path[Sha256]) -> list[shapes.HandInOut]:
    """The hand-ins of a sample that you may see, oldest first."""
    found, actor = seen(request, sha256)
    return [shapes.hand_in_out(row, actor, sha256) for row in list(hand_ins_for(actor, found, timezone.now()))[:MOST]]


@router.get(
    "/samples/{sha256}/comments",
    response=list[shapes.CommentOut],
    operation_id="comments",
    **described("Comments", answer=[shapes.COMMENT]),
)
@requires("sample.read")
def commented(request: HttpRequest, sha256: Path[Sha256]) -> list[shapes.CommentOut]:
    """What members said about a sample, oldest first."""
    found, actor = seen(request, sha256)
    return [shapes.comment_out(row, actor) for row in comments.comments_on(found, actor, timezone.now())]


@router.post(
    "/samples/{sha256}/comments",
    response={201: shapes.CommentOut},
    operation_id="comment",
    **described("Comment", status=201, answer=shapes.COMMENT, asked={"text": "Seen with another certificate too."}),
)
@decorate_view(once)
@requires("sample.comment")
def comment(request: HttpRequest, sha256: Path[Sha256], said: shapes.CommentIn) -> Any:
    """Says something about a sample. Whoever may see the sample sees it."""
    found, actor = seen(request, sha256, "sample.comment")
    made = comments.add(actor, found, said.text)
    return shapes.comment_out(Comment.objects.select_related("organisation", "person").get(pk=made.pk), actor)


@router.delete(
    "/comments/{comment}", response={204: None}, operation_id="comment_remove", **described("Take a comment back")
)
@requires("comment.remove")
def uncomment(request: HttpRequest, comment: UUID) -> HttpResponse:
    """Takes an own comment back; its text is not kept."""
    actor = actor_of(request)
    writer = UUID(actor.person) if actor.person else None
    row = Comment.objects.filter(pk=comment, person=writer, removed_at=None).first()
    if row is None:
        raise Http404
    comments.remove(need(request, "comment.remove", Target(person=str(row.person_id or ""))), row.pk)
    return HttpResponse(status=204)


@router.post(
    "/samples/{sha256}/fetches",
    auth=ByKey("fetch"),
    operation_id="fetch",
    **described(
        "Fetch a sample",
        asked={"purpose": "detection", "form": "age"},
        responses=file_answer("application/age", "application/zip", "application/octet-stream", example="…"),
    ),
)
@requires("sample.fetch")
def fetched(request: HttpRequest, sha256: Path[Sha256], said: shapes.FetchIn) -> StreamingHttpResponse:
    """The file itself, encrypted to your organisation's age recipient.

    It is a tar archive with the sample under its SHA-256, and a manifest that names this fetch, your organisation and
    the time. `zip`: the same as ZIP under AES-256 and the usual password. Each fetch is counted against the day's quota
    of your organisation and stands in the log.
    """
    found, actor = seen(request, sha256, "sample.fetch")
    return given(fetching.fetch(actor, found, Purpose(said.purpose), fetching.Form(said.form)))


@router.post(
    "/samples/{sha256}/raw-fetches",
    auth=ByKey("fetch"),
    operation_id="fetch_raw",
    **described(
        "Fetch a sample as it is",
        asked={"purpose": "detection"},
        responses=file_answer("application/octet-stream", example="…"),
    ),
)
@requires("sample.fetch-raw")
def fetched_raw(request: HttpRequest, sha256: Path[Sha256], said: shapes.RawFetchIn) -> StreamingHttpResponse:
    """The very bytes, for keys with the scope fetch-raw alone. The header Luciole-Fetch names the fetch."""
    found, actor = seen(request, sha256, "sample.fetch-raw")
    return given(fetching.fetch(actor, found, Purpose(said.purpose), fetching.Form.RAW))


def given(fetched: fetching.Fetched) -> StreamingHttpResponse:
    """A file on its way, never shown in place."""
    response = StreamingHttpResponse(fetched.chunks, content_type=fetched.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{fetched.name}"'
    response.headers["Luciole-Fetch"] = fetched.fetch
    return response
