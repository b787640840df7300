"""When a key was last used, as its owner is shown it; written in batches, for not every use is worth a write."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from luciole.hub.members.models import ApiKey


def note_used(key: str, at: datetime) -> None:
    """Remembers that a key was used. key: its id; an earlier time than the known one changes nothing."""
    known = Q(last_used_at=None) | Q(last_used_at__lt=at)
    ApiKey.objects.filter(known, pk=key).update(last_used_at=at)
