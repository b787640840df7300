"""A small coalition for the authorisation matrix: somebody of every role, and something of everything for each."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from soft_passkey import SoftPasskey
from vault_making import a_vault, actor_for

from luciole.assess.document import Knowledge, Result
from luciole.hub.hooks.models import Hook
from luciole.hub.members.keys import make_key
from luciole.hub.members.models import ApiKey, Application, Invitation, Organisation, Person, PersonRole
from luciole.hub.members.policy import ANONYMOUS, Actor
from luciole.hub.members.words import COALITION_ROLES, Kind, Role, Scope, State, Tlp
from luciole.hub.samples import vault as vault_module
from luciole.hub.samples.about import About
from luciole.hub.samples.handin import hand_in
from luciole.hub.samples.models import Analysis, Comment, HandIn, Hunt, Kinship, Sample, SavedSearch, Term, Upload
from luciole.hub.samples.packing import packed
from luciole.hub.site import limits
from luciole.hub.site.keys import HubKeys
from luciole.hub.site.lookup_counts import COUNTS
from luciole.kernel.reading import Evidence, Reading

ELSEWHERE = "203.0.113.0/24"
HERE = "127.0.0.1"
HOSTILE = "\"'><script>alert(1)</script><svg onload=alert(2)>]]>&lt;"
"""In the place of every text that somebody else writes."""
_numbers = itertools.count(1)


class Guest(NamedTuple):
    """Somebody who asks. actor: as the policy sees them; client: with their sign-in or their key; key: id, or empty."""

    name: str
    actor: Actor
    client: Client
    token: str = ""


class Shared(NamedTuple):
    """A sample in the coalition. seen: whether organisations other than its own see it."""

    label: str
    sample: Sample
    hand_in: HandIn
    comment: Comment
    seen: bool

    @property
    def sha256(self) -> str:
        return bytes(self.sample.sha256).hex()


class OfPerson(NamedTuple):
    """What one person has. key: one of their API keys; comment: on a sample that everybody sees."""

    search: SavedSearch
    comment: Comment
    key: ApiKey
    session: UserSession
    factor: Authenticator
    upload: Upload


class OfOrganisation(NamedTuple):
    """What one organisation has. own: seen by nobody else."""

    organisation: Organisation
    colleague: Person
    own: Shared
    withdrawn: HandIn
    hunt: Hunt
    hook: Hook
    key: ApiKey
    invitation: Invitation


class World:
    """Everything there is. theirs: of an organisation that none of the guests belongs to."""

    def __init__(self) -> None:
        self.guests: list[Guest] = []
        self.keys: list[Guest] = []
        self.people: dict[str, OfPerson] = {}
        self.organisations: dict[str, OfOrganisation] = {}
        self.uploads_of_keys: dict[str, Upload] = {}
        self.elsewhere = self._organisation()
        owner = self._person(self.elsewhere, Role.OWNER)
        self.stranger = owner
        self.samples = list(_shared_by(owner))
        self.theirs = self.of_organisation(owner)
        self.strangers = self.of_person(owner)
        self.application = Application.objects.create(
            name=HOSTILE, kind=Kind.RIGHTS.value, country="FR", profile=HOSTILE, contact_name=HOSTILE,
            proposal=HOSTILE,
            contact_email="applicant@example.org", secret_digest=hashlib.sha256(b"applicant").digest(),
        )  # fmt: skip
        self.coalition_person = self._person(None, Role.ADVISER)
        self.coalition_invitation = _invitation(None)
        self._make_guests()
        self._make_keys()

    def of_person(self, person: Person) -> OfPerson:
        """What this person has, made when it is first asked for."""
        found = self.people.get(str(person.pk))
        return found or self.people.setdefault(str(person.pk), self._things(person))

    def of_organisation(self, person: Person) -> OfOrganisation:
        """What the organisation of this person has."""
        assert person.organisation is not None
        name = str(person.organisation.pk)
        return self.organisations.get(name) or self.organisations.setdefault(name, self._belongings(person))

    def _things(self, person: Person) -> OfPerson:
        organisation = person.organisation
        everybodys = self.samples[0].sample
        number = next(_numbers)
        TOTP.activate(person, "ONSWG4TFOQ======")
        RecoveryCodes.activate(person)
        return OfPerson(
            SavedSearch.objects.create(person=person, name=HOSTILE, query=HOSTILE),
            Comment.objects.create(
                sample=everybodys, organisation_id=(organisation or self.elsewhere).pk, person=person, text=HOSTILE
            ),
            _key(person, organisation or self._organisation())[0],
            UserSession.objects.create(
                user=person, session_key=f"session-{number}", ip=HERE, last_seen_at=timezone.now()
            ),
            _passkey(person),
            _upload(organisation or self._organisation(), person=person),
        )  # fmt: skip

    def _belongings(self, person: Person) -> OfOrganisation:
        organisation = person.organisation
        assert organisation is not None
        colleague = self._person(organisation)
        withdrawn = _shared("withdrawn", colleague, Tlp.GREEN, seen=False).hand_in
        HandIn.objects.filter(pk=withdrawn.pk).update(withdrawn_at=timezone.now())
        return OfOrganisation(
            organisation, colleague, _shared("own", colleague, Tlp.RED, seen=False), withdrawn,
            Hunt.objects.create(organisation=organisation, kind="yara", text=HOSTILE, most=1, state="failed",
                                problem=HOSTILE),
            Hook.objects.create(organisation=organisation, address="https://hooks.example.org/", events=["hunt.ended"]),
            _key(None, organisation)[0], _invitation(organisation),
        )  # fmt: skip

    def _organisation(self, kind: Kind = Kind.SECURITY, state: State = State.ACTIVE) -> Organisation:
        number = next(_numbers)
        return Organisation.objects.create(
            name=f"{HOSTILE} {number}", profile=HOSTILE, slug=f"organisation-{number}", country="FR", kind=kind.value,
            state=state.value,
        )  # fmt: skip

    def _person(self, organisation: Organisation | None, *roles: Role) -> Person:
        number = next(_numbers)
        person = Person.objects.invited(
            f"person{number}@example.org", name=f"{HOSTILE} {number}", organisation=organisation
        )
        PersonRole.objects.bulk_create(PersonRole(person=person, role=one.value) for one in roles)
        return person

    def _make_guests(self) -> None:
        """Every role alone, all roles together in every kind of organisation, and people who are something less."""
        ours = self._organisation()
        for role in Role:
            self._sign_in(role.value, self._person(ours, role))
        self._sign_in("no role", self._person(ours))
        self._sign_in("no second factor", self._person(ours, *Role), strong=False)
        for kind in Kind:
            self._sign_in(f"every role, {kind.value}", self._person(self._organisation(kind), *Role))
        suspended = self._organisation(state=State.SUSPENDED)
        self._sign_in("suspended", self._person(suspended, *Role))
        for role in sorted(COALITION_ROLES):
            self._sign_in(f"{role.value} of no member", self._person(None, role))
        self.guests.append(Guest("nobody", ANONYMOUS, Client()))

    def _sign_in(self, name: str, person: Person, *, strong: bool = True) -> None:
        client = Client()
        client.force_login(person)
        session = client.session
        at = (timezone.now() + timedelta(hours=1)).timestamp()  # however long the tests take, it was just now
        session["account_authentication_methods_user"] = str(person.pk)
        methods: list[dict[str, object]] = [{"method": "password", "at": at, "reauthenticated": True}]
        session["account_authentication_methods"] = [*methods, *([{"method": "mfa", "at": at}] if strong else [])]
        session["begun"], session["seen"] = int(at), int(at)
        session.save()
        self.guests.append(Guest(name, _actor(person, second_factor=strong), client))
        self.of_person(person)
        if person.organisation is not None:
            self.of_organisation(person)

    def _make_keys(self) -> None:
        """Keys with one scope, keys of one role, keys of organisations, and keys that are not valid (any more)."""
        ours = self._organisation()
        everything = self._person(ours, *Role)
        for scope in Scope:
            self._key(f"scope {scope.value}", everything, ours, (scope,))
        for role in Role:
            self._key(f"role {role.value}", self._person(ours, role), ours)
        self._key("no role", self._person(ours), ours)
        self._key("of the organisation", None, ours)
        for kind in Kind:
            organisation = self._organisation(kind)
            self._key(f"every role, {kind.value}", self._person(organisation, *Role), organisation)
        suspended = self._organisation(state=State.SUSPENDED)
        self._key("suspended", self._person(suspended, *Role), suspended)
        now = timezone.now()
        self._key("revoked", everything, ours, known=False, revoked_at=now)
        self._key("expired", everything, ours, known=False, expires_at=now - timedelta(seconds=1))
        self._key("from elsewhere", everything, ours, known=False, networks=[ELSEWHERE])
        gone = self._person(ours, *Role)
        self._key("of a closed account", gone, ours, known=False)
        Person.objects.filter(pk=gone.pk).update(is_active=False)
        moved = self._person(self._organisation(), *Role)
        self._key("of somebody who moved", moved, ours, known=False)
        self.keys.append(Guest("nobody", ANONYMOUS, Client()))

    def _key(
        self, name: str, person: Person | None, organisation: Organisation, scopes: tuple[Scope, ...] = tuple(Scope),
        *, known: bool = True, **fields: object,
    ) -> None:  # fmt: skip
        key, token = _key(person, organisation, scopes, **fields)
        actor = ANONYMOUS
        if known:
            roles = person.role_names if person else frozenset({Role.ANALYST})
            actor = Actor(
                str(person.pk) if person else "", str(key.pk), str(organisation.pk), Kind(organisation.kind),
                State(organisation.state), roles, frozenset(scopes),
            )  # fmt: skip
        self.keys.append(Guest(name, actor, Client(headers={"Authorization": f"Bearer {token}"}), token))
        if person is not None:
            self.of_person(person)
        self.of_organisation(person or self._person(organisation))
        self.uploads_of_keys[str(key.pk)] = _upload(organisation, person=person, key=key)


def _actor(person: Person, *, second_factor: bool) -> Actor:
    organisation = person.organisation
    return Actor(
        person=str(person.pk), organisation=str(organisation.pk) if organisation else "",
        kind=Kind(organisation.kind) if organisation else None,
        state=State(organisation.state) if organisation else State.ACTIVE, roles=person.role_names,
        second_factor=second_factor,
    )  # fmt: skip


def _key(
    person: Person | None, organisation: Organisation, scopes: tuple[Scope, ...] = tuple(Scope), **fields: object
) -> tuple[ApiKey, str]:
    new = make_key()
    named = {"expires_at": timezone.now() + timedelta(days=1)} | fields
    key = ApiKey.objects.create(
        organisation=organisation, person=person, name=HOSTILE, prefix=new.prefix, digest=new.digest,
        scopes=[one.value for one in scopes], **named,
    )  # fmt: skip
    return key, new.token


def _passkey(person: Person) -> Authenticator:
    asked: dict[str, object] = {"publicKey": {"user": {"id": "AAAA"}, "challenge": "AAAA"}}
    made = json.loads(SoftPasskey("http://127.0.0.1:8000", HERE).make(asked))
    data = {"name": HOSTILE, "passwordless": True, "credential": made}
    return Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data=data)


def _upload(organisation: Organisation, person: Person | None = None, key: ApiKey | None = None) -> Upload:
    wrapped, hub_key = vault_module.current().wrap(bytes(32))
    return Upload.objects.create(
        organisation=organisation, person=person, key=key, file_name="app.apk", size=100_000, wrapped_key=wrapped,
        hub_key=hub_key, about={"tlp": "green"}, expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip


def _invitation(organisation: Organisation | None) -> Invitation:
    number = next(_numbers)
    return Invitation.objects.create(
        email=f"invited{number}@example.org", name=HOSTILE, organisation=organisation, roles=[],
        secret_digest=hashlib.sha256(str(number).encode()).digest(), expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip


def _shared_by(person: Person) -> Iterator[Shared]:
    """One sample of each way in which others see it or do not; the first is seen by everybody."""
    later = timezone.now() + timedelta(days=30)
    yield _shared("of others, green", person, Tlp.GREEN, seen=True)
    yield _shared("of others, amber", person, Tlp.AMBER, seen=True)
    yield _shared("of others, embargo over", person, Tlp.AMBER, seen=True, embargo=timezone.now() - timedelta(1))
    yield _shared("of others, embargoed", person, Tlp.GREEN, seen=False, embargo=later)
    yield _shared("of others, strict", person, Tlp.AMBER_STRICT, seen=False)
    yield _shared("of others, red", person, Tlp.RED, seen=False)
    gone = _shared("of others, withdrawn", person, Tlp.GREEN, seen=False)
    HandIn.objects.filter(pk=gone.hand_in.pk).update(withdrawn_at=timezone.now())
    yield gone


def _shared(label: str, person: Person, tlp: Tlp, *, seen: bool, embargo: object = None) -> Shared:
    """A sample with everything that an analysis keeps, and a comment of who handed it in."""
    data = f"inert sample {next(_numbers)}".encode()
    about = About(file_name=HOSTILE, note=HOSTILE, tlp=tlp, embargo_until=embargo)  # type: ignore[arg-type] # a time or None
    with patch("luciole.hub.samples.handin._ask"):
        made = hand_in(actor_for(person), [data], about)
    sample = made.sample
    package = f"org.example.sample{sample.pk}"
    Sample.objects.filter(pk=sample.pk).update(
        state="analysed", kind="apk", package=package, label=HOSTILE, version=HOSTILE
    )
    Term.objects.create(sample=sample, field="package", value=package)
    Term.objects.create(sample=sample, field="cert", value=hashlib.sha256(package.encode()).hexdigest())
    Term.objects.create(sample=sample, field="host", value="shared.example")
    Term.objects.create(sample=sample, field="family", value=HOSTILE.lower())
    Kinship.objects.create(sample=sample, kind="server", key="shared.example")
    reading = Reading(Evidence("app.apk", "apk", len(data), hashlib.sha256(data).hexdigest()))
    result = Result(created="2026-01-01T00:00:00Z", knowledge=Knowledge("1", 1, "c", 1), evidence=())
    Analysis.objects.create(
        sample=sample, tool="1", catalogue="c", policy="1", reading=packed(reading), result=packed(result)
    )  # fmt: skip
    comment = Comment.objects.create(sample=sample, organisation=made.organisation, person=person, text=HOSTILE)
    return Shared(label, Sample.objects.get(pk=sample.pk), made, comment, seen)


@contextmanager
def a_world(folder: Path) -> Iterator[World]:
    """The coalition, with a vault of its own; everything is gone afterwards."""
    if not list((settings.HUB.folder / "keys").glob("*")):
        HubKeys.make(settings.HUB.folder)
    own = a_vault(folder)
    vault_module.current.cache_clear()
    with patch.object(vault_module, "open_vault", lambda *_: own):
        limits.forget_held()
        try:
            yield World()
        finally:
            COUNTS.write()
            limits.forget_held()
            vault_module.current.cache_clear()
            call_command("flush", interactive=False, verbosity=0)


def absent_id() -> UUID:
    """An id that nothing has."""
    return UUID("00000000-0000-4000-8000-000000000000")
