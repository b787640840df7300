"""Organisations, people, applications to join, agreements, invitations and API keys."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from luciole.hub.members.words import COALITION_ROLES, Kind, Role, Standing, State, Step


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(one.value, one.value) for one in words]


class Organisation(models.Model):
    """A member of the coalition. age_recipient: the public key to which what it fetches is encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=_choices(Kind))
    standing = models.CharField(max_length=16, choices=_choices(Standing), default=Standing.PARTNER.value)
    state = models.CharField(max_length=16, choices=_choices(State), default=State.ACTIVE.value)
    country = models.CharField(max_length=2)
    languages = models.JSONField(default=list)
    profile = models.TextField(blank=True, max_length=4000)
    website = models.URLField(blank=True)
    is_listed = models.BooleanField(default=False)
    age_recipient = models.CharField(max_length=128, blank=True)
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class People(BaseUserManager["Person"]):
    """Makes people; only invitations and the first start call it."""

    def invited(self, email: str, **fields: Any) -> Person:
        """A person without a password; they set one, or a passkey, through a link."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_unusable_password()
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody with an account. organisation: None only for people of the coalition itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="people")
    language = models.CharField(max_length=16, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = People()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def role_names(self) -> frozenset[Role]:
        """Every role this person has, in their organisation and for the coalition."""
        return frozenset(Role(one.role) for one in self.roles.all())


class PersonRole(models.Model):
    """One role of one person, who gave it, and when."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    role = models.CharField(max_length=16, choices=_choices(Role))
    given_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "role"], name="one_role_once"),
        ]

    @property
    def is_of_coalition(self) -> bool:
        """Whether the role is held for the coalition and not for an organisation."""
        return Role(self.role) in COALITION_ROLES


class Application(models.Model):
    """An organisation that asks to join, and where its application stands."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=_choices(Kind))
    country = models.CharField(max_length=2)
    languages = models.JSONField(default=list)
    profile = models.TextField(max_length=4000)
    website = models.URLField(blank=True)
    contact_name = models.CharField(max_length=150)
    contact_email = models.EmailField()
    contact_language = models.CharField(max_length=16, default="en")
    conflicts = models.JSONField(default=dict)
    proposal = models.TextField(blank=True, max_length=4000)
    step = models.CharField(max_length=16, choices=_choices(Step), default=Step.RECEIVED.value)
    closes_at = models.DateTimeField(null=True, blank=True)
    secret_digest = models.BinaryField(max_length=32)
    organisation = models.OneToOneField(Organisation, models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)


class ApplicationStep(models.Model):
    """One dated step of an application. note: for the applicant or for members, as the step has it."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="history")
    step = models.CharField(max_length=16, choices=_choices(Step))
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(Person, models.SET_NULL, null=True)
    note = models.TextField(blank=True, max_length=2000)


class Reference(models.Model):
    """A member organisation vouches for an applicant."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="references")
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    by = models.ForeignKey(Person, models.SET_NULL, null=True)
    text = models.TextField(max_length=2000)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["application", "organisation"], name="one_reference_each"),
        ]


class AdmissionVote(models.Model):
    """The vote of one member organisation on one application. choice: yes, no or abstain."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="votes")
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    by = models.ForeignKey(Person, models.SET_NULL, null=True)
    choice = models.CharField(max_length=8, choices=[("yes", "yes"), ("no", "no"), ("abstain", "abstain")])
    reason = models.TextField(blank=True, max_length=2000)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["application", "organisation"], name="one_vote_each"),
        ]


class Signature(models.Model):
    """An organisation signed one version of the agreement. digest: SHA-256 of the text that was shown."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="signatures", null=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="signatures", null=True)
    version = models.CharField(max_length=16)
    language = models.CharField(max_length=16)
    digest = models.BinaryField(max_length=32)
    name = models.CharField(max_length=150)
    at = models.DateTimeField(default=timezone.now)


class Invitation(models.Model):
    """A one-time link by which a person gets an account. Only the digest of its secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField()
    name = models.CharField(max_length=150, blank=True)
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True)
    roles = models.JSONField(default=list)
    secret_digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(Person, models.SET_NULL, null=True)


class ApiKey(models.Model):
    """A key of an organisation, or of one person in it. Only the SHA-256 of its 256 random bits is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="keys")
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField(default=list)
    networks = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)


class SignInServer(models.Model):
    """The OpenID Connect server with which the people of one organisation sign in. The secret is wrapped by the hub.

    leads_to: the origin of its sign-in page, to which a form may lead.
    """

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="sign_in_server")
    name = models.CharField(max_length=40)
    address = models.URLField(max_length=400)
    leads_to = models.CharField(max_length=400)
    client = models.CharField(max_length=190)
    wrapped_secret = models.BinaryField(blank=True)
    hub_key = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(default=timezone.now)


class Remembered(models.Model):
    """What limits on attempts remember, for every process and beyond a restart; Django's database cache writes it."""

    cache_key = models.CharField(primary_key=True, max_length=255)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)
