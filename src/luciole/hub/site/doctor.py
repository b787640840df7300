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
from luciole.hub.site.sentences import counted, sentence
from luciole.hub.site.table import LOOPBACK, Settings
from luciole.kernel.errors import LucioleError
from luciole.kernel.text import mark

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
        return Check("settings", "broken", " ".join(settings.problems), mark("Change the environment or hub.toml."))
    return Check("settings", "ok", sentence("data in {folder}", folder=str(settings.folder)))


def _sqlite() -> Check:
    version = ".".join(map(str, sqlite.version()))
    if sqlite.version() < sqlite.OLDEST:
        wanted = ".".join(map(str, sqlite.OLDEST))
        return Check(
            "sqlite", "broken", sentence("SQLite {version} can lose data", version=version),
            sentence("Install pysqlite3 with {wanted} or newer.", wanted=wanted),
        )  # fmt: skip
    return Check("sqlite", "ok", f"SQLite {version}")


def _clock(now: datetime) -> Check:
    if now < BUILT:
        shown = sentence("the clock shows {day}, which is long past", day=str(now.date()))
        return Check("clock", "broken", shown, mark("Set the clock."))
    return Check("clock", "ok", now.isoformat(timespec="seconds"))


def _folder(settings: Settings) -> Check:
    folder = settings.folder
    if not folder.is_dir():
        return Check("folder", "broken", sentence("{folder} is not there", folder=str(folder)), "luciole hub init")
    stat = folder.stat()
    if stat.st_uid != os.geteuid():
        foreign = sentence("{folder} belongs to another user", folder=str(folder))
        return Check("folder", "broken", foreign, mark("Run the hub as the user it belongs to."))
    if stat.st_mode & _FOREIGN:
        return Check(
            "folder", "broken", sentence("others can read {folder}", folder=str(folder)), f"chmod 700 {folder}"
        )
    probe = folder / f".probe-{secrets.token_hex(4)}"
    try:
        probe.touch(0o600)
        probe.unlink()
    except OSError as error:
        why = sentence("nothing can be written in {folder}: {why}", folder=str(folder), why=str(error.strerror))
        return Check("folder", "broken", why, mark("Mend the file system."))
    return Check("folder", "ok", sentence("{folder}, for its owner alone", folder=str(folder)))


def _disk(folder: Path) -> Check:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check("disk", "broken", f"{folder}: {error.strerror}", mark("Mend the file system."))
    detail = sentence("{room} GiB free", room=f"{free / (1 << 30):.1f}")
    if free < _TOO_LITTLE:
        return Check("disk", "failing", detail, mark("Make room: nothing can be handed in."))
    return Check(
        "disk", "warning" if free < _LITTLE else "ok", detail, mark("Make room soon.") if free < _LITTLE else ""
    )


def _database() -> Iterator[Check]:
    from django.db import DatabaseError, connection  # noqa: PLC0415 - after Django is set up

    from luciole.hub.site import migrating  # noqa: PLC0415 - as above

    try:
        connection.ensure_connection()
        yield _server_version()
        missing, newer = migrating.missing(), migrating.unknown()
    except (DatabaseError, OSError) as error:
        why = sentence("it does not answer: {why}", why=str(error).splitlines()[0])
        yield Check("database", "broken", why, mark("Start it, or mend `database`."))
        return
    if newer:
        by = sentence("a newer Luciole used this database ({name})", name=str(newer[0]))
        yield Check("schema", "broken", by, mark("Install that version."))
    elif missing:
        lacking = counted(
            "{count} change of the database is missing", "{count} changes of the database are missing", len(missing)
        )
        yield Check("schema", "broken", lacking, "luciole hub migrate")
    else:
        yield Check("schema", "ok", mark("the newest"))


def _server_version() -> Check:
    from django.db import connection  # noqa: PLC0415 - after Django is set up

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            (mode,) = cursor.fetchone()
        state: Literal["ok", "broken"] = "ok" if mode == "wal" else "broken"
        shown = sentence("SQLite file, journal {mode}", mode=str(mode))
        return Check("database", state, shown, "" if mode == "wal" else mark("Use a local disk."))
    version = connection.pg_version  # type: ignore[attr-defined] # of PostgreSQL alone
    detail = f"PostgreSQL {version // 10000}"
    if version < OLDEST_POSTGRESQL:
        return Check(
            "database", "broken", sentence("{name} is too old", name=detail), mark("Use PostgreSQL 15 or newer.")
        )
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
        missing = sentence("{path} is missing", path=str(HUB.folder / KEY_FILE))
        return Check("keys", "broken", missing, mark("Put it back from a backup."))
    lost = _keys_in_use() - keys.ids
    if lost:
        needed = sentence("files need the hub key {name}, which is not here", name=min(lost))
        return Check("keys", "broken", needed, mark("Put it back."))
    return Check("keys", "ok", sentence("hub keys: {number}; {name} in use", number=len(keys.ids), name=keys.current))


def _keys_in_use() -> set[str]:
    from luciole.hub.samples.models import Blob  # noqa: PLC0415 - after Django is set up

    return set(Blob.objects.exclude(hub_key="").order_by().values_list("hub_key", flat=True).distinct())


def _proxies(settings: Settings) -> Check:
    """Whether limits count people and not their proxy, and nothing travels in the open."""
    host = settings.text("listen").rpartition(":")[0].strip("[]")
    is_behind = settings.text("address").startswith("https")
    if not is_behind and host not in LOOPBACK:
        in_the_open = sentence("without TLS the hub listens at {host}", host=host)
        return Check("proxies", "broken", in_the_open, mark("Listen at 127.0.0.1."))
    try:
        networks_of(settings.text("proxies"))
    except ValueError as error:
        return Check("proxies", "broken", str(error), mark("Write addresses or networks, separated by commas."))
    if is_behind and not settings.text("proxies"):
        return Check(
            "proxies", "warning", mark("all requests look as if one computer sent them"),
            mark("Set `proxies` to the address of the proxy, such as 127.0.0.1."),
        )  # fmt: skip
    return Check("proxies", "ok", settings.text("proxies") or mark("none, on this computer alone"))


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
        remedy = error.remedy or mark("Mend the setting `blobs` or what it names.")
        return Check("store", "failing", error.message, remedy)
    if not came_back:
        return Check("store", "failing", mark("what was kept came back changed"), mark("Do not use this store."))
    return Check("store", "ok", mark("a bucket") if store.is_shared else mark("a folder"))


def _mail(settings: Settings) -> Check:
    """Whether the mail server answers and takes the password; nothing is sent."""
    from django.core.mail import get_connection  # noqa: PLC0415 - after Django is set up

    if not settings.text("mail"):
        where = sentence("mails are only written to {folder}", folder=str(settings.folder / "mails"))
        return Check("mail", "warning", where, mark("Set `mail`."))
    try:
        sender = get_connection(timeout=_SECONDS)
        sender.open()
        sender.close()
    except (OSError, smtplib.SMTPException) as error:
        why = sentence("the mail server does not take us: {why}", why=type(error).__name__)
        return Check("mail", "failing", why, mark("Mend `mail`."))
    return Check("mail", "ok", mark("the mail server answers"))


def _jobs() -> Check:
    """Whether jobs were given up."""
    from luciole.hub.site import jobs  # noqa: PLC0415 - after Django is set up

    count, waiting = jobs.parked().count(), jobs.waiting()
    if count:
        given_up = sentence("jobs given up: {number}; waiting: {waiting}", number=count, waiting=waiting)
        return Check("jobs", "warning", given_up, mark("Look into the log of the hub."))
    return Check("jobs", "ok", sentence("waiting: {waiting}", waiting=waiting))
