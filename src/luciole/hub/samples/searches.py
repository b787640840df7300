"""Saved searches: kept by one person, looked at again and again, told by mail, webhook or a secret feed."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as mark

from luciole.hub.audit import services as audit
from luciole.hub.members import services as members
from luciole.hub.members.policy import Actor
from luciole.hub.samples import news, webhooks
from luciole.hub.samples.failures import NotTaken
from luciole.hub.samples.models import SavedSearch
from luciole.hub.samples.search_language import parse
from luciole.hub.site import jobs

NONE, MAIL, WEBHOOK, FEED = "none", "mail", "webhook", "feed"
CHANNELS = (NONE, MAIL, WEBHOOK, FEED)
MOST = 50
"""Saved searches of one person."""
LONGEST_NAME = 100
EVERY = dt.timedelta(minutes=10)
DIGEST = dt.timedelta(hours=24)
"""A person gets at most one mail in that time, about all of their searches."""
_SECRET_BYTES = 32


def save(actor: Actor, name: str, query: str, channel: str) -> SavedSearch:
    """Keeps a search of a person. What answers it now is known; what comes is news. Raises NotTaken, SearchError."""
    title = name.replace("\0", "").strip() or query.strip()
    if not title or len(title) > LONGEST_NAME:
        raise NotTaken(mark("Give the search a name of at most 100 letters."))
    if channel not in CHANNELS:
        raise NotTaken(mark("Choose how you want to be told."))
    parse(query)
    now = timezone.now()
    with transaction.atomic():
        if SavedSearch.objects.filter(person_id=actor.person).count() >= MOST:
            raise NotTaken(mark("You keep as many searches as one person may. One of them has to go first."))
        made = SavedSearch.objects.create(
            person_id=actor.person, name=title, query=query.strip(), channel=channel,
            looked_at=now, told_at=now, created_at=now,
        )  # fmt: skip
        news.note_known(made, now)
        audit.record("search.save", actor, "search", made.pk, channel=channel)
    return made


def remove(actor: Actor, search: UUID) -> None:
    """Forgets a search and its feed. Whether the actor may was asked before."""
    with transaction.atomic():
        SavedSearch.objects.filter(pk=search).delete()
        audit.record("search.remove", actor, "search", search)


def new_feed(actor: Actor, search: UUID) -> str:
    """Gives a search a feed with a new secret, and returns the secret: it is shown now and kept nowhere.

    An address that was given before ends. Whether the actor may was asked before.
    """
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    with transaction.atomic():
        SavedSearch.objects.filter(pk=search).update(channel=FEED, feed_digest=_digest(secret))
        audit.record("search.feed", actor, "search", search)
    return secret


def of_feed(secret: str) -> SavedSearch | None:
    """The search whose feed has this secret, with its person."""
    rows = SavedSearch.objects.select_related("person__organisation").prefetch_related("person__roles")
    return rows.filter(channel=FEED, feed_digest=_digest(secret)).first()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


@jobs.job(every=EVERY, seconds=1_800)
def look_for_news() -> None:
    """Job: looks at every saved search again, and tells what is new."""
    now = timezone.now()
    seen: dict[dt.datetime, news.Changes] = {}
    rows = SavedSearch.objects.exclude(channel=NONE).select_related("person__organisation")
    for search in rows.prefetch_related("person__roles").order_by("looked_at", "pk"):
        begin = news.since(search, now)
        if begin not in seen:
            seen = {begin: news.changes(begin, now)}  # searches come in the order of their times: one is enough
        with jobs.step():
            found = news.look(search, seen[begin], now)
            if found and search.channel == WEBHOOK:
                _tell_webhook(search, found)
    for person in SavedSearch.objects.filter(channel=MAIL).values_list("person", flat=True).distinct():
        _tell_by_mail(person, now)


def _tell_by_mail(person: UUID, now: dt.datetime) -> None:
    """One mail that says that there is something new, at most once a day; never what."""
    with jobs.step():
        searches = list(SavedSearch.objects.filter(person=person, channel=MAIL).select_related("person"))
        is_due = all(one.told_at <= now - DIGEST or one.told_at == one.created_at for one in searches)
        new = [one.pk for one in searches if news.untold(one)]
        if is_due and new:
            SavedSearch.objects.filter(pk__in=[one.pk for one in searches]).update(told_at=now)
            members.tell_news(str(person), reverse("samples:searches"))


def _tell_webhook(search: SavedSearch, found: int) -> None:
    webhooks.announce(search.person.organisation_id, "search.news", {"search": str(search.pk), "new": found})
