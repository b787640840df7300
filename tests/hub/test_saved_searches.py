"""Saved searches: what is new is told once, to whoever may still see it, and a feed is found by its secret alone."""

import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from luciole.hub.members.access import actor_of_person
from luciole.hub.members.models import Organisation, Person
from luciole.hub.members.words import Role, Tlp
from luciole.hub.samples import news, searches
from luciole.hub.samples.failures import NotTaken
from luciole.hub.samples.models import Analysis, Blob, HandIn, News, Sample, SavedSearch, Term
from luciole.hub.samples.searches import look_for_news

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
_numbers = iter(range(1, 100_000))


def a_sample(by: Organisation, *words: str, tlp: Tlp = Tlp.GREEN, **fields: object) -> Sample:
    digest = hashlib.sha256(b"search %d" % next(_numbers)).digest()
    blob = Blob.objects.create(digest=digest, name=digest.hex(), size=1, wrapped_key=b"k", hub_key="1")
    sample = Sample.objects.create(sha256=digest, sha1=digest[:20], md5=digest[:16], size=1, blob=blob)
    HandIn.objects.create(sample=sample, organisation=by, source="device", tlp=tlp.value, **fields)
    read(sample, *words)
    return sample


def read(sample: Sample, *words: str) -> None:
    Term.objects.bulk_create([Term(sample=sample, field="word", value=word) for word in words])
    kept = {"tool": "1", "catalogue": "1", "policy": "1", "reading": b"", "result": b""}
    Analysis.objects.update_or_create(sample=sample, defaults={"at": timezone.now(), **kept})


def a_search(person: Person, query: str = "battery", channel: str = "mail") -> SavedSearch:
    return searches.save(actor_of_person(person, second_factor=True), "mine", query, channel)


def new_for(search: SavedSearch) -> list[Sample]:
    look_for_news()
    return [one.sample for one in News.objects.filter(search=search, at__isnull=False).order_by("sample_id")]


@pytest.fixture
def person(a_person: Callable[..., Person]) -> Person:
    return a_person(Role.ANALYST)


@pytest.fixture
def other(an_organisation: Callable[..., Organisation]) -> Organisation:
    return an_organisation()


def test_what_was_there_is_no_news_and_what_comes_is_told_once(person: Person, other: Organisation) -> None:
    a_sample(other, "battery")
    search = a_search(person)
    assert new_for(search) == []
    wanted = a_sample(other, "battery")
    a_sample(other, "camera")
    assert new_for(search) == [wanted]
    assert new_for(search) == [wanted]


def test_a_sample_that_is_read_later_is_news_then(person: Person, other: Organisation) -> None:
    search = a_search(person)
    late = a_sample(other)
    assert new_for(search) == []
    read(late, "battery")
    assert new_for(search) == [late]


def test_what_is_hidden_is_news_when_it_opens(person: Person, other: Organisation) -> None:
    search = a_search(person)
    red = a_sample(other, "battery", tlp=Tlp.RED)
    held = a_sample(other, "battery", embargo_until=timezone.now() + timedelta(days=1))
    assert new_for(search) == []
    HandIn.objects.filter(sample=red).update(tlp="green", changed_at=timezone.now())
    HandIn.objects.filter(sample=held).update(embargo_until=timezone.now())
    assert new_for(search) == [red, held]


def test_a_look_reads_a_bounded_number_of_changes_and_goes_on(
    person: Person, other: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = a_search(person)
    begun = timezone.now() - timedelta(days=3)
    SavedSearch.objects.filter(pk=search.pk).update(looked_at=begun)
    wanted = [a_sample(other, "battery") for _ in range(5)]
    for number, one in enumerate(wanted):
        moment = begun + timedelta(hours=number + 1)
        HandIn.objects.filter(sample=one).update(at=moment)
        Analysis.objects.filter(sample=one).update(at=moment, changed_at=moment)
    monkeypatch.setattr(news, "LOOKED_AT", 2)
    counts = [len(new_for(search)) for _ in range(4)]
    assert counts[0] < len(wanted)
    assert counts[-1] == len(wanted)


def test_who_may_not_search_any_more_is_told_nothing(person: Person, other: Organisation) -> None:
    search = a_search(person)
    a_sample(other, "battery")
    Organisation.objects.filter(pk=person.organisation_id).update(state="suspended")
    assert new_for(search) == []


def test_one_mail_a_day_says_that_there_is_something_and_never_what(
    person: Person, other: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(searches.members, "tell_news", lambda *said: told.append(said))
    first, second = a_search(person), a_search(person, "camera")
    a_sample(other, "battery", "camera")
    new_for(first)
    a_sample(other, "battery")
    new_for(second)
    assert told == [(str(person.pk), reverse("samples:searches"))]
    SavedSearch.objects.update(told_at=timezone.now() - timedelta(hours=25))
    new_for(first)
    assert len(told) == 2


def test_a_webhook_is_told_in_the_same_transaction(
    person: Person, other: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[object, ...]] = []
    monkeypatch.setattr(searches.webhooks, "announce", lambda *said: told.append(said))
    search = a_search(person, channel="webhook")
    a_sample(other, "battery")
    new_for(search)
    assert told == [(person.organisation_id, "search.news", {"search": str(search.pk), "new": 1})]


def test_a_feed_is_read_with_its_secret_alone_and_ends_with_the_next_one(
    person: Person, other: Organisation, signed_in: Callable[..., Client]
) -> None:
    client = signed_in(person)
    made = client.post(reverse("samples:searches"), {"name": "f", "query": "battery", "channel": "feed"})
    assert made.status_code == 200
    search = SavedSearch.objects.get()
    shown = made.content.decode()
    secret = shown.split("/samples/feeds/")[1].split("<")[0]
    assert secret.encode() not in bytes(search.feed_digest or b"")
    wanted = a_sample(other, "battery")
    Sample.objects.filter(pk=wanted.pk).update(label="<script>", package="\u202e")
    new_for(search)
    answer = Client().get(reverse("samples:feed", args=[secret]))
    assert answer.headers["Content-Type"] == "application/atom+xml"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    root = ET.fromstring(answer.content)  # noqa: S314 - what the hub itself wrote
    assert [one.findtext(f"{ATOM}title") for one in root.iter(f"{ATOM}entry")] == [bytes(wanted.sha256).hex()]
    assert "script" not in answer.content.decode()
    HandIn.objects.filter(sample=wanted).update(tlp="red")
    assert b"<entry" not in Client().get(reverse("samples:feed", args=[secret])).content
    client.post(reverse("samples:new-feed", args=[search.pk]))
    for wrong in (secret, "x" * 43):
        assert Client().get(reverse("samples:feed", args=[wrong])).status_code == 404


def test_a_search_belongs_to_one_person(
    person: Person, a_person: Callable[..., Person], signed_in: Callable[..., Client]
) -> None:
    search = a_search(person)
    colleague = signed_in(a_person(Role.OWNER, organisation=person.organisation))
    assert colleague.get(reverse("samples:search", args=[search.pk])).status_code == 404
    for name in ("remove-search", "new-feed"):
        assert colleague.post(reverse(f"samples:{name}", args=[search.pk])).status_code == 404
    assert signed_in(person).post(reverse("samples:remove-search", args=[search.pk])).status_code == 303
    assert not SavedSearch.objects.exists()


def test_what_cannot_be_searched_is_not_kept(person: Person, signed_in: Callable[..., Client]) -> None:
    answer = signed_in(person).post(
        reverse("samples:searches"), {"name": "x", "query": "colour:red", "channel": "mail"}
    )
    assert answer.status_code == 422
    assert "At sign 1" in answer.content.decode()
    with pytest.raises(NotTaken):
        searches.save(actor_of_person(person, second_factor=True), "", "", "mail")
    assert not SavedSearch.objects.exists()
