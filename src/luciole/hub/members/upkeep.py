"""What is forgotten by itself: limits on attempts, sign-ins and invitations that are over."""

from __future__ import annotations

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from luciole.hub.members.models import Invitation, Remembered
from luciole.hub.site.jobs import job

INVITATIONS = timedelta(days=30)
"""How long an invitation that nobody used is kept after its end."""


@job(every=timedelta(hours=1), seconds=600)
def forget_what_is_over() -> None:
    """Job: removes what has ended and is of no use any more."""
    now = timezone.now()
    Remembered.objects.filter(expires__lt=now).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    Invitation.objects.filter(used_at=None, expires_at__lt=now - INVITATIONS).delete()
