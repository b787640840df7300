"""What the vault does by itself: sweeps once a day, and reads every file again within a month."""

from __future__ import annotations

import datetime as dt
import logging

from django.utils import timezone

from luciole.hub.samples.sweeping import sweep
from luciole.hub.samples.vault import GIB, current
from luciole.hub.site import jobs

logger = logging.getLogger(__name__)
ROUND = dt.timedelta(days=30)
"""Within this time every file is read again."""
AT_ONCE = 2 * GIB
"""Clear bytes that one scrub reads at most, and the file that reaches them; each hour one, 48 GiB a day."""


@jobs.job(priority=-50, every=dt.timedelta(days=1))
def sweep_store() -> None:
    """Removes what interruptions left, and uploads whose time is over."""
    logger.info("swept %d drafts, %d files without a row, %d uploads", *sweep(current(), timezone.now()))


@jobs.job(priority=-50, every=dt.timedelta(hours=1))
def scrub_some() -> None:
    """Reads the files again that were read longest ago."""
    now = timezone.now()
    found = current().scrub(now, now - ROUND, AT_ONCE)
    for digest in found.damaged:
        logger.error("the file %s in the vault is damaged; hand it in again, or restore it", digest.hex())
