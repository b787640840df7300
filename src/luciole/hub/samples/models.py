"""Samples, who handed them in, where their bytes lie, what was read of them, and what was done with them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from luciole.hub.members.models import ApiKey, Organisation, Person
from luciole.hub.members.words import Purpose, Tlp


class Blob(models.Model):
    """The bytes of one file in the vault, encrypted with a key of their own.

    digest: SHA-256 of the clear bytes; name: in the store, the digest and a mark of the writing, so that two writings
    of one file never meet; wrapped_key: that key, encrypted with the hub key `hub_key`; state: stored, damaged (a scrub
    or a reader found it changed or gone) or erased.
    """

    digest = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(max_length=96, unique=True)
    size = models.BigIntegerField()
    wrapped_key = models.BinaryField(max_length=128)
    hub_key = models.CharField(max_length=16)
    state = models.CharField(max_length=8, default="stored")
    stored_at = models.DateTimeField(default=timezone.now)
    scrubbed_at = models.DateTimeField(null=True, blank=True, db_index=True)


class Sample(models.Model):
    """One file, whoever handed it in. What stands here beside the digests is copied from its newest analysis.

    state: waiting, analysed, unreadable or withdrawn (no hand-in is left).
    """

    sha256 = models.BinaryField(max_length=32, unique=True)
    sha1 = models.BinaryField(max_length=20)
    md5 = models.BinaryField(max_length=16)
    size = models.BigIntegerField()
    blob = models.ForeignKey(Blob, models.PROTECT)
    kind = models.CharField(max_length=32, blank=True)
    state = models.CharField(max_length=12, default="waiting")
    first_handed_in = models.DateTimeField(default=timezone.now)
    package = models.CharField(max_length=256, blank=True)
    label = models.CharField(max_length=256, blank=True)
    version = models.CharField(max_length=128, blank=True)
    verdict = models.CharField(max_length=32, blank=True)
    rule = models.CharField(max_length=64, blank=True)
    tlsh = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["sha1"]),
            models.Index(fields=["md5"]),
            models.Index(fields=["first_handed_in", "id"]),
            models.Index(fields=["state"]),
        ]


class HandIn(models.Model):
    """One organisation handed in one file. What it said about sharing binds this hand-in alone.

    file_name: scrubbed when it came from a survivor's device; embargo_until: nobody else sees it before; consent: id of
    the consent statement that was agreed to; withdrawn_at: it no longer counts; changed_at: its marking was changed;
    bundle: the same for all files of one archive, None for a file that came by itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sample = models.ForeignKey(Sample, models.PROTECT, related_name="hand_ins")
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    person = models.ForeignKey(Person, models.SET_NULL, null=True)
    key = models.ForeignKey(ApiKey, models.SET_NULL, null=True)
    at = models.DateTimeField(default=timezone.now)
    file_name = models.CharField(max_length=255, blank=True)
    source = models.CharField(max_length=32)
    tlp = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Tlp])
    purposes = models.JSONField(default=list)
    embargo_until = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, max_length=4000)
    from_survivor = models.BooleanField(default=False)
    consent = models.CharField(max_length=32, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True, db_index=True)
    bundle = models.UUIDField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "at"]),
            models.Index(fields=["bundle"], condition=models.Q(bundle__isnull=False), name="hand_ins_of_an_archive"),
            models.Index(fields=["at"]),
            models.Index(fields=["embargo_until"]),
        ]


class Analysis(models.Model):
    """What was read of a sample and what was concluded. Kept facts let it be judged anew without the file.

    first_at, at: when the file was read first and last; judged_at: when the kept facts were last looked at; changed_at:
    when that last came to another conclusion; reading: the encoded `Reading`, compressed; result: the encoded result
    document, compressed; tool: what read it; catalogue, policy, index: with what the result holds; mark: the same while
    the result is; problem: why it could not be read.
    """

    sample = models.OneToOneField(Sample, models.CASCADE)
    first_at = models.DateTimeField(default=timezone.now)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    judged_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now, db_index=True)
    tool = models.CharField(max_length=32)
    catalogue = models.CharField(max_length=64)
    policy = models.CharField(max_length=16)
    index = models.CharField(max_length=64, blank=True)
    reading = models.BinaryField()
    result = models.BinaryField()
    mark = models.BinaryField(max_length=16, default=b"")
    problem = models.TextField(blank=True)


class Term(models.Model):
    """One searchable value of one sample, such as (cert, 3f…) or (criterion, collect.keys)."""

    sample = models.ForeignKey(Sample, models.CASCADE, related_name="terms", db_index=False)
    field = models.CharField(max_length=16)
    value = models.CharField(max_length=512)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # Pattern operators: PostgreSQL then finds beginnings in it whatever the collation of its database is.
            models.Index(
                fields=["field", "value", "sample"],
                name="samples_of_a_term",
                opclasses=["varchar_ops", "varchar_pattern_ops", "int8_ops"],
            ),
            models.Index(fields=["sample", "field", "value"], name="terms_of_a_sample"),
        ]


class Kinship(models.Model):
    """What a sample may share with others. kind: certificate, icon, code, server or tlsh (a band); key: the value."""

    sample = models.ForeignKey(Sample, models.CASCADE, related_name="kinships")
    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=128)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["kind", "key"])]


class Fetch(models.Model):
    """A file that left the vault: who, what for, in which form."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sample = models.ForeignKey(Sample, models.PROTECT)
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    person = models.ForeignKey(Person, models.SET_NULL, null=True)
    key = models.ForeignKey(ApiKey, models.SET_NULL, null=True)
    purpose = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Purpose])
    form = models.CharField(max_length=8)
    at = models.DateTimeField(default=timezone.now)
    size = models.BigIntegerField()


class Upload(models.Model):
    """A hand-in that is still arriving, in pieces. The pieces lie encrypted in the vault's store until it is whole.

    about: what was said about it; hand_in: what came of it, so that finishing twice is finishing once; of an archive
    it is the first of its bundle, and left_out says how many of its files are no app files.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE)
    person = models.ForeignKey(Person, models.CASCADE, null=True)
    key = models.ForeignKey(ApiKey, models.CASCADE, null=True)
    file_name = models.CharField(max_length=255, blank=True)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    wrapped_key = models.BinaryField(max_length=128)
    hub_key = models.CharField(max_length=16)
    about = models.JSONField(default=dict)
    expires_at = models.DateTimeField()
    hand_in = models.OneToOneField(HandIn, models.SET_NULL, null=True)
    left_out = models.PositiveIntegerField(default=0)


class Piece(models.Model):
    """Some bytes of an upload, from `offset` on, under a name in the vault's store."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="pieces")
    offset = models.BigIntegerField()
    size = models.BigIntegerField()
    name = models.CharField(max_length=96, unique=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["offset"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["upload", "offset"], name="one_piece_at_one_place"),
        ]


class Holding(models.Model):
    """How much lies in the vault, in clear bytes; one row, changed with what it counts. arriving: of open uploads."""

    stored = models.BigIntegerField(default=0)
    arriving = models.BigIntegerField(default=0)


class Comment(models.Model):
    """What a member says about a sample; others of the coalition who may see the sample see it.

    among_own: only the writer's organisation sees it, for the sample was shared with nobody else as it was written.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sample = models.ForeignKey(Sample, models.CASCADE, related_name="comments")
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    person = models.ForeignKey(Person, models.SET_NULL, null=True)
    text = models.TextField(max_length=4000)
    among_own = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)


class SavedSearch(models.Model):
    """A search that tells a person about what is new. channel: none, mail, webhook or feed.

    looked_at: what became visible until then was looked at; told_at: the last digest; feed_digest: SHA-256 of the
    secret in the address of its feed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="searches")
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=1000)
    channel = models.CharField(max_length=8, default="none")
    looked_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(default=timezone.now)
    feed_digest = models.BinaryField(max_length=32, null=True, unique=True)
    created_at = models.DateTimeField(default=timezone.now)


class News(models.Model):
    """A sample that answers a saved search, noted once. at: when it became news; None where it was known before."""

    search = models.ForeignKey(SavedSearch, models.CASCADE, related_name="news", db_index=False)
    sample = models.ForeignKey(Sample, models.CASCADE)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["search", "sample"], name="news_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["search", "at"])]


class Hunt(models.Model):
    """A YARA rule or a criterion over everything that was handed in before, with its cost bounded.

    kind: yara or criterion; state: waiting, running, done, stopped or failed; done, most: samples looked at, and the
    bound; spent: seconds; unread: those of them that could not be looked at; last: the oldest that was looked at;
    found: ids of samples, of which a person sees those they may see.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE)
    person = models.ForeignKey(Person, models.SET_NULL, null=True)
    kind = models.CharField(max_length=12)
    text = models.TextField(max_length=20000)
    state = models.CharField(max_length=12, default="waiting")
    at = models.DateTimeField(default=timezone.now)
    done = models.BigIntegerField(default=0)
    most = models.BigIntegerField()
    spent = models.FloatField(default=0.0)
    unread = models.BigIntegerField(default=0)
    last = models.BigIntegerField(default=0)
    found = models.JSONField(default=list)
    problem = models.TextField(blank=True)
