"""How passwords are kept: argon2id (RFC 9106), hard enough to be worth it and never many at once."""

from __future__ import annotations

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

LONGEST = 256
"""Characters; hashing takes as long as its parameters say, but what is sent should end somewhere."""
_ONE_AT_A_TIME = threading.Lock()


class Argon2id(Argon2PasswordHasher):
    """64 MiB and three passes. One password at a time in each process, so that many sign-ins cannot fill the memory."""

    time_cost = 3
    memory_cost = 64 * 1024
    parallelism = 4

    def encode(self, password: str, salt: str) -> str:
        """The encoded hash."""
        with _ONE_AT_A_TIME:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Whether a password fits."""
        with _ONE_AT_A_TIME:
            return super().verify(password, encoded)


class NotTooLong:
    """Refuses passwords of more than `LONGEST` characters."""

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError for one that is too long."""
        del user
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        """What is told beside the field."""
        return ngettext(
            "A password has at most %(count)d character.", "A password has at most %(count)d characters.", LONGEST
        ) % {"count": LONGEST}
