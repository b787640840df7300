"""The few errors of Luciole; each tells the person what happened, where, and what to do."""

from __future__ import annotations


class LucioleError(Exception):
    """Base of every error that Luciole raises on purpose.

    message: what happened; remedy: what the person can do about it (may be empty).
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class ParseError(LucioleError):
    """Bytes or text that contradict their format, or would exceed a limit. The only error a parser raises.

    file: the evidence file or member; offset: where in it; limit: True when a bound was reached, not a format broken.
    """

    def __init__(self, message: str, *, file: str = "", offset: int | None = None, limit: bool = False) -> None:
        super().__init__(message)
        self.file = file
        self.offset = offset
        self.limit = limit

    def __str__(self) -> str:
        where = f" at offset {self.offset}" if self.offset is not None else ""
        return f"{self.file + ': ' if self.file else ''}{self.message}{where}"


class NotThisKind(LucioleError):
    """The evidence is not of the kind that was asked for or of no kind Luciole reads."""


class CouldNotLook(LucioleError):
    """Evidence that exists but cannot be read: permission, encryption without a key, a child that was stopped."""


class UsageError(LucioleError):
    """The person asked for something that does not exist or does not go together."""


class ContentError(LucioleError):
    """A criterion, policy, list or catalogue is wrong; problems: every `file:line: message` found, not just one."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
