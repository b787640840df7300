"""People, roles, keys, suspension and leaving: who may change what, and what ends with it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from members_making import PASSWORD, Inbox, do_jobs, send

from luciole.hub.audit.models import Entry
from luciole.hub.members import services
from luciole.hub.members.access import actor_of_person, find_key
from luciole.hub.members.keys import TOKEN, bearer
from luciole.hub.members.models import ApiKey, Invitation, Organisation, Person
from luciole.hub.members.services import MemberProblem
from luciole.hub.members.words import Kind, Role, Scope, State

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("inbox")]
NOW = {"method": "password", "reauthenticated": True}


@pytest.fixture
def fresh(signed_in: Callable[..., Client]) -> Callable[[Person], Client]:
    """A browser in which a person has just shown again who they are."""

    def make(person: Person) -> Client:
        client = signed_in(person)
        session = client.session
        session["account_authentication_methods_user"] = str(person.pk)
        session["account_authentication_methods"] = [{"method": "mfa"}, NOW | {"at": timezone.now().timestamp()}]
        session.save()
        return client

    return make


@pytest.fixture
def owner(a_person: Callable[..., Person]) -> Person:
    return a_person(Role.OWNER)


def in_a_browser(person: Person) -> Client:
    """Signed in by the form, so that the sign-in is listed."""
    if not person.has_usable_password():
        person.set_password(PASSWORD)
        person.save()
    client = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
    send(client, "/sign-in/", "", login=person.email, password=PASSWORD)
    return client


def test_a_key_is_shown_once_and_only_its_digest_is_kept(owner: Person, fresh: Callable[[Person], Client]) -> None:
    client = fresh(owner)
    wanted = {"name": "Feed", "scopes": ["read", "submit"], "days": "30", "networks": "192.0.2.0/24 2001:db8::/32"}
    made = client.post("/account/keys/", wanted)
    found = TOKEN.search(made.content.decode())
    assert found is not None
    assert made.headers["Cache-Control"] == "no-store"
    digest = bearer(f"Bearer {found[0]}")
    record = find_key(digest or b"")
    assert record is not None
    assert (record.scopes, record.networks) == (["read", "submit"], ["192.0.2.0/24", "2001:db8::/32"])
    assert timedelta(days=29) < record.expires_at - timezone.now() <= timedelta(days=30)
    assert not TOKEN.search(client.get("/account/keys/").content.decode())
    client.post(f"/account/keys/{record.key}/revoke/")
    again = find_key(digest or b"")
    assert again is not None
    assert again.revoked


@pytest.mark.parametrize(
    "wrong",
    [{"scopes": []}, {"scopes": ["everything"]}, {"days": "0"}, {"days": "367"}, {"networks": "192.0.2.1/24"},
     {"networks": "x"},     {"networks": " ".join(f"192.0.2.{n}" for n in range(21))}, {"name": ""}],
)  # fmt: skip
def test_a_key_without_limits_is_not_made(
    wrong: dict[str, object], owner: Person, fresh: Callable[[Person], Client]
) -> None:
    wanted = {"name": "Feed", "scopes": ["read"], "days": "30", "networks": ""}
    assert fresh(owner).post("/account/keys/", wanted | wrong).status_code == 422
    assert not ApiKey.objects.exists()


def test_support_organisations_get_no_key_that_fetches(
    a_person: Callable[..., Person], fresh: Callable[[Person], Client]
) -> None:
    client = fresh(a_person(Role.OWNER, kind=Kind.SUPPORT))
    for scope in (Scope.FETCH, Scope.FETCH_RAW):
        sent = client.post("/organisation/keys/", {"name": "x", "scopes": [scope.value], "days": "1", "networks": ""})
        assert sent.status_code == 422


def test_keys_of_others_cannot_be_ended(
    owner: Person, a_person: Callable[..., Person], fresh: Callable[[Person], Client]
) -> None:
    colleague = a_person(Role.ANALYST, organisation=owner.organisation)
    fresh(owner).post("/account/keys/", {"name": "x", "scopes": ["read"], "days": "1", "networks": ""})
    pk = ApiKey.objects.get().pk
    assert fresh(colleague).post(f"/account/keys/{pk}/revoke/").status_code == 404
    assert fresh(colleague).post(f"/organisation/keys/{pk}/revoke/").status_code == 403
    assert fresh(a_person(Role.OWNER)).post(f"/organisation/keys/{pk}/revoke/").status_code == 404
    assert fresh(owner).post(f"/organisation/keys/{pk}/revoke/").status_code == 303
    assert ApiKey.objects.get().revoked_at is not None


def test_an_owner_gives_and_takes_roles_in_their_organisation_alone(
    owner: Person, a_person: Callable[..., Person], signed_in: Callable[..., Client]
) -> None:
    colleague, stranger, client = a_person(organisation=owner.organisation), a_person(Role.OWNER), signed_in(owner)
    page = f"/organisation/people/{colleague.pk}/"
    assert send(client, page, "", roles=["voter", "helper"]) == page
    assert Person.objects.get(pk=colleague.pk).role_names == {Role.VOTER, Role.HELPER}
    assert client.post(page, {"roles": ["coordinator"]}).status_code == 422
    for sub in ("", "disable/", "enable/", "factor/"):
        assert client.post(f"/organisation/people/{stranger.pk}/{sub}").status_code == 404, sub
    assert client.get(f"/organisation/people/{stranger.pk}/").status_code == 404
    assert Person.objects.get(pk=stranger.pk).is_active
    given = Entry.objects.filter(action="person.role", object_id=str(colleague.pk))
    assert {one.detail["role"] for one in given} == {"voter", "helper"}


def test_only_the_coordinator_gives_roles_of_the_coalition(
    owner: Person, a_person: Callable[..., Person], signed_in: Callable[..., Client]
) -> None:
    coordinator = a_person(Role.COORDINATOR)
    assert signed_in(owner).get("/coalition/").status_code == 403
    assert signed_in(owner).post(f"/coalition/{owner.pk}/", {"roles": ["coordinator"]}).status_code == 403
    assert signed_in(coordinator).post(f"/coalition/{owner.pk}/", {"roles": ["adviser"]}).status_code == 303
    assert Person.objects.get(pk=owner.pk).role_names == {Role.OWNER, Role.ADVISER}
    signed_in(coordinator).post(f"/coalition/{coordinator.pk}/", {"roles": []})
    assert Role.COORDINATOR in Person.objects.get(pk=coordinator.pk).role_names


def test_of_two_owners_who_take_each_others_role_at_once_one_stays(
    owner: Person, a_person: Callable[..., Person], run_at_once: Callable[[Callable[[int], object], int], None]
) -> None:
    owners = [owner, a_person(Role.OWNER, organisation=owner.organisation)]
    refused: list[MemberProblem] = []

    def take(number: int) -> None:
        by, other = owners[number % 2], owners[(number + 1) % 2]
        try:
            services.take_role(actor_of_person(by, second_factor=True), Person.objects.get(pk=other.pk), Role.OWNER)
        except MemberProblem as error:
            refused.append(error)

    run_at_once(take, 2)
    assert len(refused) == 1
    assert Person.objects.filter(roles__role="owner", organisation=owner.organisation).count() == 1


def test_a_disabled_account_is_out_at_once_with_its_keys(
    owner: Person, a_person: Callable[..., Person], signed_in: Callable[..., Client], a_key: Callable[..., str]
) -> None:
    colleague = a_person(Role.ANALYST, organisation=owner.organisation)
    browser, token = in_a_browser(colleague), a_key(Scope.READ, person=colleague)
    assert browser.get("/account/").status_code == 200
    signed_in(owner).post(f"/organisation/people/{colleague.pk}/disable/")
    assert browser.get("/account/")["Location"].startswith("/sign-in/")
    record = find_key(bearer(f"Bearer {token}") or b"")
    assert record is not None
    assert (record.revoked, record.person_active) == (True, False)
    sent = Client().post("/sign-in/", {"login": colleague.email, "password": PASSWORD})
    assert sent["Location"] == "/sign-in/closed/"


def test_a_suspended_member_is_out_and_comes_back_without_its_old_keys(
    owner: Person,
    a_person: Callable[..., Person],
    signed_in: Callable[..., Client],
    a_key: Callable[..., str],
    inbox: Inbox,
) -> None:
    browser, token = in_a_browser(owner), a_key(Scope.READ, organisation=owner.organisation)
    lead, slug = signed_in(a_person(Role.COORDINATOR)), Organisation.objects.get(pk=owner.organisation_id).slug
    assert signed_in(a_person(Role.OWNER)).post(f"/members/{slug}/suspend/").status_code == 403
    assert lead.post(f"/members/{slug}/suspend/").status_code == 303
    assert browser.get("/account/")["Location"].startswith("/sign-in/")
    assert in_a_browser(owner).get("/members/").status_code == 403
    lead.post(f"/members/{slug}/reinstate/")
    assert in_a_browser(owner).get("/members/").status_code == 200
    record = find_key(bearer(f"Bearer {token}") or b"")
    assert record is not None
    assert record.revoked
    do_jobs()
    assert len(inbox.of(owner.email)) == 2
    actions = Entry.objects.filter(object_kind="organisation").order_by("sequence").values_list("action", flat=True)
    assert list(actions) == ["organisation.suspend", "organisation.reinstate"]


@pytest.mark.parametrize("choice", ["keep", "withdraw"])
def test_a_member_that_leaves_chooses_what_becomes_of_its_hand_ins(
    choice: str, owner: Person, fresh: Callable[[Person], Client], a_key: Callable[..., str]
) -> None:
    from luciole.hub.samples.models import Blob, HandIn, Sample

    blob = Blob.objects.create(digest=bytes(32), name="0", size=1, wrapped_key=bytes(60), hub_key="0")
    sample = Sample.objects.create(blob=blob, sha256=bytes(32), sha1=bytes(20), md5=bytes(16), size=1)
    HandIn.objects.create(sample=sample, organisation=owner.organisation, source="field", tlp="green")
    a_key(Scope.READ, organisation=owner.organisation)
    client = fresh(owner)
    assert client.post("/organisation/leave/", {"hand_ins": choice}).status_code == 422
    assert client.post("/organisation/leave/", {"hand_ins": choice, "sure": "on"}).status_code == 303
    do_jobs()
    found = Organisation.objects.get(pk=owner.organisation_id)
    assert (found.state, found.left_at is not None) == (State.LEFT, True)
    assert (HandIn.objects.get().withdrawn_at is None) is (choice == "keep")
    assert not ApiKey.objects.filter(revoked_at=None).exists()
    with pytest.raises(MemberProblem):
        services.reinstate(actor_of_person(owner, second_factor=True), found)


def test_sign_ins_are_listed_without_an_address_and_can_be_ended(owner: Person) -> None:
    here, there = in_a_browser(owner), in_a_browser(owner)
    page = here.get("/account/sign-ins/").content.decode()
    assert page.count("Firefox, Linux") == 2
    assert "127.0.0.1" not in page
    pk = re.findall(r"/account/sign-ins/(\d+)/end/", page)
    assert len(pk) == 1
    send(here, "/account/sign-ins/", f"/account/sign-ins/{pk[0]}/end/")
    assert there.get("/account/").status_code == 303
    other = in_a_browser(owner)
    send(here, "/account/sign-ins/", "/account/sign-ins/end-others/")
    assert (here.get("/account/").status_code, other.get("/account/").status_code) == (200, 303)


def test_a_sign_in_of_somebody_else_cannot_be_ended(owner: Person, a_person: Callable[..., Person]) -> None:
    from allauth.usersessions.models import UserSession

    mine, theirs = in_a_browser(owner), in_a_browser(other := a_person(Role.OWNER))
    pk = UserSession.objects.get(user=other).pk
    assert mine.post(f"/account/sign-ins/{pk}/end/").status_code == 404
    assert theirs.get("/account/").status_code == 200


def test_a_new_password_ends_the_other_sign_ins_and_is_told(owner: Person, inbox: Inbox) -> None:
    here, there = in_a_browser(owner), in_a_browser(owner)
    new = "another lantern nineteen"
    send(here, "/account/again/?next=/account/password/", "", password=PASSWORD)
    before = here.session.session_key
    send(here, "/account/password/", "", oldpassword=PASSWORD, password1=new, password2=new)
    assert here.session.session_key != before
    assert (here.get("/account/").status_code, there.get("/account/").status_code) == (200, 303)
    do_jobs()
    assert inbox.subjects(owner.email) == ["A change to your account"]


def test_a_forgotten_password_is_replaced_through_a_mail_once(owner: Person, inbox: Inbox) -> None:
    signed = in_a_browser(owner)
    browser, new = Client(), "another lantern nineteen"
    assert send(browser, "/sign-in/forgotten/", "", email=owner.email) == "/sign-in/forgotten/sent/"
    do_jobs()
    there = inbox.link(owner.email)
    page = browser.get(there)["Location"]
    assert send(browser, page, "", password1=new, password2=new) == "/sign-in/new-password/kept/"
    assert signed.get("/account/").status_code == 303
    assert "used or is too old" in Client().get(there).content.decode()
    send(Client(), "/sign-in/", "", login=owner.email, password=new)


def test_whether_an_address_has_an_account_is_not_told(owner: Person, inbox: Inbox) -> None:
    pages = [Client().post("/sign-in/forgotten/", {"email": one}) for one in (owner.email, "nobody@example.org")]
    assert len({(one.status_code, one["Location"]) for one in pages}) == 1
    wrong = [
        Client().post("/sign-in/", {"login": one, "password": "wrong"}) for one in (owner.email, "nobody@example.org")
    ]
    texts = {re.sub(r'value="[^"]*"', "", one.content.decode()) for one in wrong}
    assert len(texts) == 1
    do_jobs()
    assert inbox.of("nobody@example.org") == []


def test_profile_pages_keep_what_fits_and_refuse_the_rest(owner: Person, signed_in: Callable[..., Client]) -> None:
    client = signed_in(owner)
    key = "age1" + "q" * 58
    good = {"name": "New name", "country": "KE", "languages": "en, sw", "profile": "x", "website": "https://example.org",
            "is_listed": "on", "age_recipient": key}  # fmt: skip
    assert send(client, "/organisation/", "", **good) == "/organisation/"
    found = Organisation.objects.get(pk=owner.organisation_id)
    assert (found.languages, found.age_recipient, services.age_recipient(str(found.pk))) == (["en", "sw"], key, key)
    for wrong in (
        {"country": "ke"},
        {"age_recipient": "AGE-SECRET-KEY-1"},
        {"website": "javascript:alert(1)"},
        {"name": ""},
    ):
        assert client.post("/organisation/", good | wrong).status_code == 422, wrong
    assert "New name" in Client().get("/about/members/").content.decode()
    send(client, "/account/", "", name="Me", language="fr", time_zone="Africa/Nairobi")
    assert client.get("/account/").headers["Content-Language"] == "fr"


def test_every_page_of_a_member_shows_hostile_text_as_text(
    owner: Person, a_person: Callable[..., Person], fresh: Callable[[Person], Client]
) -> None:
    hostile = "<script>alert(1)</script>\" onload='x' {{ 7*7 }} \u202e"
    Organisation.objects.filter(pk=owner.organisation_id).update(name=hostile, profile=hostile, is_listed=True)
    Person.objects.filter(pk=owner.pk).update(name=hostile)
    lead = a_person(Role.COORDINATOR, Role.OWNER)
    Invitation.objects.create(email="x@example.org", secret_digest=bytes(32), organisation=owner.organisation,
                              expires_at=timezone.now() + timedelta(days=1))  # fmt: skip
    slug = Organisation.objects.get(pk=owner.organisation_id).slug
    owners = ["/account/", "/account/sign-ins/", "/account/keys/", "/organisation/", "/organisation/people/",
              f"/organisation/people/{owner.pk}/", "/organisation/keys/", "/organisation/leave/",
              "/organisation/sign-in/",
              "/organisation/people/invite/", "/members/", f"/members/{slug}/", "/applications/", "/about/members/",
              "/account/second-factor/", "/account/password/first/", "/account/server/"]  # fmt: skip
    leads = ["/coalition/", f"/coalition/{owner.pk}/", "/coalition/invite/", f"/members/{slug}/end/", "/members/"]
    for client, pages in ((fresh(owner), owners), (fresh(lead), leads)):
        for page in pages:
            answer = client.get(page)
            assert answer.status_code == 200, (page, answer.get("Location"))
            text = answer.content.decode()
            assert "<script>alert" not in text, page
            assert "49" not in re.findall(r"\b49\b", text), page
            assert "<h1" in text


PUBLIC = ("/", "/join/", "/join/thanks/", "/about/members/", "/sign-in/", "/sign-in/organisation/",
          "/sign-in/forgotten/",          "/sign-in/forgotten/sent/", "/sign-in/closed/", "/sign-in/cancelled/",
          "/sign-in/new-password/kept/")  # fmt: skip


@pytest.mark.parametrize("page", PUBLIC)
def test_public_pages_are_there_without_an_account(page: str) -> None:
    answer = Client().get(page)
    assert answer.status_code == 200
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|style=", answer.content.decode())


def test_what_is_over_is_forgotten_and_the_rest_is_not(owner: Person) -> None:
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.models import Session

    from luciole.hub.members.models import Remembered
    from luciole.hub.members.upkeep import forget_what_is_over

    old, here = in_a_browser(owner), in_a_browser(owner)
    now = timezone.now()
    Session.objects.filter(session_key=old.session.session_key).update(expire_date=now)
    Remembered.objects.create(cache_key="over", value="", expires=now)
    Remembered.objects.create(cache_key="not over", value="", expires=now + timedelta(hours=1))
    forget_what_is_over()
    assert [one.session_key for one in UserSession.objects.all()] == [here.session.session_key]
    assert set(Remembered.objects.filter(cache_key__contains="over").values_list("pk", flat=True)) == {"not over"}
    assert here.get("/account/").status_code == 200
