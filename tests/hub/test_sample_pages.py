"""Pages of samples: who sees what, foreign text that stays text, hand-ins with and without a script, markings."""

import hashlib
import io
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from luciole.hub.members.models import Organisation, Person
from luciole.hub.members.words import Kind, Role, Tlp
from luciole.hub.samples import vault
from luciole.hub.samples.models import Analysis, Blob, Comment, HandIn, Kinship, Sample, SavedSearch, Term, Upload
from luciole.hub.samples.packing import packed
from luciole.hub.samples.sample_page import address

pytestmark = pytest.mark.django_db
Maker = Callable[..., object]
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "';--{{7*7}}{% raise %}%(x)s{0}",
    "\u202egpj.exe\u202c",
    "]]></svg><svg onload=alert(1)>",
    "javascript:alert(1)",
)
STEERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"


class Elements(HTMLParser):
    """Every element and attribute that a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(html)
    return parser.found


@pytest.fixture
def a_vault(hub_folder: Path) -> Iterator[vault.Vault]:
    """The vault of this test run, with keys."""
    from luciole.hub.site.keys import HubKeys

    if not list((hub_folder / "keys").glob("*")):
        HubKeys.make(hub_folder)
    vault.current.cache_clear()
    yield vault.current()
    vault.current.cache_clear()


def a_sample(**fields: object) -> Sample:
    digest = hashlib.sha256(secrets.token_bytes(8)).digest()
    blob = Blob.objects.create(digest=digest, name=digest.hex(), size=5, wrapped_key=b"k", hub_key="1")
    return Sample.objects.create(
        **{"sha256": digest, "sha1": digest[:20], "md5": digest[:16], "size": 5, "blob": blob, "state": "analysed"}
        | fields
    )


def handed_in(sample: Sample, by: Organisation, tlp: Tlp = Tlp.GREEN, **fields: object) -> HandIn:
    return HandIn.objects.create(sample=sample, organisation=by, source="device", tlp=tlp.value, **fields)


def hostile_sample(by: Organisation, person: Person) -> Sample:
    text = "".join(HOSTILE)
    sample = a_sample(label=text[:256], package=text[:256], version=text[:128], kind="apk", verdict="dual-use")
    other = a_sample(label=text[:256], package=HOSTILE[0], kind="apk")
    for one in (sample, other):
        handed_in(one, by, file_name=text[:255], note=text, person=person)
        Kinship.objects.create(sample=one, kind="server", key="shared.example")
        for field in ("host", "family", "cert", "package", "word", "verdict"):
            Term.objects.create(sample=one, field=field, value=text.lower()[:256])
    Comment.objects.create(sample=sample, organisation=by, person=person, text=text)
    Analysis.objects.create(
        sample=sample, tool="1", catalogue="c", policy="1", reading=b"", result=packed(hostile_result(text))
    )
    return sample


def hostile_result(text: str) -> object:
    """A result in which every text that comes from a file is hostile."""
    from luciole.assess.document import (
        Assessment,
        CriterionFinding,
        Knowledge,
        MatchFinding,
        Reason,
        Result,
        Unreadable,
        Verdict,
    )  # fmt: skip
    from luciole.kernel.facts import Fact, Place, Subject
    from luciole.kernel.outcome import Truth
    from luciole.kernel.text import Message

    fact = Fact("app.package", text, Place(file=text, member=text, section=text, offset=3))
    reason = Reason("all", Truth.MET, text, (Reason("fact", Truth.MET, text, evidence=(fact,), missing=(text,)),))
    findings = (
        CriterionFinding(text, 1, text, text, text, text, (text,), reason),
        MatchFinding(text, text, text, text, text, text, Message("{value}", parameters={"value": text}), (fact,)),
    )
    verdict = Verdict("dual-use", 1, text, text, reason)
    assessment = Assessment(Subject("app", text, text), (text,), verdict, findings, facts=(fact,))
    return Result(
        created=text, knowledge=Knowledge(text, 1, text, 1), evidence=(), assessments=(assessment,),
        unreadable=(Unreadable(text, text, text, text),),
    )  # fmt: skip


@pytest.fixture
def analyst(a_person: Callable[..., Person]) -> Person:
    return a_person(Role.ANALYST, Role.OWNER)


def organisation_of(person: Person) -> Organisation:
    assert person.organisation is not None
    return person.organisation


def pages_of(sample: Sample, hand_in: HandIn) -> list[str]:
    return [
        reverse("samples:list"), reverse("samples:list") + "?q=%3Cscript%3Ealert(1)%3C/script%3E",
        reverse("samples:list") + "?q=%22%3E%3Cimg+src%3Dx:onerror%3Dalert(1)%3E",
        reverse("samples:list") + "?q=%E2%80%AE:aa", address(sample),
        reverse("samples:places", args=[bytes(sample.sha256).hex()]),
        reverse("samples:own"), reverse("samples:change", args=[hand_in.pk]), reverse("samples:searches"),
        reverse("samples:hunts"),
    ]  # fmt: skip


def test_foreign_text_is_text_on_every_page(analyst: Person, signed_in: Callable[..., Client]) -> None:
    sample = hostile_sample(organisation_of(analyst), analyst)
    client = signed_in(analyst)
    kept = SavedSearch.objects.create(person=analyst, name=HOSTILE[1], query=HOSTILE[0][:50], channel="mail")
    wanted = [*pages_of(sample, sample.hand_ins.get()), reverse("samples:search", args=[kept.pk])]
    for path in wanted:
        answer = client.get(path)
        html = answer.content.decode()
        assert answer.status_code in {200, 400}, path
        for tag, attributes in elements(html):
            assert not any(name.startswith("on") for name in attributes), (path, tag, attributes)
            assert "style" not in attributes, (path, tag)
            assert not str(attributes.get("href") or attributes.get("src") or "").startswith("javascript:"), path
            if tag == "script":
                assert str(attributes.get("src", "")).startswith("/static/"), path
        assert not [html[max(0, at - 60) : at + 20] for at, sign in enumerate(html) if sign in STEERING], path
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "‹U+202E›" in client.get(address(sample)).content.decode()


def test_what_is_not_shared_is_as_if_it_were_not_there(
    analyst: Person, a_person: Callable[..., Person], signed_in: Callable[..., Client]
) -> None:
    stranger = signed_in(a_person(Role.ANALYST))
    sample = a_sample(label="Hidden")
    handed_in(sample, organisation_of(analyst), Tlp.RED)
    absent = reverse("samples:sample", args=["0" * 64])
    for path in (address(sample), absent, reverse("samples:sample", args=["x"])):
        assert stranger.get(path).status_code == 404
    assert signed_in(analyst).get(address(sample)).status_code == 200
    assert "Hidden" not in stranger.get(reverse("samples:list")).content.decode()
    for name in ("comment", "fetch"):
        path = reverse(f"samples:{name}", args=[bytes(sample.sha256).hex()])
        assert stranger.post(path, {"text": "x", "form": "age", "purpose": "research"}).status_code == 404
    own = sample.hand_ins.get()
    assert stranger.get(reverse("samples:change", args=[own.pk])).status_code == 404
    assert stranger.post(reverse("samples:withdraw", args=[own.pk]), {"sure": "yes"}).status_code == 404
    assert sample.hand_ins.get().withdrawn_at is None


def test_relations_name_only_what_may_be_seen(
    analyst: Person, an_organisation: Callable[..., Organisation], signed_in: Callable[..., Client]
) -> None:
    other = an_organisation()
    mine, theirs, hidden = a_sample(label="Mine"), a_sample(label="Theirs"), a_sample(label="Hidden")
    handed_in(mine, organisation_of(analyst))
    handed_in(theirs, other)
    handed_in(hidden, other, Tlp.RED)
    for one in (mine, theirs, hidden):
        Kinship.objects.create(sample=one, kind="certificate", key="ab" * 32)
    html = signed_in(analyst).get(address(mine)).content.decode()
    assert html.count("Theirs") >= 2  # in the picture and in the table
    assert "Hidden" not in html


def test_comments_are_seen_and_taken_back_by_their_author_alone(
    analyst: Person, a_person: Callable[..., Person], signed_in: Callable[..., Client]
) -> None:
    other = signed_in(a_person(Role.HELPER))
    sample = a_sample()
    handed_in(sample, organisation_of(analyst))
    place = reverse("samples:comment", args=[bytes(sample.sha256).hex()])
    assert signed_in(analyst).post(place, {"text": " "}).status_code == 422
    assert signed_in(analyst).post(place, {"text": "seen in a shop"}).status_code == 302
    assert "seen in a shop" in other.get(address(sample)).content.decode()
    made = Comment.objects.get()
    back = reverse("samples:remove-comment", args=[bytes(sample.sha256).hex(), made.pk])
    assert other.post(back).status_code == 404
    assert signed_in(analyst).post(back).status_code == 302
    assert Comment.objects.get().text == ""
    assert "seen in a shop" not in other.get(address(sample)).content.decode()


def said(**fields: object) -> dict[str, object]:
    return {"source": "device", "tlp": "amber", "complete": "yes"} | fields


@pytest.mark.django_db(transaction=True)
def test_several_files_are_handed_in_by_a_plain_form(
    analyst: Person, signed_in: Callable[..., Client], a_vault: vault.Vault
) -> None:
    files = [SimpleUploadedFile(f"{n}.apk", bytes([n]) * 2_000_000) for n in range(1, 4)]
    answer = signed_in(analyst).post(reverse("samples:hand-in"), said(file=files))
    assert (answer.status_code, answer.headers["Location"]) == (303, reverse("samples:own"))
    assert [one.file_name for one in HandIn.objects.order_by("at")] == ["1.apk", "2.apk", "3.apk"]
    first = HandIn.objects.order_by("at")[0].sample
    assert b"".join(a_vault.chunks(first.blob)) == bytes([1]) * 2_000_000
    assert "2.apk" in signed_in(analyst).get(reverse("samples:own")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_form_that_was_cut_off_hands_nothing_in(
    analyst: Person, signed_in: Callable[..., Client], a_vault: vault.Vault
) -> None:
    del a_vault
    fields = said(file=[SimpleUploadedFile("a.apk", b"cut")])
    fields.pop("complete")
    assert signed_in(analyst).post(reverse("samples:hand-in"), fields).status_code == 400
    assert not HandIn.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_from_a_survivor_needs_consent_and_loses_its_name(
    analyst: Person, signed_in: Callable[..., Client], a_vault: vault.Vault
) -> None:
    del a_vault
    client, place = signed_in(analyst), reverse("samples:hand-in")
    for consent in (False, True):
        fields = said(file=[SimpleUploadedFile("Jane Doe.apk", b"x")], from_survivor="on")
        answer = client.post(place, fields | ({"consent": "on"} if consent else {}))
        assert answer.status_code == (303 if consent else 422)
    made = HandIn.objects.get()
    assert (made.file_name, made.from_survivor, made.consent) == ("file.apk", True, "survivor-1")


def test_the_form_needs_the_mark_of_its_page(analyst: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(analyst)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa"}]
    session.save()
    for name in ("hand-in", "upload"):
        assert client.post(reverse(f"samples:{name}"), said(file=[SimpleUploadedFile("a", b"b")])).status_code == 403
    assert not HandIn.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_arrives_in_pieces_and_goes_on_where_it_broke_off(
    analyst: Person, a_person: Callable[..., Person], signed_in: Callable[..., Client], a_vault: vault.Vault
) -> None:
    client, content = signed_in(analyst), secrets.token_bytes(200_000)
    made = client.post(reverse("samples:upload"), said(file_name="big.apk", size=len(content)))
    assert made.status_code == 201
    upload = made.json()["upload"]
    place = reverse("samples:pieces", args=[upload])
    first = client.post(f"{place}?at=0", content[:100_000], content_type="application/octet-stream")
    assert first.json() == {"at": 100_000}
    again = client.post(f"{place}?at=0", content[:100_000], content_type="application/octet-stream")
    assert (again.status_code, again.json()["at"]) == (409, 100_000)
    assert client.get(place).json() == {"at": 100_000}
    other = signed_in(a_person(Role.ANALYST))
    assert other.get(place).status_code == 404
    client.post(f"{place}?at=100000", content[100_000:], content_type="application/octet-stream")
    done = client.post(reverse("samples:finish", args=[upload]))
    assert done.status_code == 200
    sample = Sample.objects.get()
    assert bytes(sample.sha256) == hashlib.sha256(content).digest()
    assert done.json()["page"] == address(sample)
    assert b"".join(a_vault.chunks(sample.blob)) == content
    begun = client.post(reverse("samples:upload"), said(file_name="b", size=5)).json()["upload"]
    assert client.post(reverse("samples:give-up", args=[begun])).status_code == 200
    assert not Upload.objects.filter(pk=begun).exists()


def test_a_marking_is_changed_by_its_organisation(analyst: Person, signed_in: Callable[..., Client]) -> None:
    sample = a_sample()
    row = handed_in(sample, organisation_of(analyst), Tlp.RED)
    place = reverse("samples:change", args=[row.pk])
    client = signed_in(analyst)
    assert client.post(place, {"tlp": "purple"}).status_code == 422
    answer = client.post(place, {"tlp": "green", "purposes": ["research"], "embargo": "2031-02-03", "note": "later"})
    assert answer.status_code == 303
    row.refresh_from_db()
    assert (row.tlp, row.purposes, row.note) == ("green", ["research"], "later")
    assert row.embargo_until is not None
    assert row.embargo_until.year == 2031
    assert row.changed_at is not None


@pytest.mark.django_db(transaction=True)
def test_the_last_hand_in_takes_the_file_with_it(
    analyst: Person, a_person: Callable[..., Person], signed_in: Callable[..., Client], a_vault: vault.Vault
) -> None:
    other = a_person(Role.ANALYST)
    for person in (analyst, other):
        signed_in(person).post(reverse("samples:hand-in"), said(file=[SimpleUploadedFile("a.apk", b"same")]))
    sample = Sample.objects.select_related("blob").get()
    Term.objects.create(sample=sample, field="word", value="left")
    mine, theirs = sample.hand_ins.order_by("at")
    client = signed_in(analyst)
    assert client.post(reverse("samples:withdraw", args=[mine.pk])).status_code == 422  # the box is not ticked
    assert client.post(reverse("samples:withdraw", args=[mine.pk]), {"sure": "yes"}).status_code == 303
    assert Blob.objects.get().state == "stored"
    assert signed_in(other).post(reverse("samples:withdraw", args=[theirs.pk]), {"sure": "yes"}).status_code == 303
    assert (Blob.objects.get().state, Sample.objects.get().state) == ("erased", "withdrawn")
    assert not Term.objects.exists()
    assert not [one for one in a_vault.blobs.names() if one.startswith(bytes(sample.sha256).hex())]
    assert client.get(address(sample)).status_code == 404
    again = client.post(reverse("samples:hand-in"), said(file=[SimpleUploadedFile("a.apk", b"same")]))
    assert again.status_code == 303
    assert b"".join(a_vault.chunks(Blob.objects.get())) == b"same"


def test_uploads_are_never_served_inline(
    analyst: Person, signed_in: Callable[..., Client], hub_folder: Path, a_vault: vault.Vault
) -> None:
    del hub_folder
    stored = a_vault.store([b"<html><script>alert(1)</script>"], 1000)
    blob = Blob.objects.create(
        digest=stored.sha256, name=stored.name, size=stored.size, wrapped_key=stored.wrapped_key, hub_key=stored.hub_key
    )
    sample = Sample.objects.create(
        sha256=stored.sha256, sha1=stored.sha1, md5=stored.md5, size=stored.size, blob=blob, state="analysed"
    )
    handed_in(sample, organisation_of(analyst))
    client, place = signed_in(analyst), reverse("samples:fetch", args=[stored.sha256.hex()])
    answer = client.post(place, {"form": "zip", "purpose": "research"})
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"<script>" not in body
    import pyzipper

    with pyzipper.AESZipFile(io.BytesIO(body)) as archive:
        archive.setpassword(b"infected")
        assert archive.read(stored.sha256.hex()) == b"<html><script>alert(1)</script>"
    assert client.post(place, {"form": "raw", "purpose": "research"}).status_code == 400
    assert client.post(place, {"form": "zip"}).status_code == 422


def test_who_supports_survivors_is_offered_no_files(
    a_person: Callable[..., Person], signed_in: Callable[..., Client]
) -> None:
    helper = a_person(Role.HELPER, kind=Kind.SUPPORT)
    sample = a_sample()
    handed_in(sample, organisation_of(helper))
    html = signed_in(helper).get(address(sample)).content.decode()
    assert 'id="fetch"' not in html
    place = reverse("samples:fetch", args=[bytes(sample.sha256).hex()])
    assert signed_in(helper).post(place, {"form": "zip", "purpose": "support"}).status_code == 403


def test_a_mistake_in_a_search_is_shown_with_its_place(analyst: Person, signed_in: Callable[..., Client]) -> None:
    answer = signed_in(analyst).get(reverse("samples:list"), {"q": "aa colour:red"})
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "At sign 4" in html
    assert "There is no field colour" in html


def test_an_embargo_of_others_hides_and_its_end_shows(
    analyst: Person, an_organisation: Callable[..., Organisation], signed_in: Callable[..., Client]
) -> None:
    sample = a_sample()
    row = handed_in(sample, an_organisation(), embargo_until=timezone.now() + timedelta(hours=1))
    client = signed_in(analyst)
    assert client.get(address(sample)).status_code == 404
    HandIn.objects.filter(pk=row.pk).update(embargo_until=timezone.now())
    assert client.get(address(sample)).status_code == 200
