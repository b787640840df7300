"""What the site does by itself: signs where the log stands every hour, and forgets old sign-ins once a day."""

from __future__ import annotations

import datetime as dt

from django.contrib.sessions.models import Session
from django.utils import timezone

from luciole.hub.audit import services as audit
from luciole.hub.site.jobs import job
from luciole.hub.site.keys import HubKeys
from luciole.hub.site.settings import HUB


@job(priority=20, every=dt.timedelta(hours=1))
def sign_log() -> None:
    """Signs the newest entry of the log: from then on, what stands before it cannot be changed or cut unnoticed."""
    audit.checkpoint(HubKeys.load(HUB.folder).sign)


@job(priority=-50, every=dt.timedelta(days=1))
def forget_sessions() -> None:
    """Removes sessions whose time is over."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
