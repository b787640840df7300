"""The entries of the audit log and its signed checkpoints."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Entry(models.Model):
    """One thing that was done. It holds ids and words of closed lists, never contents, names or addresses.

    organisation: whose log it also belongs to; actor: id of the person or key, empty for the hub itself; digest:
    SHA-256 over the canonical JSON of the entry and the digest before it.
    """

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=8)
    actor = models.CharField(max_length=36, blank=True)
    organisation = models.CharField(max_length=36, blank=True, db_index=True)
    object_kind = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64)
    detail = models.JSONField(default=dict)
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    class Meta:
        ordering: ClassVar[list[str]] = ["sequence"]


class Checkpoint(models.Model):
    """The head of the chain at a moment, signed with the hub's Ed25519 key."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    digest = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=64)
