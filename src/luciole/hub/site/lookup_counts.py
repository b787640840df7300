"""Counts look-ups and writes the sums to the audit log in batches: who asked how often, never for what."""

from __future__ import annotations

import logging
import multiprocessing.util
import os
import threading
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from luciole.hub.audit.services import record
from luciole.hub.members.key_uses import note_used
from luciole.hub.members.policy import Actor

INTERVAL = 10.0
"""Seconds between two writings: the counting that a power cut can take away."""
_WRITE_FIRST = 100  # multiprocessing ends what has a higher priority earlier
log = logging.getLogger(__name__)


@dataclass
class _Sum:
    actor: Actor
    since: datetime
    requests: int = 0
    asked: int = 0


class LookupCounts:
    """The look-ups of one process since the last writing, by key. Threads may add while another writes."""

    def __init__(self) -> None:
        self._sums: dict[str, _Sum] = {}
        self._lock = threading.Lock()
        self._keeper = 0
        self._wake = threading.Event()

    def add(self, actor: Actor, asked: int) -> None:
        """Counts one request. actor: somebody with a key; asked: how many things they asked for."""
        with self._lock:
            known = self._sums.get(actor.key)
            if known is None:
                known = self._sums[actor.key] = _Sum(actor, timezone.now())
            known.requests += 1
            known.asked += asked

    def write(self) -> int:
        """Writes the sums to the log, and when each key was last used. How many entries; raises nothing.

        What cannot be written is kept and counted on.
        """
        with self._lock:
            taken, self._sums = self._sums, {}
        try:
            with transaction.atomic():
                for one in taken.values():
                    _write(one)
        except DatabaseError:
            log.exception("the count of look-ups could not be written and is kept")
            self._put_back(taken)
            return 0
        return len(taken)

    def _put_back(self, taken: dict[str, _Sum]) -> None:
        with self._lock:
            for key, one in taken.items():
                known = self._sums.setdefault(key, _Sum(one.actor, one.since))
                known.since = min(known.since, one.since)
                known.requests += one.requests
                known.asked += one.asked

    def keep_writing(self) -> None:
        """Writes from now on by itself, and when this process ends; asking again changes nothing."""
        if self._keeper == os.getpid():
            return
        with self._lock:
            if self._keeper == os.getpid():
                return
            self._keeper = os.getpid()
        multiprocessing.util.Finalize(None, self._write_alone, exitpriority=_WRITE_FIRST)
        threading.Thread(target=self._write_on, name="look-up counts", daemon=True).start()

    def _write_on(self) -> None:
        while True:
            self._wake.wait(INTERVAL)
            self._write_alone()

    def _write_alone(self) -> None:
        """Writes where there is something to write, on a connection that is not kept."""
        if not self._sums:
            return
        try:
            self.write()
        finally:
            connection.close()


def _write(one: _Sum) -> None:
    now = timezone.now()
    seconds = round((now - one.since).total_seconds())
    record("lookup", one.actor, "lookups", one.actor.key, requests=one.requests, asked=one.asked, seconds=seconds)
    note_used(one.actor.key, now)


COUNTS = LookupCounts()
"""Of this process."""
