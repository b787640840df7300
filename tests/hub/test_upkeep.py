"""What the hub does by itself: counts its rows, keeps keys that something needs, and takes up what a worker left."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection
from django.utils import timezone
from real_hub import RealHub
from vault_making import some

from luciole.hub.members import sign_in_secrets
from luciole.hub.members.models import Person, SignInServer
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Role
from luciole.hub.samples import uploads
from luciole.hub.samples.about import About
from luciole.hub.samples.handin import hand_in
from luciole.hub.samples.models import Blob, Sample, Term, Upload
from luciole.hub.samples.vault import Vault
from luciole.hub.site import regular, rotating
from luciole.hub.site.jobs import JOBS
from luciole.hub.site.keys import HubKeys, KeyProblem

LATER = timedelta(hours=2)
WRAPPED = {"samples.Blob", "samples.Upload", "members.SignInServer"}


def test_every_table_with_a_wrapped_key_is_known_to_the_rotation() -> None:
    """A new one fails here until `rotating.needed` and `rotating.rotate` know it."""
    named = {
        one._meta.label for one in apps.get_models()
        if any(field.name == "hub_key" or field.name.startswith("wrapped") for field in one._meta.get_fields())
    }  # fmt: skip
    assert named == WRAPPED


@pytest.fixture
def keys_of_hub(folder_vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """The secrets of accounts are wrapped with the keys of this vault."""
    monkeypatch.setattr(
        sign_in_secrets, "HubKeys", type("Here", (), {"load": staticmethod(lambda _: HubKeys.load(tmp_path))})
    )
    return folder_vault


@pytest.mark.parametrize("what", ["file", "upload", "factor", "server"])
def test_a_key_that_wraps_anything_is_not_removed_before_that_is_wrapped_anew(
    keys_of_hub: Vault, actor: Actor, a_person: Callable[..., Person], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, person = keys_of_hub, a_person(Role.OWNER)
    if what == "file":
        hand_in(actor, [some(1000)], About(), into=vault)
    elif what == "upload":
        uploads.begin(actor, 10, About(), into=vault)
    elif what == "factor":
        Authenticator.objects.create(user=person, type="totp", data={"secret": sign_in_secrets.wrap("ABC")})
    else:
        server = SignInServer(organisation=person.organisation, name="x", address="https://x.example.org", client="c")
        sign_in_secrets.keep_secret(server, "their secret")
        server.save()
    old = vault.keys.current
    assert rotating.needed(vault) == {old}
    vault.keys.rotate()
    with monkeypatch.context() as patched:  # as if something were wrapped with the old key in this very moment
        patched.setattr(rotating, "_rewrapped", lambda _: rotating.Rotated("", 0, 0, 0))
        with pytest.raises(KeyProblem, match=old):
            rotating.retire(vault, timezone.now() + LATER)
    assert old in vault.keys.ids
    assert rotating.retire(vault, timezone.now() + LATER) == (old,)
    assert rotating.needed(vault) == {vault.keys.current}
    if what == "server":
        assert sign_in_secrets.secret_of(SignInServer.objects.get()) == "their secret"


def test_a_sign_in_server_without_a_secret_stops_no_rotation(
    keys_of_hub: Vault, a_person: Callable[..., Person]
) -> None:
    SignInServer.objects.create(
        organisation=a_person(Role.OWNER).organisation, name="x", address="https://x.example.org", client="c"
    )
    outcome = rotating.rotate(keys_of_hub)
    assert (outcome.secrets, outcome.failed) == (0, 0)


def test_a_file_that_was_erased_needs_no_key(keys_of_hub: Vault, actor: Actor) -> None:
    keys_of_hub.erase(hand_in(actor, [some(1000)], About(), into=keys_of_hub).sample.blob)
    assert rotating.needed(keys_of_hub) == frozenset()
    assert (Blob.objects.count(), Upload.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_the_rows_are_counted_once_a_day(actor: Actor, folder_vault: Vault) -> None:
    assert JOBS["luciole.hub.site.regular.count_rows"].every == timedelta(days=1)
    sample: Sample = hand_in(actor, [some(1000)], About(), into=folder_vault).sample
    Term.objects.bulk_create([Term(sample=sample, field="word", value=str(number)) for number in range(3000)])
    assert _counted("samples_term") == 0
    regular.count_rows()
    assert _counted("samples_term") > 0


def _counted(table: str) -> int:
    """How many rows the planner believes a table to have; 0 where it was never looked at."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = %s", [table])
            return int(cursor.fetchone()[0])
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = %s", [table])
        row = cursor.fetchone()
        return int(row[0].split()[0]) if row else 0


def test_the_job_of_a_worker_that_was_killed_is_taken_up_by_the_one_in_its_place(real_hub: RealHub) -> None:
    """The lease of the one that was killed still ran when its job was begun again."""
    said = real_hub.script(f"""
import os, signal, threading, time
from pathlib import Path
from django.db import connections
from django.utils import timezone
from luciole.hub.site import jobs, serve
from luciole.hub.site.models import Lease
place = Path({str(real_hub.folder)!r}).parent

@jobs.job(priority=100)
def sticks():
    first = place / "first"
    if not first.exists():
        until = Lease.objects.get().until
        (place / "half").write_text(f"{{os.getpid()}} {{until.timestamp()}}")
        (place / "half").rename(first)
        time.sleep(600)
    _, until = first.read_text().split()
    (place / "second").write_text(str(timezone.now().timestamp() < float(until)))

jobs.later(sticks)
connections.close_all()

def watch():
    while not (place / "first").exists():
        time.sleep(0.05)
    os.kill(int((place / "first").read_text().split()[0]), signal.SIGKILL)
    while not (place / "second").exists():
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=watch, daemon=True).start()
serve.Family([serve.JobWorker().child(1)]).run()
print((place / "second").read_text())
""")
    assert said == "True"
