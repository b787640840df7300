"""Delivers webhooks, and forgets what is old: deliveries, kept answers and full buckets of limits."""

from __future__ import annotations

import datetime as dt
import functools

from django.utils import timezone

from luciole.hub.hooks import services
from luciole.hub.hooks.sending import Sender
from luciole.hub.site import limits, once
from luciole.hub.site.jobs import effect, job
from luciole.hub.site.proxies import networks_of
from luciole.hub.site.settings import HUB

_DAY = dt.timedelta(days=1)


@functools.cache
def sender() -> Sender:
    """What sends in this process, with what the settings allow."""
    return Sender(inside=networks_of(HUB.text("private_networks")))


@job(priority=5, seconds=120.0)
def deliver(delivery: int) -> None:
    """Tries one delivery. What becomes of it is kept together with the end of this job."""
    now = timezone.now()
    letter = services.letter(delivery, now)
    if letter is None:
        return
    sent = sender().send(letter.address, letter.body, dict(letter.headers))
    with effect():
        services.note(delivery, sent, now)


@job(every=services.FORGOTTEN)
def ask_for_forgotten() -> None:
    """Asks again for deliveries that nobody tries although they are due."""
    services.ask_for_forgotten(timezone.now())


@job(every=_DAY)
def forget_old() -> None:
    """Removes deliveries, kept answers and full buckets that nobody needs any more."""
    now = timezone.now()
    services.forget_old(now)
    once.forget_old(now)
    limits.forget_old(now)
