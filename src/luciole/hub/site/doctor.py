"""What is wrong with a hub and how to mend it; what is unsafe keeps it from starting."""

from __future__ import annotations

import os
import secrets
import shutil
import smtplib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from luciole.hub.site import sqlite
from luciole.hub.site.proxies import networks_of
from luciole.hub.site.table import LOOPBACK, Settings
from luciole.kernel.errors import LucioleError

BUILT = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that goes right shows an earlier day than this program was made on."""
OLDEST_POSTGRESQL = 150_000
_LITTLE = 1 << 30
_TOO_LITTLE = 64 << 20
_FOREIGN = 0o077
_SECONDS = 10


Look = Callable[[], "Check | Iterator[Check]"]


class Check(msgspec.Struct, frozen=True):
    """One answer. state: ok, warning, failing (something will not work) or broken (the hub does not start)."""

    name: str
    state: Literal["ok", "warning", "failing", "broken"]
    detail: str
    remedy: str = ""


def examine(settings: Settings, *, now: datetime | None = None, thorough: bool = True) -> list[Check]:
    """Every answer. now: what the clock shows; thorough: also what takes a moment or asks other computers."""
    checks = [_settings(settings), _sqlite(), _clock(now or datetime.now(UTC)), _folder(settings)]
    looks: list[Look] = [lambda: _disk(settings.folder), _database, _keys, lambda: _proxies(settings)]
    looks += [lambda: _store(settings), lambda: _mail(settings), _jobs] if thorough else []
    for look in looks:
        if any(one.state == "broken" for one in checks):
            break  # what follows needs what is broken
        checks.extend(_answers(look))
    return checks


def refusals(checks: list[Check]) -> list[Check]:
    """Why the hub must not start."""
    return [one for one in checks if one.state == "broken"]


def _answers(look: Look) -> Iterator[Check]:
    found = look()
    if isinstance(found, Check):
        yield found
    else:
        yield from found


def _settings(settings: Settings) -> Check:
    if settings.problems:
        return Check("settings", "broken", " ".join(settings.problems), "Change the environment or hub.toml.")
    return Check("settings", "ok", f"data in {settings.folder}")


def _sqlite() -> Check:
    version = ".".join(map(str, sqlite.version()))
    if sqlite.version() < sqlite.OLDEST:
        wanted = ".".join(map(str, sqlite.OLDEST))
        return Check(
            "sqlite", "broken", f"SQLite {version} can lose data", f"Install pysqlite3 with {wanted} or newer."
        )
    return Check("sqlite", "ok", f"SQLite {version}")


def _clock(now: datetime) -> Check:
    if now < BUILT:
        return Check("clock", "broken", f"the clock shows {now.date()}, which is long past", "Set the clock.")
    return Check("clock", "ok", now.isoformat(timespec="seconds"))


def _folder(settings: Settings) -> Check:
    folder = settings.folder
    if not folder.is_dir():
        return Check("folder", "broken", f"{folder} is not there", "luciole hub init")
    stat = folder.stat()
    if stat.st_uid != os.geteuid():
        return Check("folder", "broken", f"{folder} belongs to another user", "Run the hub as the user it belongs to.")
    if stat.st_mode & _FOREIGN:
        return Check("folder", "broken", f"others can read {folder}", f"chmod 700 {folder}")
    probe = folder / f".probe-{secrets.token_hex(4)}"
    try:
        probe.touch(0o600)
        probe.unlink()
    except OSError as error:
        return Check(
            "folder", "broken", f"nothing can be written in {folder}: {error.strerror}", "Mend the file system."
        )
    return Check("folder", "ok", f"{folder}, for its owner alone")


def _disk(folder: Path) -> Check:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check("disk", "broken", f"{folder}: {error.strerror}", "Mend the file system.")
    detail = f"{free / (1 << 30):.1f} GiB free"
    if free < _TOO_LITTLE:
        return Check("disk", "failing", detail, "Make room: nothing can be handed in.")
    return Check("disk", "warning" if free < _LITTLE else "ok", detail, "Make room soon." if free < _LITTLE else "")


def _database() -> Iterator[Check]:
    from django.db import DatabaseError, connection  # noqa: PLC0415 - after Django is set up

    from luciole.hub.site import migrating  # noqa: PLC0415 - as above

    try:
        connection.ensure_connection()
        yield _server_version()
        missing, newer = migrating.missing(), migrating.unknown()
    except (DatabaseError, OSError) as error:
        yield Check(
            "database", "broken", f"it does not answer: {str(error).splitlines()[0]}", "Start it, or mend `database`."
        )
        return
    if newer:
        yield Check("schema", "broken", f"a newer Luciole used this database ({newer[0]})", "Install that version.")
    elif missing:
        yield Check("schema", "broken", f"{len(missing)} changes of the database are missing", "luciole hub migrate")
    else:
        yield Check("schema", "ok", "the newest")


def _server_version() -> Check:
    from django.db import connection  # noqa: PLC0415 - after Django is set up

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            (mode,) = cursor.fetchone()
        state: Literal["ok", "broken"] = "ok" if mode == "wal" else "broken"
        return Check("database", state, f"SQLite file, journal {mode}", "" if mode == "wal" else "Use a local disk.")
    version = connection.pg_version  # type: ignore[attr-defined] # of PostgreSQL alone
    detail = f"PostgreSQL {version // 10000}"
    if version < OLDEST_POSTGRESQL:
        return Check("database", "broken", f"{detail} is too old", "Use PostgreSQL 15 or newer.")
    return Check("database", "ok", detail)


def _keys() -> Check:
    from luciole.hub.site.keys import HubKeys  # noqa: PLC0415 - loads cryptography
    from luciole.hub.site.settings import HUB, KEY_FILE  # noqa: PLC0415 - after Django is set up

    try:
        keys = HubKeys.load(HUB.folder)
        probe = secrets.token_bytes(32)
        fits = keys.unwrap(*keys.wrap(probe)) == probe
    except LucioleError as error:
        return Check("keys", "broken", error.message, error.remedy)
    if not (HUB.folder / KEY_FILE).exists() or not fits:
        return Check("keys", "broken", f"{HUB.folder / KEY_FILE} is missing", "Put it back from a backup.")
    lost = _keys_in_use() - keys.ids
    if lost:
        return Check("keys", "broken", f"files need the hub key {min(lost)}, which is not here", "Put it back.")
    return Check("keys", "ok", f"{len(keys.ids)} hub keys, {keys.current} in use")


def _keys_in_use() -> set[str]:
    from luciole.hub.samples.models import Blob  # noqa: PLC0415 - after Django is set up

    return set(Blob.objects.exclude(hub_key="").order_by().values_list("hub_key", flat=True).distinct())


def _proxies(settings: Settings) -> Check:
    """Whether limits count people and not their proxy, and nothing travels in the open."""
    host = settings.text("listen").rpartition(":")[0].strip("[]")
    is_behind = settings.text("address").startswith("https")
    if not is_behind and host not in LOOPBACK:
        return Check("proxies", "broken", f"without TLS the hub listens at {host}", "Listen at 127.0.0.1.")
    try:
        networks_of(settings.text("proxies"))
    except ValueError as error:
        return Check("proxies", "broken", str(error), "Write addresses or networks, separated by commas.")
    if is_behind and not settings.text("proxies"):
        return Check(
            "proxies", "warning", "all requests look as if one computer sent them",
            "Set `proxies` to the address of the proxy, such as 127.0.0.1.",
        )  # fmt: skip
    return Check("proxies", "ok", settings.text("proxies") or "none, on this computer alone")


def _store(settings: Settings) -> Check:
    """Whether something can be kept, read and removed again."""
    from luciole.hub.samples.blobs import open_store  # noqa: PLC0415 - may load boto3

    name, data = f"00{secrets.token_hex(15)}", secrets.token_bytes(64)
    try:
        store = open_store(settings)
        store.put(name, [data])
        came_back = b"".join(store.get(name)) == data
        store.delete(name)
    except LucioleError as error:
        return Check("store", "failing", error.message, error.remedy or "Mend the setting `blobs` or what it names.")
    if not came_back:
        return Check("store", "failing", "what was kept came back changed", "Do not use this store.")
    return Check("store", "ok", "a bucket" if store.is_shared else "a folder")


def _mail(settings: Settings) -> Check:
    """Whether the mail server answers and takes the password; nothing is sent."""
    from django.core.mail import get_connection  # noqa: PLC0415 - after Django is set up

    if not settings.text("mail"):
        return Check("mail", "warning", f"mails are only written to {settings.folder / 'mails'}", "Set `mail`.")
    try:
        sender = get_connection(timeout=_SECONDS)
        sender.open()
        sender.close()
    except (OSError, smtplib.SMTPException) as error:
        return Check("mail", "failing", f"the mail server does not take us: {type(error).__name__}", "Mend `mail`.")
    return Check("mail", "ok", "the mail server answers")


def _jobs() -> Check:
    """Whether jobs were given up."""
    from luciole.hub.site import jobs  # noqa: PLC0415 - after Django is set up

    count, waiting = jobs.parked().count(), jobs.waiting()
    if count:
        return Check("jobs", "warning", f"{count} jobs were given up, {waiting} wait", "Look into the log of the hub.")
    return Check("jobs", "ok", f"{waiting} wait")
