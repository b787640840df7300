"""The two kinds of database, as Django wants them told."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from luciole.hub.site.sqlite import PRAGMAS


def sqlite_file(path: Path) -> dict[str, Any]:
    """SQLite in one file: write-ahead log, every commit on disk, one writer at a time from the first statement on."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": PRAGMAS},
        "CONN_MAX_AGE": None,
        "TEST": {"NAME": str(path.with_name("test.db"))},  # a file, as it is where the hub runs
    }


def postgresql(url: str) -> dict[str, Any]:
    """PostgreSQL 15 or later. url: postgresql://USER:PASSWORD@HOST:PORT/NAME; a host may be the folder of a socket."""
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.removeprefix("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
