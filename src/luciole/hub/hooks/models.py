"""Webhooks of organisations, and every delivery that was tried."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from luciole.hub.members.models import Organisation, Person


class Hook(models.Model):
    """An address of an organisation that is told of events. Its secret is nowhere: it follows from the hub's own.

    events: of `services.Event`; version: of the secret; rotated_at: when that came; failing_since: when deliveries
    began to fail without one that arrived; disabled_at: from when on nothing is sent; why: manual or failing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="hooks")
    person = models.ForeignKey(Person, models.SET_NULL, null=True)
    address = models.URLField(max_length=400)
    events = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    rotated_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=8, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["made_at", "id"]


class Delivery(models.Model):
    """One event on its way to one address.

    key: its id, for the receiver; body: as it is sent; state: waiting, arrived or given-up; status: of the last answer,
    0 where there was none; problem: why it did not arrive, a word of `sending.Trouble`.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    hook = models.ForeignKey(Hook, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=32)
    body = models.TextField()
    at = models.DateTimeField(default=timezone.now, db_index=True)
    state = models.CharField(max_length=8, default="waiting")
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=16, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["hook", "id"])]


class Attempt(models.Model):
    """One try of one delivery. status, problem: as `Delivery` has them."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=16, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
