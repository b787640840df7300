"""Webhooks: made, changed, told of events, and tried again until they arrive or are given up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as mark

from luciole.hub.audit import services as audit
from luciole.hub.hooks import addresses, signing
from luciole.hub.hooks.models import Attempt, Delivery, Hook
from luciole.hub.hooks.sending import Sent, Trouble
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import State
from luciole.hub.site.sentences import sentence
from luciole.kernel.canon import canonical_json
from luciole.kernel.errors import LucioleError

MOST = 20
"""Webhooks of one organisation."""
PAUSES = (10, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400)
"""Seconds before each further try; after the last, two days after the event, a delivery is given up."""
PATIENCE = dt.timedelta(days=3)
"""A webhook to which nothing arrived for so long is switched off."""
KEPT = dt.timedelta(days=30)
BOTH_SECRETS = dt.timedelta(days=1)
"""So long after its secret was changed a webhook is signed with the one before as well."""
FORGOTTEN = dt.timedelta(hours=1)
_MOST_FORGOTTEN = 1_000
WAITING, ARRIVED, GIVEN_UP = "waiting", "arrived", "given-up"
MANUAL, FAILING = "manual", "failing"
_HEADER = "Luciole-Signature"


class Event(StrEnum):
    """What is told."""

    PING = "ping"
    """Somebody wants to see whether it arrives."""
    ANALYSED = "sample.analysed"
    """A file that the organisation handed in was analysed."""
    JUDGED = "samples.judged"
    """Something else is concluded than before of files that the organisation handed in."""
    SEARCH = "search.news"
    """A saved search has something new."""
    HUNT = "hunt.ended"
    """A hunt of the organisation came to its end."""


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
            raise HookRefused(sentence("An organisation has at most {most} webhooks.", most=MOST))
        made = Hook.objects.create(
            organisation_id=actor.organisation, person_id=actor.person or None, address=address, events=named
        )
        audit.record("webhook.make", actor, "webhook", made.pk)
    return made, signing.secret_of(made.pk, made.version)


def rotate(actor: Actor, hook: Hook) -> str:
    """Changes the secret of a webhook, and returns it. The one before signs as well for a day. Asked was before."""
    with transaction.atomic():
        row = Hook.objects.select_for_update().get(pk=hook.pk)
        row.version, row.rotated_at = row.version + 1, timezone.now()
        row.save(update_fields=["version", "rotated_at"])
        audit.record("webhook.rotate", actor, "webhook", row.pk)
    return signing.secret_of(row.pk, row.version)


def _secrets(hook: Hook, now: dt.datetime) -> list[str]:
    versions = [hook.version]
    if hook.rotated_at is not None and now - hook.rotated_at < BOTH_SECRETS:
        versions.append(hook.version - 1)
    return [signing.secret_of(hook.pk, one) for one in versions]


def _events(events: Iterable[str]) -> list[str]:
    try:
        named = sorted({Event(one).value for one in events} - {Event.PING.value})
    except ValueError:
        known = ", ".join(one.value for one in Event if one is not Event.PING)
        raise HookRefused(sentence("The events are: {known}.", known=known)) from None
    if not named:
        raise HookRefused(mark("Name at least one event."))
    return named


def of(organisation: str) -> QuerySet[Hook]:
    """The webhooks of an organisation."""
    return Hook.objects.filter(organisation_id=organisation)


def deliveries_of(hook: Hook) -> QuerySet[Delivery]:
    """What was sent, or is to be, newest first, with every try."""
    return Delivery.objects.filter(hook=hook).order_by("-pk").prefetch_related("attempts")


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
    """Sends a test. Raises HookRefused where the webhook is off, for nothing is sent to it."""
    if hook.disabled_at is not None:
        raise HookRefused(mark("This webhook is off. Switch it on first."))
    with transaction.atomic():
        audit.record("webhook.ping", actor, "webhook", hook.pk)
        return _post(hook, Event.PING, {})


def tell(organisation: str, event: Event, about: Mapping[str, object]) -> int:
    """Tells an organisation's webhooks of an event, in the transaction of what it tells. Returns how many are told.

    about: what the organisation may know, of JSON's types: ids and digests, never contents.
    """
    told = [one for one in _on().filter(organisation_id=organisation) if event.value in one.events]
    with transaction.atomic():
        for one in told:
            _post(one, event, about)
    return len(told)


def listeners(event: Event) -> frozenset[str]:
    """The ids of the organisations that are told of an event, so that nothing is gathered for nobody."""
    rows = _on().values_list("organisation_id", "events")
    return frozenset(str(organisation) for organisation, events in rows if event.value in events)


def _on() -> QuerySet[Hook]:
    """The webhooks that are told of anything: of members that are suspended or left none is."""
    return Hook.objects.filter(disabled_at=None, organisation__state=State.ACTIVE.value)


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
    rows = Delivery.objects.select_related("hook").filter(pk=delivery, state=WAITING, hook__disabled_at=None)
    row = rows.filter(hook__organisation__state=State.ACTIVE.value).first()
    if row is None:
        return None
    body = row.body.encode()
    signed = signing.signature(_secrets(row.hook, now), body, int(now.timestamp()))
    headers = {_HEADER: signed, "Luciole-Event": row.event, "Luciole-Delivery": str(row.key)}
    return Letter(row.hook.address, body, headers)


@transaction.atomic
def note(delivery: int, sent: Sent, now: dt.datetime) -> None:
    """Keeps what became of a try, and asks for the next one where it did not arrive."""
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
    Attempt.objects.create(delivery=row, at=now, status=sent.status, problem=sent.trouble.value)
    if sent.trouble is not Trouble.NONE:
        _note_failure(row.hook, now)


def _note_failure(hook: Hook, now: dt.datetime) -> None:
    Hook.objects.filter(pk=hook.pk, failing_since=None).update(failing_since=now)
    lost = Hook.objects.filter(pk=hook.pk, disabled_at=None, failing_since__lte=now - PATIENCE)
    if lost.update(disabled_at=now, why=FAILING):
        audit.record("webhook.disabled", Actor(), "webhook", hook.pk, str(hook.organisation_id))


def ask_for_forgotten(now: dt.datetime) -> int:
    """Asks again for deliveries that are long due, such as those of a member that was suspended. Returns how many."""
    due = Delivery.objects.filter(state=WAITING, next_at__lt=now - FORGOTTEN, hook__in=_on())
    found = list(due.order_by("pk").values_list("pk", flat=True)[:_MOST_FORGOTTEN])
    with transaction.atomic():
        Delivery.objects.filter(pk__in=found).update(next_at=now)
        for one in found:
            _ask(one)
    return len(found)


def forget_old(now: dt.datetime) -> int:
    """Removes what was delivered, or given up, long ago. Returns how many."""
    return Delivery.objects.filter(at__lt=now - KEPT).delete()[0]
