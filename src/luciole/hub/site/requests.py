"""The id of the request that is being answered, so that a person can name it and a log line can be found."""

from __future__ import annotations

import secrets
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("luciole_request_id", default="")


def new_request_id() -> str:
    """Makes an id for the request that begins now, and remembers it for this thread."""
    made = secrets.token_hex(8)
    _current.set(made)
    return made


def current_request_id() -> str:
    """The id of the request that this thread answers; empty outside of one."""
    return _current.get()


def forget_request_id() -> None:
    """The request is answered."""
    _current.set("")
