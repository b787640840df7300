"""What the API says about samples: the shapes of its answers, with examples."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, Field

from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Purpose, Tlp
from luciole.hub.samples.about import NOTE_LENGTH, WORD_LENGTH
from luciole.hub.samples.handin import LARGEST
from luciole.hub.samples.models import Comment, HandIn, Hunt, Sample, SavedSearch, Upload
from luciole.hub.site.operations import Asked

SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ID: Final = "3f0c5d1e-7a57-4b52-9c11-0d0f5a8d2b6e"
WHEN: Final = "2026-03-01T12:00:00Z"
_EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_LATEST = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)


class SampleBrief(Schema):
    """One sample in a list."""

    sha256: str
    size: int
    kind: str
    state: str
    package: str
    label: str
    version: str
    verdict: str
    first_handed_in: dt.datetime


class SamplePage(Schema):
    """Some samples, newest first. next: `after` of the next page, null on the last."""

    samples: list[SampleBrief]
    next: str | None


class Related(Schema):
    """A sample that shares something with this one. reasons: certificate, icon, code, tlsh, server and the like."""

    sha256: str
    label: str
    verdict: str
    reasons: list[str]


class SampleWhole(SampleBrief):
    """One sample, in short. rule: by which the verdict came about; findings: ids of the criteria that are met;
    analysed_at: never before the first hand-in that may be seen."""  # noqa: D205, D209 - a list of fields follows the sentence

    sha1: str
    md5: str
    rule: str
    tlsh: str
    findings: list[str]
    families: list[str]
    analysed_at: dt.datetime | None
    problem: str


class FactOut(Schema):
    """One thing that was read. subject: identity of the app it is about."""

    subject: str
    name: str
    value: Any
    place: dict[str, Any]
    attributes: dict[str, Any]


class FactPage(Schema):
    """Some facts, in the order in which they were read."""

    facts: list[FactOut]
    next: str | None


class HandInOut(Schema):
    """One hand-in that may be seen. by: who handed it in; from_survivor, bundle: told of own hand-ins alone; bundle: is
    the same for all files of one archive."""  # noqa: D205, D209 - a list of fields follows the sentence

    id: UUID
    sha256: str
    by: str
    is_own: bool
    at: dt.datetime
    tlp: str
    purposes: list[str]
    source: str
    file_name: str
    note: str
    embargo_until: dt.datetime | None
    from_survivor: bool
    withdrawn: bool
    bundle: UUID | None


class HandedInOut(HandInOut):
    """What was handed in. also: the hand-ins of the other app files, where it was an archive; left_out: files of the
    archive that are no app files."""  # noqa: D205, D209 - a list of fields follows the sentence

    also: list[HandInOut]
    left_out: int


class HandInPage(Schema):
    """Some own hand-ins, newest first."""

    hand_ins: list[HandInOut]
    next: str | None


class AboutIn(Asked):
    """What is said of a file. consent: for one from a survivor's device, the statement that was agreed to."""

    file_name: str = Field(default="", max_length=1_000)
    source: str = Field(default="other", max_length=WORD_LENGTH, pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$")
    tlp: Tlp = Tlp.AMBER
    purposes: list[Purpose] = Field(default_factory=list, max_length=len(Purpose))
    embargo_until: AwareDatetime | None = Field(default=None, ge=_EARLIEST, le=_LATEST)
    note: str = Field(default="", max_length=NOTE_LENGTH)
    from_survivor: bool = False
    consent: str = Field(default="", max_length=WORD_LENGTH, pattern=r"^[A-Za-z0-9.-]*$")


class MarkingIn(Asked):
    """Another marking of an own hand-in."""

    tlp: Tlp
    purposes: list[Purpose] = Field(default_factory=list, max_length=len(Purpose))
    embargo_until: AwareDatetime | None = Field(None, ge=_EARLIEST, le=_LATEST)
    note: str = Field("", max_length=NOTE_LENGTH)


class UploadIn(Asked):
    """Announces a file that arrives in pieces. size: in bytes."""

    size: int = Field(ge=0, le=LARGEST)
    about: AboutIn = Field(default_factory=lambda: AboutIn())  # noqa: PLW0108 - mypy asks for it


class UploadOut(Schema):
    """An upload. received: bytes that arrived; piece_least, piece_most: bytes of a piece that is not the last."""

    id: UUID
    size: int
    received: int
    expires_at: dt.datetime
    piece_least: int
    piece_most: int
    hand_in: UUID | None


class FinishIn(Asked):
    """Ends an upload. sha256: that the file must have; empty: whatever arrived."""

    sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$")


class CommentIn(Asked):
    """A comment on a sample."""

    text: str = Field(min_length=1, max_length=4_000)


class CommentOut(Schema):
    """What a member said. person: empty where the account is gone or a key of the organisation said it."""

    id: UUID
    by: str
    person: str
    at: dt.datetime
    text: str
    is_own: bool


class FetchIn(Asked):
    """What a sample is fetched for, and in which form."""

    purpose: Purpose
    form: Literal["age", "zip"] = "age"


class RawFetchIn(Asked):
    """What a sample is fetched for."""

    purpose: Purpose


class SearchIn(Asked):
    """A search that is kept."""

    name: str = Field("", max_length=100)
    query: str = Field(max_length=1_000)
    channel: Literal["none", "mail", "webhook", "feed"] = "none"


class SearchOut(Schema):
    """A search that is kept."""

    id: UUID
    name: str
    query: str
    channel: str
    created_at: dt.datetime


class HuntIn(Asked):
    """A hunt over everything that was handed in. text: a YARA rule, or a criterion; most: samples looked at."""

    kind: Literal["yara", "criterion"]
    text: str = Field(min_length=1, max_length=20_000)
    most: int = Field(10_000, ge=1, le=1_000_000)


class HuntOut(Schema):
    """A hunt. done: samples looked at so far; found: digests of those found that may be seen, the first thousand."""

    id: UUID
    kind: str
    state: str
    at: dt.datetime
    done: int
    most: int
    found: list[str]
    problem: str


class HuntPage(Schema):
    """Some hunts, newest first, without what they found."""

    hunts: list[HuntOut]
    next: str | None


BRIEF: Final = {
    "sha256": SHA256, "size": 48_211, "kind": "apk", "state": "analysed", "package": "com.example.notes",
    "label": "Notes", "version": "1.2", "verdict": "needs-a-person", "first_handed_in": WHEN,
}  # fmt: skip
WHOLE: Final = BRIEF | {
    "sha1": "a" * 40, "md5": "b" * 32, "rule": "missing-facts", "tlsh": "", "findings": ["collect.location"],
    "families": [], "analysed_at": WHEN, "problem": "",
}  # fmt: skip
HAND_IN: Final = {
    "id": ID, "sha256": SHA256, "by": "Example Security", "is_own": True, "at": WHEN, "tlp": "amber",
    "purposes": ["detection"], "source": "store", "file_name": "notes.apk", "note": "", "embargo_until": None,
    "from_survivor": False, "withdrawn": False, "bundle": None,
}  # fmt: skip
HANDED_IN: Final = {**HAND_IN, "also": [], "left_out": 0}
ABOUT: Final = {"file_name": "notes.apk", "source": "store", "tlp": "amber", "purposes": ["detection"]}
UPLOAD: Final = {
    "id": ID, "size": 48_211, "received": 0, "expires_at": WHEN, "piece_least": 65_536, "piece_most": 67_108_864,
    "hand_in": None,
}  # fmt: skip
COMMENT: Final = {
    "id": ID, "by": "Example Security", "person": "A. Example", "at": WHEN, "text": "Seen elsewhere too.",
    "is_own": True,
}  # fmt: skip
SEARCH: Final = {
    "id": ID, "name": "notes", "query": "package:com.example.*", "channel": "webhook", "created_at": WHEN,
}  # fmt: skip
HUNT: Final = {
    "id": ID, "kind": "yara", "state": "running", "at": WHEN, "done": 1_200, "most": 10_000, "found": [SHA256],
    "problem": "",
}  # fmt: skip


def brief(sample: Sample, first: dt.datetime) -> SampleBrief:
    """A sample in a list. first: when the first hand-in of it that may be seen was."""
    return SampleBrief(
        sha256=bytes(sample.sha256).hex(), size=sample.size, kind=sample.kind, state=sample.state,
        package=sample.package, label=sample.label, version=sample.version, verdict=sample.verdict,
        first_handed_in=first,
    )  # fmt: skip


def hand_in_out(row: HandIn, actor: Actor, digest: str) -> HandInOut:
    """A hand-in as this actor may see it."""
    is_own = str(row.organisation_id) == actor.organisation
    return HandInOut(
        id=row.pk, sha256=digest, by=row.organisation.name, is_own=is_own, at=row.at, tlp=row.tlp,
        purposes=row.purposes, source=row.source, file_name=row.file_name, note=row.note,
        embargo_until=row.embargo_until,
        from_survivor=row.from_survivor and is_own, withdrawn=row.withdrawn_at is not None,
        bundle=row.bundle if is_own else None,
    )  # fmt: skip


def handed_in_out(made: Sequence[HandIn], left_out: int, actor: Actor) -> HandedInOut:
    """What came of a file, or of an archive."""
    first, *others = [hand_in_out(one, actor, bytes(one.sample.sha256).hex()) for one in made]
    return HandedInOut(**first.dict(), also=others, left_out=left_out)


def upload_out(row: Upload, least: int, most: int) -> UploadOut:
    """An upload as it stands."""
    return UploadOut(
        id=row.pk, size=row.size, received=row.received, expires_at=row.expires_at, piece_least=least, piece_most=most,
        hand_in=row.hand_in_id,
    )  # fmt: skip


def comment_out(row: Comment, actor: Actor) -> CommentOut:
    """A comment."""
    return CommentOut(
        id=row.pk, by=row.organisation.name, person=row.person.name if row.person else "", at=row.at, text=row.text,
        is_own=bool(actor.person) and str(row.person_id) == actor.person,
    )  # fmt: skip


def search_out(row: SavedSearch) -> SearchOut:
    """A saved search."""
    return SearchOut(id=row.pk, name=row.name, query=row.query, channel=row.channel, created_at=row.created_at)


def hunt_out(row: Hunt, found: list[str]) -> HuntOut:
    """A hunt. found: what of its finds may be seen."""
    return HuntOut(
        id=row.pk, kind=row.kind, state=row.state, at=row.at, done=row.done, most=row.most, found=found,
        problem=row.problem,
    )  # fmt: skip
