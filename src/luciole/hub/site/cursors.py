"""Places in a list, as the API hands them out: sealed, so that they say nothing and nobody else makes them."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import uuid
from functools import lru_cache
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_noop as mark

from luciole.kernel.errors import UsageError

_BYTES = 24
"""A time and an id."""
_KEY_BYTES = 64
_LONGEST = 64
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


Row = TypeVar("Row", bound=Model)


class NotACursor(UsageError):
    """This cursor was not made by this hub for this list."""


def sealed(listing: str, place: int) -> str:
    """A place in a list as text. listing: which list, with everything that was asked of it; place: not negative.

    The same place is the same text, so that a page that did not change is the same bytes (AES-SIV, RFC 5297).
    """
    clear = place.to_bytes(_BYTES, "big")
    return (
        base64.urlsafe_b64encode(_cipher(settings.SECRET_KEY).encrypt(clear, [listing.encode()])).decode().rstrip("=")
    )


def opened(listing: str, cursor: str) -> int:
    """The place. Raises NotACursor for what `sealed` did not make for this list."""
    if len(cursor) > _LONGEST:
        raise NotACursor(mark("This cursor is not of this list."))
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        clear = _cipher(settings.SECRET_KEY).decrypt(raw, [listing.encode()])
    except (binascii.Error, ValueError, InvalidTag):
        raise NotACursor(mark("This cursor is not of this list.")) from None
    return int.from_bytes(clear, "big")


def of_row(at: dt.datetime, key: uuid.UUID) -> int:
    """The place of a row in a list by time, then id."""
    return (at - _EPOCH) // dt.timedelta(microseconds=1) << 128 | key.int


def row_of(place: int) -> tuple[dt.datetime, uuid.UUID]:
    """The other way round."""
    return _EPOCH + dt.timedelta(microseconds=place >> 128), uuid.UUID(int=place & (1 << 128) - 1)


def following(rows: QuerySet[Row], listing: str, after: str, time: str = "at") -> QuerySet[Row]:
    """The rows after a cursor, in a list from the newest on; all of them where it is empty. Raises NotACursor.

    time: the column of the time; the rows have UUIDs.
    """
    if not after:
        return rows
    at, key = row_of(opened(listing, after))
    return rows.filter(Q(**{f"{time}__lt": at}) | Q(**{time: at, "pk__lt": key}))


def page(found: list[Row], limit: int, listing: str, time: str = "at") -> tuple[list[Row], str | None]:
    """A page of what was found, and the cursor of the next one where `found` has more than `limit`."""
    shown = found[:limit]
    if len(found) <= limit:
        return shown, None
    return shown, sealed(listing, of_row(getattr(shown[-1], time), shown[-1].pk))


@lru_cache(maxsize=2)
def _cipher(secret: str) -> AESSIV:
    return AESSIV(HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"luciole cursors").derive(secret.encode()))
