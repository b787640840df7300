"""Fills a hub's database with members, keys and inert records for measuring; runs in a process of its own.

    python benchmarks/hub_filling.py FOLDER SAMPLES

Writes FOLDER/tokens (API keys, one a line), FOLDER/digests (SHA-256, one a line, of which 80 % are known) and
FOLDER/session (the cookie of an analyst who signed in).
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model

    from luciole.hub.members.models import Organisation

MEMBERS = 20
KEYS_EACH = 10
ASKED = 20_000
KNOWN_SHARE = 0.8
_BATCH = 20_000
_START = datetime(2026, 1, 1, tzinfo=UTC)
_VERDICTS = ("known-stalkerware", "dual-use", "nothing-seen", "needs-a-person")


def digest_of(number: int) -> bytes:
    """SHA-256 of the number; nobody has such a file."""
    return hashlib.sha256(b"%d" % number).digest()


def package_of(number: int) -> str:
    """The package of a record: one of half a million."""
    return f"com.vendor{number % 5_003}.app{number % 97}"


def certificate_of(number: int) -> str:
    """The certificate of a record: each signs a hundred."""
    return hashlib.sha256(b"certificate %d" % (number // 100)).hexdigest()


def fill(folder: Path, amount: int) -> None:
    """Fills the database of the hub in `folder`: samples, each handed in once. Writes tokens, digests and a session."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA synchronous=OFF")
    owners, tokens = _members()
    (folder / "tokens").write_text("\n".join(tokens) + "\n", "ascii")
    (folder / "session").write_text(_session(owners[0]), "ascii")
    _samples(amount, owners)
    connection.cursor().execute("ANALYZE")
    chance = random.Random(1)  # noqa: S311 - the same questions in each run
    asked = (
        digest_of(chance.randrange(amount) if chance.random() < KNOWN_SHARE else amount + chance.randrange(10**9))
        for _ in range(ASKED)
    )
    (folder / "digests").write_text("".join(f"{one.hex()}\n" for one in asked), "ascii")


def _members() -> tuple[list[Organisation], list[str]]:
    from luciole.hub.members.keys import make_key
    from luciole.hub.members.models import ApiKey, Organisation
    from luciole.hub.members.words import Kind, Scope

    owners, tokens = [], []
    for number in range(MEMBERS):
        owner = Organisation.objects.create(
            name=f"Member {number}", slug=f"member-{number}", kind=Kind.SECURITY.value, country="FR"
        )
        owners.append(owner)
        for _ in range(KEYS_EACH):
            made = make_key()
            tokens.append(made.token)
            ApiKey.objects.create(
                organisation=owner, name="k", prefix=made.prefix, digest=made.digest,
                scopes=[Scope.READ.value, Scope.SUBMIT.value], expires_at=datetime.now(UTC) + timedelta(days=30),
            )  # fmt: skip
    return owners, tokens


def _session(owner: Organisation) -> str:
    """The cookie of somebody who signed in with a second factor."""
    from django.conf import settings
    from django.test import Client

    from luciole.hub.members.models import Person, PersonRole

    person = Person.objects.invited("analyst@example.org", name="Analyst", organisation=owner)
    PersonRole.objects.create(person=person, role="analyst")
    client = Client()
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password"}, {"method": "mfa"}]
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _samples(amount: int, owners: list[Organisation]) -> None:
    """One sample in five stays with who handed it in."""
    from luciole.hub.samples.models import Blob, HandIn, Sample, Term

    numbers = range(1, amount + 1)
    moment = [_START + timedelta(minutes=one) for one in range(100_000)]
    _insert(Blob, ("id", "digest", "name", "size", "wrapped_key", "hub_key", "stored_at"), (
        (n, digest_of(n - 1), f"name{n}", n, b"", "1", _START) for n in numbers
    ))  # fmt: skip
    _insert(
        Sample,
        (
            "id", "sha256", "sha1", "md5", "size", "blob", "kind", "state", "first_handed_in", "package", "label",
            "version", "verdict", "rule",
        ),
        (
            (
                n, (d := digest_of(n - 1)), d[:20], d[:16], n, n, "apk", "analysed", moment[n % 100_000],
                package_of(n), "Label", "1.0", _VERDICTS[n & 3], "rule",
            )
            for n in numbers
        ),
    )  # fmt: skip
    _insert(HandIn, ("id", "sample", "organisation", "at", "source", "tlp"), (
        (digest_of(-n).hex()[:32], n, owners[n % MEMBERS].pk, moment[n % 100_000], "device",
         "red" if n % 5 == 0 else "green")
        for n in numbers
    ))  # fmt: skip
    terms = ((n, *term) for n in numbers for term in (
        ("package", package_of(n)), ("cert", certificate_of(n)), ("verdict", _VERDICTS[n & 3]),
    ))  # fmt: skip
    _insert(Term, ("sample", "field", "value"), terms)


def _insert(model: type[Model], names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Adds rows with these fields; the other fields get their defaults."""
    from django.db import connection, transaction

    fields = [model._meta.get_field(name) for name in names]  # noqa: SLF001 - Django's name
    others = [one for one in model._meta.concrete_fields if one not in fields and not one.primary_key]  # noqa: SLF001
    fixed = tuple(one.get_db_prep_save(one.get_default(), connection) for one in others)
    columns = ", ".join(f'"{one.column}"' for one in (*fields, *others))
    marks = ", ".join(["%s"] * (len(fields) + len(fixed)))
    question = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})'  # noqa: S608, SLF001 - of the model
    with connection.cursor() as cursor:
        for batch in _batches(rows):
            made = [
                (*(one.get_db_prep_save(value, connection) for one, value in zip(fields, row, strict=True)), *fixed)
                for row in batch
            ]
            with transaction.atomic():
                cursor.executemany(question, made)


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    left = iter(rows)
    while batch := list(islice(left, _BATCH)):
        yield batch


def main() -> None:
    """Fills the hub of the folder that was named."""
    from luciole.hub.site.making import Wanted, make

    folder = Path(sys.argv[1])
    make(folder, Wanted("http://127.0.0.1:8000", "127.0.0.1:8000", "coordinator@example.org", "Coordinator"))
    fill(folder, int(sys.argv[2]))


if __name__ == "__main__":
    main()
