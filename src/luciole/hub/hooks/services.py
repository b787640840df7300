"""Webhooks: made, changed, told of events, and tried again until they arrive or are given up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from luciole.hub.audit import services as audit
from luciole.hub.hooks import addresses, signing
from luciole.hub.hooks.models import Delivery, Hook
from luciole.hub.hooks.sending import Sent, Trouble
from luciole.hub.members.policy import Actor
from luciole.kernel.canon import canonical_json
from luciole.kernel.errors import LucioleError

MOST = 20
"""Webhooks of one organisation."""
PAUSES = (10, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400)
"""Seconds before each further try; after the last, two days after the event, a delivery is given up."""
PATIENCE = dt.timedelta(days=3)
"""A webhook to which nothing arrived for so long is switched off."""
KEPT = dt.timedelta(days=30)
WAITING, ARRIVED, GIVEN_UP = "waiting", "arrived", "given-up"
MANUAL, FAILING = "manual", "failing"
_HEADER = "Luciole-Signature"


class Event(StrEnum):
    """What is told."""

    PING = "ping"
    """Somebody wants to see whether it arrives."""
    ANALYSED = "sample.analysed"
    """A file that the organisation handed in was analysed."""
    SEARCH = "search.news"
    """A saved search has something new."""
    HUNT = "hunt.ended"


class HookRefused(LucioleError):
    """A webhook like this is not made."""


class Letter(NamedTuple):
    """What one try sends. body: bytes that are signed; headers: with the signature."""

    address: str
    body: bytes
    headers: Mapping[str, str]


def make(actor: Actor, address: str, events: Iterable[str]) -> tuple[Hook, str]:
    """Makes a webhook of the actor's organisation, and returns it with its secret. Whether they may was asked before.

    Raises HookRefused for an address that is none, events that are none, or too many webhooks.
    """
    named = _events(events)
    try:
        addresses.written(address)
    except addresses.NotThere as error:
        raise HookRefused(error.message) from None
    with transaction.atomic():
        if Hook.objects.filter(organisation_id=actor.organisation).count() >= MOST:
            raise HookRefused(f"An organisation has at most {MOST} webhooks.")
        made = Hook.objects.create(
            organisation_id=actor.organisation, person_id=actor.person or None, address=address, events=named
        )
        audit.record("webhook.make", actor, "webhook", made.pk)
    return made, signing.secret_of(made.pk)


def _events(events: Iterable[str]) -> list[str]:
    try:
        named = sorted({Event(one).value for one in events} - {Event.PING.value})
    except ValueError:
        known = ", ".join(one.value for one in Event if one is not Event.PING)
        raise HookRefused(f"The events are: {known}.") from None
    if not named:
        raise HookRefused("Name at least one event.")
    return named


def of(organisation: str) -> QuerySet[Hook]:
    """The webhooks of an organisation."""
    return Hook.objects.filter(organisation_id=organisation)


def deliveries_of(hook: Hook) -> QuerySet[Delivery]:
    """What was sent, or is to be, newest first."""
    return Delivery.objects.filter(hook=hook).order_by("-pk")


def switch(actor: Actor, hook: Hook, *, on: bool) -> Hook:
    """Switches a webhook on or off. What waits is tried once it is on again."""
    with transaction.atomic():
        now = timezone.now()
        changed = {"disabled_at": None, "why": "", "failing_since": None} if on else {"disabled_at": now, "why": MANUAL}
        Hook.objects.filter(pk=hook.pk).update(**changed)
        audit.record("webhook.switch", actor, "webhook", hook.pk, on=on)
        if on:
            for one in Delivery.objects.filter(hook=hook, state=WAITING):
                _ask(one.pk)
    hook.refresh_from_db()
    return hook


def remove(actor: Actor, hook: Hook) -> None:
    """Removes a webhook and what was delivered to it."""
    with transaction.atomic():
        audit.record("webhook.remove", actor, "webhook", hook.pk)
        Hook.objects.filter(pk=hook.pk).delete()


def ping(actor: Actor, hook: Hook) -> Delivery:
    """Sends a test."""
    del actor
    with transaction.atomic():
        return _post(hook, Event.PING, {})


def tell(organisation: str, event: Event, about: Mapping[str, object]) -> int:
    """Tells an organisation's webhooks of an event, in the transaction of what it tells. Returns how many are told.

    about: what the organisation may know, of JSON's types: ids and digests, never contents.
    """
    hooks = Hook.objects.filter(organisation_id=organisation, disabled_at=None)
    wanted = [one for one in hooks if event.value in one.events]
    with transaction.atomic():
        for one in wanted:
            _post(one, event, about)
    return len(wanted)


def _post(hook: Hook, event: Event, about: Mapping[str, object]) -> Delivery:
    now = timezone.now()
    made = Delivery(hook=hook, event=event.value, at=now, next_at=now)
    document = {"id": str(made.key), "event": event.value, "at": now.isoformat(timespec="seconds"), "about": about}
    made.body = canonical_json(document).decode()
    made.save(force_insert=True)
    _ask(made.pk)
    return made


def _ask(delivery: int, pause: int = 0) -> None:
    from luciole.hub.hooks.jobs import deliver  # noqa: PLC0415 - jobs read what is posted here
    from luciole.hub.site.jobs import later_at  # noqa: PLC0415 - as above

    later_at(timezone.now() + dt.timedelta(seconds=pause), deliver, delivery)


def letter(delivery: int, now: dt.datetime) -> Letter | None:
    """What is to be sent now; None where it arrived, was given up, or its webhook is off or gone."""
    row = Delivery.objects.select_related("hook").filter(pk=delivery, state=WAITING, hook__disabled_at=None).first()
    if row is None:
        return None
    body = row.body.encode()
    signed = signing.signature(signing.secret_of(row.hook.pk), body, int(now.timestamp()))
    headers = {_HEADER: signed, "Luciole-Event": row.event, "Luciole-Delivery": str(row.key)}
    return Letter(row.hook.address, body, headers)


def note(delivery: int, sent: Sent, now: dt.datetime) -> None:
    """Keeps what became of a try, and asks for the next one where it did not arrive. In a transaction."""
    row = Delivery.objects.select_for_update(of=("self",)).select_related("hook").filter(pk=delivery).first()
    if row is None or row.state != WAITING:
        return
    row.tries, row.status, row.problem, row.next_at = row.tries + 1, sent.status, sent.trouble.value, None
    if sent.trouble is Trouble.NONE:
        row.state = ARRIVED
        Hook.objects.filter(pk=row.hook_id).update(failing_since=None)
    elif row.tries > len(PAUSES):
        row.state = GIVEN_UP
    else:
        pause = PAUSES[row.tries - 1]
        row.next_at = now + dt.timedelta(seconds=pause)
        _ask(row.pk, pause)
    row.save()
    if sent.trouble is not Trouble.NONE:
        _note_failure(row.hook, now)


def _note_failure(hook: Hook, now: dt.datetime) -> None:
    Hook.objects.filter(pk=hook.pk, failing_since=None).update(failing_since=now)
    lost = Hook.objects.filter(pk=hook.pk, disabled_at=None, failing_since__lte=now - PATIENCE)
    if lost.update(disabled_at=now, why=FAILING):
        audit.record("webhook.disabled", Actor(), "webhook", hook.pk, str(hook.organisation_id))


def forget_old(now: dt.datetime) -> int:
    """Removes what was delivered, or given up, long ago. Returns how many."""
    return Delivery.objects.filter(at__lt=now - KEPT).delete()[0]
