"""A small WSGI application that hands in whatever is posted to it: what the fault tests kill, cut off and fill up.

POST /hand-in takes a file; POST /uploads?size=N begins an upload, PATCH /uploads/ID?offset=N adds a piece, POST
/uploads/ID finishes it; GET /files/SHA256 gives the clear bytes back. FAULT_ACTOR names the person and organisation, as
`PERSON:ORGANISATION`. FAULT_MODE=unsafe leaves out what makes files durable: the negative control.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs

UNSAFE = os.environ.get("FAULT_MODE") == "unsafe"
if UNSAFE:
    from luciole.hub.site import databases, sqlite

    os.fsync = lambda _: None
    databases.PRAGMAS = sqlite.PRAGMAS.replace("synchronous=FULL", "synchronous=OFF")
    assert databases.PRAGMAS != sqlite.PRAGMAS

os.environ["DJANGO_SETTINGS_MODULE"] = "luciole.hub.site.settings"

import django  # noqa: E402 - after it

from luciole.hub.site import settings  # noqa: E402 - puts the current SQLite in place first

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import close_old_connections  # noqa: E402

from luciole.hub.members.policy import Actor  # noqa: E402
from luciole.hub.members.words import Kind  # noqa: E402
from luciole.hub.samples import uploads  # noqa: E402
from luciole.hub.samples.failures import SampleError  # noqa: E402
from luciole.hub.samples.handin import About, hand_in  # noqa: E402
from luciole.hub.samples.models import Blob  # noqa: E402
from luciole.hub.samples.sweeping import sweep  # noqa: E402
from luciole.hub.samples.vault import current  # noqa: E402
from luciole.hub.site.keys import HubKeys  # noqa: E402

ABOUT = About(file_name="app.apk")
READ = 1 << 16
Answer = tuple[int, bytes]


def prepare() -> Actor:
    """Makes the tables, the keys, and somebody who may hand in; called once, by the harness."""
    from luciole.hub.members.models import Organisation, Person

    call_command("migrate", verbosity=0)
    HubKeys.make(settings.HUB.folder)
    organisation = Organisation.objects.create(slug="one", name="One", kind=Kind.RESEARCH.value, country="FR")
    person = Person.objects.create(email="one@example.org", name="One", organisation=organisation)
    return Actor(person=str(person.pk), organisation=str(organisation.pk))


def actor() -> Actor:
    person, organisation = os.environ["FAULT_ACTOR"].split(":")
    return Actor(person=person, organisation=organisation, kind=Kind.RESEARCH, second_factor=True)


def body(environ: dict[str, Any]) -> Iterator[bytes]:
    left = int(environ["CONTENT_LENGTH"] or 0)
    while left and (chunk := environ["wsgi.input"].read(min(READ, left))):
        left -= len(chunk)
        yield chunk
    if left:
        raise ConnectionResetError


def answer(environ: dict[str, Any]) -> Answer:
    method, (_, where, *rest) = environ["REQUEST_METHOD"], environ["PATH_INFO"].split("/")
    asked = {name: int(values[0]) for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    if where == "hand-in":
        return 201, bytes(hand_in(actor(), body(environ), ABOUT).sample.sha256).hex().encode()
    if where == "files":
        blob = Blob.objects.get(digest=bytes.fromhex(rest[0]))
        return 200, b"".join(current().chunks(blob))
    if where == "uploads" and not rest:
        return 201, str(uploads.begin(actor(), asked["size"], ABOUT).pk).encode()
    if where == "uploads" and method == "PATCH":
        return 200, str(uploads.append(actor(), uuid.UUID(rest[0]), asked["offset"], body(environ))).encode()
    if where == "uploads":
        return 201, bytes(uploads.finish(actor(), uuid.UUID(rest[0])).first.sample.sha256).hex().encode()
    return 404, b""


def note(line: str) -> None:
    """Writes to the log, which may lie on the disk that is full."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{line}\n")


def wsgi(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """Answers; what nobody foresaw becomes 500, which every fault test counts as a failure."""
    try:
        status, text = answer(environ)
    except SampleError as error:
        status, text = error.status, error.message.encode()
        if status >= 500:
            note(f"{status} {error.message} {error.__cause__!r}")
    except Exception as error:  # noqa: BLE001 - as above
        status, text = 500, repr(error).encode()
        note(repr(error))
    finally:
        close_old_connections()
    start_response(f"{status} -", [("Content-Length", str(len(text)))])
    return [text]


if __name__ == "__main__":
    made = prepare()
    print(f"{made.person}:{made.organisation}")  # noqa: T201 - the harness reads it
elif os.environ.get("FAULT_ACTOR"):
    swept = sweep(current(), dt.datetime.now(dt.UTC))
    with (settings.HUB.folder / "swept").open("a") as log:
        log.write(f"{swept.drafts} {swept.orphans} {swept.uploads}\n")
