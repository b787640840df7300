"""What the hub logs: what happened and where in the program, never what somebody sent, searched or is called."""

from __future__ import annotations

import logging
import logging.config
import traceback

from luciole.hub.site.requests import current_request_id

_OURS = ("luciole.", "_granian", "granian")


class WithoutContents(logging.Formatter):
    """One line each: time, level, request, logger, message; of other people's loggers only where they speak.

    Messages of libraries and texts of exceptions can hold what somebody typed, so neither is written; of an exception
    its kind and the functions it passed are.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line. record: from any logger."""
        ours = record.name.startswith(_OURS)
        message = record.getMessage() if ours else f"{record.filename}:{record.lineno} {_status(record)}".rstrip()
        line = f"{self.formatTime(record)} {record.levelname} {current_request_id() or '-'} {record.name}: {message}"
        error = record.exc_info[1] if record.exc_info else None
        return line.replace("\n", " ").replace("\r", " ") + (f" | {_way(error)}" if error else "")

    default_time_format = "%Y-%m-%dT%H:%M:%S%z"
    default_msec_format = ""


def _status(record: logging.LogRecord) -> str:
    status = getattr(record, "status_code", None)
    return str(status) if isinstance(status, int) else ""


def _way(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{_module(one.filename)}:{one.lineno} {one.name}" for one in frames[-12:])
    return f"{type(error).__module__}.{type(error).__name__} at {places}"


def _module(path: str) -> str:
    return "/".join(path.split("/")[-2:])


def configure() -> None:
    """Sends everything worth knowing to standard error, where the system that runs the hub collects it."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"plain": {"()": WithoutContents}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {
                "luciole": {"level": "INFO"},
                "django.request": {"level": "ERROR"},  # a page that is not there is no event
                "django.server": {"level": "ERROR"},
            },
        }
    )
