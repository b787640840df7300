"""What the site does by itself: signs where the log stands every hour, and forgets old sign-ins once a day."""

from __future__ import annotations

import datetime as dt

from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from luciole.hub.audit import services as audit
from luciole.hub.site.jobs import job
from luciole.hub.site.keys import HubKeys
from luciole.hub.site.settings import HUB

_ROWS_LOOKED_AT = 1_000
_ALL_TABLES = 0x10002
"""Runs ANALYZE where it helps (0x2), also on tables that this connection did not ask (0x10000)."""


@job(priority=20, every=dt.timedelta(hours=1))
def sign_log() -> None:
    """Signs the newest entry of the log: from then on, what stands before it cannot be changed or cut unnoticed."""
    audit.checkpoint(HubKeys.load(HUB.folder).sign)


@job(priority=-50, every=dt.timedelta(days=1))
def count_rows() -> None:
    """Has the database look at its tables anew, so that it goes on choosing the right index while they grow.

    SQLite looks at those that changed much, and at so many rows of each (https://sqlite.org/pragma.html#pragma_optimize);
    PostgreSQL takes a sample, and would do so by itself where its own upkeep is on.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")
        else:
            cursor.execute(f"PRAGMA analysis_limit={_ROWS_LOOKED_AT}")
            cursor.execute(f"PRAGMA optimize={_ALL_TABLES:#x}")


@job(priority=-50, every=dt.timedelta(days=1))
def forget_sessions() -> None:
    """Removes sessions whose time is over."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
