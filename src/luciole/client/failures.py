"""What can go wrong between a program and the hub."""

from __future__ import annotations

from luciole.kernel.errors import LucioleError


class CannotReach(LucioleError):
    """The hub cannot be reached, or what answers is no hub."""


class NotTrusted(CannotReach):
    """Who answers cannot show that it is the hub; trying again would not help."""


class HubRefused(LucioleError):
    """The hub answered with a problem (RFC 9457). status: of HTTP; request: by which it is found in the hub's log;
    expected: where an upload stands, where that is what is wrong."""  # noqa: D205, D209 - a list of fields follows the sentence

    def __init__(self, status: int, message: str, request: str = "", expected: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.request = request
        self.expected = expected
