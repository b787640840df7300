"""What can go wrong when bytes are kept or fetched; each error knows the HTTP status it is answered with."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from typing import ClassVar

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_noop as mark

from luciole.hub.site.sentences import sentence
from luciole.kernel.errors import LucioleError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FULL_SQLSTATE = "53100"
"""disk_full (PostgreSQL 15, appendix A)."""
_FULL_WORDS = "database or disk is full"
"""SQLITE_FULL (https://sqlite.org/rescode.html#full); Django keeps only the text."""


class SampleError(LucioleError):
    """Base of what handing in, keeping and fetching raise. status: the HTTP status it is answered with."""

    status: ClassVar[int] = 400


class StorageFailed(SampleError):
    """The place where samples lie did not do what it was asked to; later it may. Nothing was acknowledged."""

    status = 503


class StorageFull(StorageFailed):
    """There is no room. Nothing was acknowledged."""

    status = 507


class QuotaReached(StorageFull):
    """The hub keeps as much as its coordinators let it."""


class Damaged(StorageFailed):
    """What lies in the vault is not what was put there, or is gone. It is never handed out."""

    status = 500


class Erased(SampleError):
    """The bytes were erased on purpose."""

    status = 410


class TooLarge(SampleError):
    """The file is larger than the hub takes."""

    status = 413


class NotTaken(SampleError):
    """What was said about a file is incomplete or contradicts itself, or the file is not the one that was announced."""

    status = 422


class NotAllowed(SampleError):
    """The actor may not hand in."""

    status = 403


class NoSuchUpload(SampleError):
    """There is no such upload, or it is somebody else's, or its time is over."""

    status = 404


class WrongOffset(SampleError):
    """A piece does not begin where the upload stands. expected: the offset that it must have."""

    status = 409

    def __init__(self, expected: int) -> None:
        super().__init__(sentence("The next piece begins at byte {expected}.", expected=str(expected)))
        self.expected = expected


@contextlib.contextmanager
def on_disk() -> Iterator[None]:
    """Turns what the system says about a disk into StorageFull or StorageFailed."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(mark("There is no room left for samples.")) from error
        raise StorageFailed(
            sentence("Samples cannot be kept or read at the moment: {why}", why=str(error.strerror))
        ) from error


@contextlib.contextmanager
def in_database() -> Iterator[None]:
    """Turns what the database says about room and connections into StorageFull or StorageFailed.

    Errors of the statement itself, such as a broken constraint, pass unchanged.
    """
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        if _is_full(error):
            raise StorageFull(mark("There is no room left in the database.")) from error
        raise StorageFailed(mark("The database does not answer at the moment.")) from error


def _is_full(error: Exception) -> bool:
    code = getattr(error.__cause__, "sqlstate", None)
    return code == _FULL_SQLSTATE or _FULL_WORDS in str(error)
