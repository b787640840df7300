"""What the walk through every page needs: people signed in, and one of everything, made in the running hub."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from browser_hub import Demonstration, decoded

_MAKE = """
import json
from datetime import timedelta
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.socialaccount.models import SocialApp
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.test import Client
from django.utils import timezone
from luciole.hub.hooks.models import Hook
from soft_passkey import SoftPasskey
from luciole.hub.members import api_keys, invitations, joining, links
from luciole.hub.members.access import actor_of_person
from luciole.hub.members.models import AdmissionVote, Application, ApplicationStep, Organisation, Person, PersonRole
from luciole.hub.members.words import Kind, Role, Scope, Step
from luciole.hub.samples.models import Comment, HandIn, Hunt, Sample, SavedSearch

def person(email, organisation, *roles):
    made = Person.objects.invited(email, name=email.split("@")[0].title(), organisation=organisation)
    made.set_password("river lantern seventeen")
    made.save()
    PersonRole.objects.bulk_create(PersonRole(person=made, role=one.value) for one in roles)
    return made

def cookie(of, strong=True):
    client = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux) Chrome/1"})
    client.force_login(of)
    session, at = client.session, timezone.now().timestamp()
    methods = [{"method": "password", "at": at}] + ([{"method": "mfa", "at": at}] if strong else [])
    session["account_authentication_methods"], session["begun"], session["seen"] = methods, int(at), int(at)
    session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value

labs, line = Organisation.objects.get(slug="bright-labs"), Organisation.objects.get(slug="harbour-line")
all_roles = person("walker@example.org", labs, *Role)
support = person("support@example.org", line, Role.OWNER, Role.HELPER)
fresh = person("fresh@example.org", labs, Role.ANALYST)
lead = person("lead@example.org", None, Role.COORDINATOR)
TOTP.activate(all_roles, generate_totp_secret())
RecoveryCodes.activate(all_roles)
asked = {"publicKey": {"user": {"id": "AAAA"}, "challenge": "AAAA"}}
credential = json.loads(SoftPasskey(settings.HUB.text("address"), "127.0.0.1").make(asked))
factor = Authenticator.objects.create(user=all_roles, type=Authenticator.Type.WEBAUTHN,
    data={"name": "Key on my desk", "passwordless": True, "credential": credential})
actor = actor_of_person(all_roles, second_factor=True)
secrets = {}
for number, step in enumerate(Step):
    asking = joining.Asking(f"Applicant {number}", Kind.RIGHTS, "KE", ("en", "sw"), "We help people. " * 9,
        "https://applicant.example/", "Asha", f"asha{number}@example.org", "en")
    made = joining.receive(asking)
    conflicts = {
        name: {"yes": number % 2 == 0 and name == "sells", "note": "We sold one once."} for name in joining.QUESTIONS}
    Application.objects.filter(pk=made.pk).update(
        step=step.value, conflicts=conflicts if number > 1 else {}, proposal="A good house." if number > 3 else "",
        closes_at=timezone.now() + timedelta(days=3))
    ApplicationStep.objects.create(application=made, step=step.value, by=all_roles, note="A note.")
    if step is Step.VOTING:
        AdmissionVote.objects.create(application=made, organisation=labs, by=all_roles, choice="yes", reason="Good.")
    secrets[step.value] = (str(made.pk), links.secret_of(links.APPLICATION, made.pk))
invitation = invitations.invite(actor, invitations.Invited("new@example.org", "New"), labs, [Role.ANALYST])
own = HandIn.objects.filter(organisation=labs).order_by("at").first()
rich = Sample.objects.get(label="System Service")
Comment.objects.create(sample=rich, organisation=labs, person=all_roles, text="Seen in March.")
search = SavedSearch.objects.create(person=all_roles, name="Batteries", query="battery")
hunts = [Hunt.objects.create(organisation=labs, person=all_roles, kind="yara", text="rule a { condition: true }",
    most=10, done=done, state=state, problem=problem) for state, done, problem in
    (("stopped", 4, ""), ("failed", 1, "The rule cannot be read."))]
hook = Hook.objects.create(organisation=labs, address="https://hooks.example.org/in", events=["hunt.ended"])
api_keys.make(actor, labs, all_roles, api_keys.Wanted("A script of mine", frozenset({Scope.READ}), 30))
api_keys.make(actor, labs, None, api_keys.Wanted("Our products", frozenset({Scope.READ}), 30))
SocialApp.objects.create(provider="openid_connect", provider_id="bright", name="Bright", client_id="x",
    settings={"server_url": "https://sign-in.example.org"})
digests = {one.state + ":" + one.verdict: bytes(one.sha256).hex() for one in Sample.objects.order_by("pk")}
print(json.dumps({
    "cookies": {"everybody": cookie(all_roles), "support": cookie(support), "fresh": cookie(fresh, False),
                "lead": cookie(lead)},
    "cookie": settings.SESSION_COOKIE_NAME,
    "applications": [pk for pk, _ in secrets.values()], "secrets": [one for _, one in secrets.values()],
    "invitation": links.secret_of(links.INVITATION, invitation.pk), "person": str(fresh.pk), "lead": str(lead.pk),
    "slug": "open-campus", "hand_in": str(own.pk), "samples": sorted({*digests.values(), bytes(rich.sha256).hex()}),
    "search": str(search.pk), "hunts": [str(one.pk) for one in hunts], "hook": str(hook.pk), "factor": factor.pk,
    "reset": f"{user_pk_to_url_str(fresh)}-{default_token_generator.make_token(fresh)}",
}))
"""


class World(NamedTuple):
    """Session cookies by name of who is signed in; and what stands in addresses, by the name of the route."""

    cookie: str
    cookies: dict[str, str]
    places: dict[str, list[dict[str, object]]]


@pytest.fixture(scope="session")
def furnished(demonstration: Demonstration) -> World:
    """All of it, made once for every test with a browser."""
    return make_world(demonstration)


def make_world(demonstration: Demonstration) -> World:
    """Makes it all, in one process beside the hub."""
    made = decoded(demonstration.script(f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n{_MAKE}"))
    uid, _, key = made["reset"].partition("-")
    places: dict[str, list[dict[str, object]]] = {
        "members:application": [{"secret": one} for one in made["secrets"]],
        "members:an-application": [{"pk": one} for one in made["applications"]],
        "members:invitation": [{"secret": made["invitation"]}],
        "members:member": [{"slug": made["slug"]}, {"slug": "harbour-line"}],
        "members:end-membership": [{"slug": made["slug"]}],
        "members:person": [{"pk": made["person"]}],
        "members:coalition-person": [{"pk": made["lead"]}],
        "mfa_remove_webauthn": [{"pk": made["factor"]}],
        "account_reset_password_from_key": [{"uidb36": uid, "key": key}],
        "openid_connect_login": [{"provider_id": "bright"}],
        "samples:change": [{"hand_in_id": made["hand_in"]}],
        "samples:search": [{"search_id": made["search"]}],
        "samples:hunt": [{"hunt_id": one} for one in made["hunts"]],
        "samples:sample": [{"sha256": one} for one in made["samples"]],
        "samples:places": [{"sha256": made["samples"][0]}],
        "hooks:one": [{"hook_id": made["hook"]}],
    }
    return World(made["cookie"], made["cookies"], places)
