"""The site itself: which worker does which job, how much each key may still ask, answers that are given once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django_tasks_db.models import DBTaskResult


class Lease(models.Model):
    """One job that is being done. worker: its name; until: when it counts as dead unless it says again that it lives.

    The row is there exactly as long as the job's state is RUNNING: both change in one transaction.
    """

    task = models.OneToOneField(DBTaskResult, models.CASCADE, primary_key=True, related_name="lease")
    worker = models.CharField(max_length=64, db_index=True)
    until = models.DateTimeField(db_index=True)


class Allowance(models.Model):
    """How many requests somebody has left, as a bucket that fills by itself.

    owner: id of a key, or a digest that stands for an address; kind: of requests, as `limits.LIMITS` has them; tokens:
    left at the time `at`.
    """

    owner = models.CharField(max_length=64)
    kind = models.CharField(max_length=12)
    tokens = models.FloatField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "kind"], name="one_allowance_each"),
        ]


class OnceAnswer(models.Model):
    """The answer to a request with an Idempotency-Key, which is given again when the same request comes again.

    owner: id of the API key; digest: SHA-256 of the Idempotency-Key; asked: SHA-256 of what was asked; mark: who is
    answering; status: 0 while somebody is.
    """

    owner = models.CharField(max_length=64)
    digest = models.BinaryField(max_length=32)
    asked = models.BinaryField(max_length=32)
    mark = models.CharField(max_length=32)
    at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(default=0)
    content_type = models.CharField(max_length=64, blank=True)
    location = models.CharField(max_length=400, blank=True)
    body = models.BinaryField(default=b"")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "digest"], name="one_answer_each"),
        ]
