"""What somebody may not see shows nowhere else either: in no date, order, number, search, relation, refusal or text."""

from __future__ import annotations

import ast
import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from jinja2 import Environment, nodes
from pytest_django import Settings

import luciole.hub
from luciole.assess.document import Knowledge, Result
from luciole.hub.members import invitations
from luciole.hub.members.invitations import Invited
from luciole.hub.members.models import Invitation, Organisation, Person
from luciole.hub.members.outgoing import NotPublic, checked_address
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Kind, Role, Scope, Tlp
from luciole.hub.samples import comments, kinship, postings
from luciole.hub.samples.models import Analysis, Blob, Comment, HandIn, Kinship, Sample
from luciole.hub.samples.packing import packed
from luciole.hub.samples.sharing import visible_to
from luciole.hub.site import limits
from luciole.hub.site.models import OnceAnswer
from luciole.hub.site.proxies import networks_of
from luciole.hub.site.table import load

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2025, 3, 1, 12, tzinfo=UTC)
LATELY = datetime(2026, 5, 1, 12, tzinfo=UTC)
_numbers = itertools.count(1)


def a_sample(**fields: object) -> Sample:
    digest = hashlib.sha256(str(next(_numbers)).encode()).digest()
    blob = Blob.objects.create(digest=digest, name=digest.hex(), size=5, wrapped_key=b"k", hub_key="1")
    named = {"sha1": digest[:20], "md5": digest[:16], "size": 5, "kind": "apk", "state": "analysed"}
    return Sample.objects.create(sha256=digest, blob=blob, **named | fields)


def handed_in(sample: Sample, by: Organisation, tlp: Tlp = Tlp.GREEN, at: datetime = LATELY) -> HandIn:
    return HandIn.objects.create(sample=sample, organisation=by, source="device", tlp=tlp.value, at=at)


def actor_of(person: Person) -> Actor:
    return Actor(
        str(person.pk), organisation=str(person.organisation_id), kind=Kind.SECURITY, roles=person.role_names,
        second_factor=True,
    )  # fmt: skip


@pytest.fixture
def ours(a_person: Callable[..., Person]) -> Person:
    return a_person(Role.ANALYST, Role.OWNER)


@pytest.fixture
def theirs(an_organisation: Callable[..., Organisation]) -> Organisation:
    return an_organisation()


@pytest.fixture
def in_secret(ours: Person, theirs: Organisation) -> Sample:
    """A file that others handed in long ago, for themselves, and that we handed in lately."""
    sample = a_sample(first_handed_in=LONG_AGO)
    handed_in(sample, theirs, Tlp.RED, LONG_AGO)
    assert ours.organisation is not None
    handed_in(sample, ours.organisation, Tlp.RED)
    created = "2025-03-01T12:00:05Z"
    result = Result(created=created, knowledge=Knowledge("1", 1, "c", 1), evidence=())
    Analysis.objects.create(
        sample=sample, tool="1", catalogue="c", policy="1", reading=b"", result=packed(result),
        first_at=LONG_AGO, at=LONG_AGO, changed_at=LONG_AGO,
    )  # fmt: skip
    return sample


def api(key: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {key}"})


def test_no_date_tells_that_somebody_else_had_the_file_before(
    in_secret: Sample, ours: Person, a_key: Callable[..., str], signed_in: Callable[..., Client]
) -> None:
    asked, browser = api(a_key(Scope.READ, person=ours)), signed_in(ours)
    address = bytes(in_secret.sha256).hex()
    for answer in (
        asked.get("/api/v1/samples"), asked.get(f"/api/v1/samples/{address}"), asked.get(f"/api/v1/hashes/{address}"),
        asked.get(f"/api/v1/samples/{address}/result"), asked.get(f"/api/v1/samples/{address}/hand-ins"),
        browser.get("/samples/"), browser.get(f"/samples/{address}"), browser.get("/samples/own"),
    ):  # fmt: skip
        assert answer.status_code == 200, answer.request
        page = answer.content.decode()
        assert "2025" not in page, page[max(0, page.find("2025") - 200) :][:400]
        assert "2026" in page, answer.request


@pytest.mark.parametrize("text", ["handed-in:2025", "handed-in:2025-03", "handed-in:<2026", "NOT handed-in:>2026-01"])
def test_no_search_by_date_finds_what_others_handed_in_for_themselves(
    in_secret: Sample, ours: Person, a_key: Callable[..., str], text: str
) -> None:
    asked = api(a_key(Scope.READ, person=ours))
    found = asked.get("/api/v1/samples", {"query": text}).json()["samples"]
    assert found == []
    ours_too = asked.get("/api/v1/samples", {"query": "handed-in:2026-05"}).json()["samples"]
    assert [one["sha256"] for one in ours_too] == [bytes(in_secret.sha256).hex()]


def test_a_frequent_month_is_searched_by_what_is_seen_too(
    in_secret: Sample, ours: Person, a_key: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where too many were handed in for their ids to be fetched at once, samples are asked one batch after another."""
    monkeypatch.setattr(postings, "few", lambda *_: None)
    asked = api(a_key(Scope.READ, person=ours))
    assert asked.get("/api/v1/samples", {"query": "handed-in:2025"}).json()["samples"] == []
    assert len(asked.get("/api/v1/samples", {"query": "handed-in:2026"}).json()["samples"]) == 1
    assert in_secret.pk


def test_pages_of_a_list_hand_out_no_number_of_a_sample(
    ours: Person, theirs: Organisation, signed_in: Callable[..., Client]
) -> None:
    for _ in range(60):
        handed_in(a_sample(), theirs)
    browser = signed_in(ours)
    page = browser.get("/samples/").content.decode()
    place = page.partition("after=")[2].partition('"')[0]
    assert len(place) > 40
    assert not place.isdigit()
    assert browser.get(f"/samples/?after={place}").content.count(b"<tr>") == 1 + 10
    shown = re.compile(rb'href="/samples/([0-9a-f]{64})"').findall
    assert shown(browser.get("/samples/?after=30").content) == shown(page.encode()), "a number leads nowhere"


def test_a_comment_does_not_tell_who_else_holds_a_file(in_secret: Sample, ours: Person, theirs: Organisation) -> None:
    """Both handed the file in for themselves; what one says about it the other must not read."""
    writer = Person.objects.invited("writer@example.org", name="W", organisation=theirs)
    now = timezone.now()
    said = comments.add(actor_of(writer), in_secret, "we saw this in a case")
    assert list(comments.comments_on(in_secret, actor_of(writer), now)) == [said]
    assert list(comments.comments_on(in_secret, actor_of(ours), now)) == []
    shared = handed_in(in_secret, theirs, Tlp.GREEN)
    assert list(comments.comments_on(in_secret, actor_of(ours), now)) == [], "it was said among themselves"
    later = comments.add(actor_of(writer), in_secret, "for everybody")
    assert list(comments.comments_on(in_secret, actor_of(ours), now)) == [later]
    HandIn.objects.filter(pk=shared.pk).update(withdrawn_at=now)
    assert list(comments.comments_on(in_secret, actor_of(ours), now)) == [], "nobody shares it any more"


def test_pages_and_api_show_the_same_comments(
    in_secret: Sample, ours: Person, theirs: Organisation, a_key: Callable[..., str], signed_in: Callable[..., Client]
) -> None:
    Comment.objects.create(sample=in_secret, organisation=theirs, text="a case of theirs", among_own=True)
    Comment.objects.create(sample=in_secret, organisation=theirs, text="said when it was shared")
    address = bytes(in_secret.sha256).hex()
    assert api(a_key(Scope.READ, person=ours)).get(f"/api/v1/samples/{address}/comments").json() == []
    page = signed_in(ours).get(f"/samples/{address}").content
    assert b"a case of theirs" not in page
    assert b"said when it was shared" not in page
    assert b"only your organisation reads it" in page


def test_comments_of_others_take_no_room(in_secret: Sample, ours: Person, theirs: Organisation) -> None:
    rows = (Comment(sample=in_secret, organisation=theirs, text="x", among_own=True) for _ in range(comments.MOST))
    Comment.objects.bulk_create(rows)
    assert comments.add(actor_of(ours), in_secret, "still room").pk


def test_how_many_unseen_samples_share_something_changes_no_relation(
    ours: Person, theirs: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinship, "TOO_COMMON", 5)
    monkeypatch.setattr(kinship, "MOST_CANDIDATES", 5)
    hash_ = "T1" + "A" * 70
    mine, other = a_sample(tlsh=hash_), a_sample(tlsh=hash_)
    unseen = [a_sample(tlsh=hash_) for _ in range(9)]
    for one in (mine, other):
        handed_in(one, theirs)
    for one in unseen:
        handed_in(one, theirs, Tlp.RED)
    for one in (*unseen, mine, other):
        Kinship.objects.create(sample=one, kind="server", key="shared.example")
        Kinship.objects.bulk_create(Kinship(sample=one, kind=key.kind, key=key.key) for key in kinship.bands_of(hash_))
    found = kinship.relatives(mine, visible_to(actor_of(ours), timezone.now()))
    assert [one.sample for one in found] == [other]
    assert {key.kind for key in found[0].reasons} == {"server", "similar"}
    assert [one.sample for one in kinship.same_code_base(mine, visible_to(actor_of(ours), timezone.now()))] == [other]


def test_an_invitation_does_not_tell_who_has_an_account_elsewhere(
    ours: Person, theirs: Organisation, a_person: Callable[..., Person]
) -> None:
    helper = a_person(Role.HELPER, organisation=theirs)
    known, new = (
        invitations.invite(actor_of(ours), Invited(address, "X"), ours.organisation, [])
        for address in (helper.email, "nobody@example.org")
    )
    assert (known.used_at, known.roles) == (new.used_at, new.roles)
    with pytest.raises(invitations.InvitationProblem):
        invitations.invite(actor_of(ours), Invited(ours.email, "X"), ours.organisation, [])
    with pytest.raises(invitations.InvitationProblem):
        invitations.invite(actor_of(ours), Invited(helper.email, "X"), None, [])


def test_an_invitation_leaves_those_of_other_organisations_open(ours: Person, a_person: Callable[..., Person]) -> None:
    other = a_person(Role.OWNER)
    first = invitations.invite(actor_of(other), Invited("wanted@example.org", "X"), other.organisation, [])
    invitations.invite(actor_of(ours), Invited("wanted@example.org", "X"), ours.organisation, [])
    assert Invitation.objects.get(pk=first.pk).expires_at > timezone.now() + timedelta(days=6)


def test_a_secret_that_is_shown_once_does_not_lie_in_the_answer_that_is_kept(
    ours: Person, a_key: Callable[..., str]
) -> None:
    asked = api(a_key(Scope.MANAGE, person=ours))

    def make() -> Any:
        wanted = json.dumps({"address": "https://hooks.example.org/", "events": ["sample.analysed"]})
        return asked.post("/api/v1/webhooks", wanted, "application/json", headers={"Idempotency-Key": "once"})

    first, again = make(), make()
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    kept = bytes(OnceAnswer.objects.get().body)
    assert first.json()["secret"].encode() not in kept
    assert b"hooks.example.org" not in kept


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1", "fc00::1", "2002:7f00:1::", "64:ff9b::a00:1",
     "::ffff:10.0.0.1", "224.0.0.1", "0.0.0.1", "100.64.0.1"],
)  # fmt: skip
def test_no_sign_in_server_of_a_member_is_asked_inside(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from luciole.hub.hooks import addresses

    monkeypatch.setattr(addresses, "by_system", lambda *_: ["198.51.99.7", address])
    with pytest.raises(NotPublic):
        checked_address("id.example.org", 443)


def test_one_setting_opens_networks_for_webhooks_and_for_sign_in_servers(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    from luciole.hub.hooks import addresses

    monkeypatch.setattr(addresses, "by_system", lambda *_: ["10.1.2.3"])
    values = {**settings.HUB.values, "private_networks": "10.0.0.0/8, fd00::/8"}
    settings.HUB = settings.HUB._replace(values=values)
    assert checked_address("id.example.org", 443) == "10.1.2.3"
    inside = networks_of(settings.HUB.text("private_networks"))
    assert addresses.resolved("https://hooks.example.org/", addresses.by_system, inside).address == "10.1.2.3"
    assert load({"LUCIOLE_HUB": "/hub", "LUCIOLE_PRIVATE_NETWORKS": "10.0.0.0/8"}).problems == ()
    assert "private_networks" in load({"LUCIOLE_HUB": "/hub", "LUCIOLE_PRIVATE_NETWORKS": "inside"}).problems[0]
    assert "webhook_networks" in load({"LUCIOLE_HUB": "/hub"}, 'webhook_networks = "10.0.0.0/8"').problems[0]


def test_names_of_members_cannot_be_tried_out_at_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "refused", limits.Limit(3, 1))
    cache.clear()
    answers = [Client().post("/sign-in/organisation/", {"name": f"one-{number}"}).status_code for number in range(21)]
    ways = [Client().get(f"/sign-in/with/one-{number}/").status_code for number in range(6)]
    cache.clear()
    assert (answers[0], answers[-1]) == (303, 429)
    assert (ways[0], 429 in ways) == (404, True)


TEMPLATES = sorted(Path(luciole.hub.__path__[0]).glob("*/templates/**/*.j2"))
_TRANSLATES = frozenset({"_", "gettext", "ngettext", "pgettext", "npgettext"})


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda one: "/".join(one.parts[-2:]))
def test_templates_translate_only_what_stands_in_them_and_mark_nothing_as_safe(path: Path) -> None:
    """What is translated counts as markup, so a text from elsewhere must never be."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(path.read_text("utf-8"))  # noqa: S701 - read and not run
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in _TRANSLATES:
            texts = call.args[:1] if call.node.name in {"_", "gettext"} else call.args[:2]
            assert all(isinstance(one, nodes.Const) for one in texts), (path, call.lineno)
    assert not [one.name for one in tree.find_all(nodes.Filter) if one.name == "safe"]
    assert not list(tree.find_all(nodes.MarkSafe))


def _markups(path: Path) -> Iterator[tuple[int, ast.expr]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Markup", "mark_safe"}:
            yield from ((node.lineno, one) for one in node.args[:1])


def test_code_makes_markup_only_of_what_stands_in_it() -> None:
    root = Path(luciole.hub.__path__[0])
    files = [path for path in root.rglob("*.py") if "migrations" not in path.parts]
    made = [(path.name, line) for path in files for line, one in _markups(path) if not isinstance(one, ast.Constant)]
    assert made == []
    assert any(True for path in files for _ in _markups(path))


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "///evil.example",
              "https:evil.example", "http:///evil.example", "/%0d%0aSet-Cookie:x=1"],
)  # fmt: skip
def test_nobody_is_led_elsewhere(there: str, ours: Person, signed_in: Callable[..., Client]) -> None:
    chosen = Client().post("/language", {"language": "en", "next": there})
    assert chosen.status_code == 302
    ours.set_password("river lantern seventeen")
    ours.save()
    entered = Client().post(
        "/sign-in/", {"login": ours.email, "password": "river lantern seventeen", "next": there}
    )  # fmt: skip
    left = signed_in(ours).post("/sign-out/", {"next": there})
    for answer in (chosen, entered, left):
        place = answer.headers.get("Location", "/")
        assert place.startswith("/"), (there, place)
        assert not place.startswith(("//", "/\\")), (there, place)
        assert "evil.example" not in place.partition("?")[0], (there, place)
