"""A file that was handed in is there, once, whoever hands it in how often; what cannot be kept is not acknowledged."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from vault_making import actor_for, parts, some

from luciole.hub.audit.models import Entry
from luciole.hub.members.models import Person
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Kind, Purpose, Tlp
from luciole.hub.samples.about import About, plain_name, tidied
from luciole.hub.samples.failures import NotAllowed, NotTaken, QuotaReached, StorageFailed, StorageFull, TooLarge
from luciole.hub.samples.handin import hand_in
from luciole.hub.samples.models import Blob, HandIn, Holding, Sample
from luciole.hub.samples.sweeping import sweep
from luciole.hub.samples.vault import Vault

APP = some(300_000)
ABOUT = About(file_name="app.apk", source="store", tlp=Tlp.GREEN, purposes=(Purpose.DETECTION,), note="seen twice")
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def handed(vault: Vault, actor: Actor, data: bytes = APP, about: About = ABOUT) -> HandIn:
    return hand_in(actor, parts(data), about, into=vault)


def stored() -> int:
    return Holding.objects.get().stored


def test_a_file_that_was_handed_in_is_there_with_its_digests_and_what_was_said(vault: Vault, actor: Actor) -> None:
    made = HandIn.objects.get(pk=handed(vault, actor).pk)
    sample = made.sample
    assert bytes(sample.sha256) == hashlib.sha256(APP).digest()
    assert bytes(sample.sha1) == hashlib.sha1(APP, usedforsecurity=False).digest()
    assert bytes(sample.md5) == hashlib.md5(APP, usedforsecurity=False).digest()
    assert (sample.size, sample.state) == (len(APP), "waiting")
    assert (made.file_name, made.source, made.tlp, made.purposes) == ("app.apk", "store", "green", ["detection"])
    assert (str(made.organisation_id), str(made.person_id), made.note) == (
        actor.organisation,
        actor.person,
        "seen twice",
    )
    assert b"".join(vault.chunks(sample.blob)) == APP
    assert list(vault.blobs.names()) == [sample.blob.name]
    assert sample.blob.name.startswith(hashlib.sha256(APP).hexdigest())


def test_it_is_told_in_the_log_without_contents(vault: Vault, actor: Actor) -> None:
    made = handed(vault, actor)
    entry = Entry.objects.get()
    assert (entry.action, entry.organisation, entry.actor) == ("sample.submit", actor.organisation, actor.person)
    assert entry.object_id == hashlib.sha256(APP).hexdigest()
    assert entry.detail == {"hand_in": str(made.pk), "tlp": "green"}


def test_the_same_file_twice_is_one_sample_with_two_hand_ins(vault: Vault, actor: Actor, another_actor: Actor) -> None:
    first, second = handed(vault, actor), handed(vault, another_actor, about=About(tlp=Tlp.RED))
    assert first.sample_id == second.sample_id
    assert (Sample.objects.count(), Blob.objects.count(), HandIn.objects.count()) == (1, 1, 2)
    assert len(list(vault.blobs.names())) == 1
    assert vault.blobs.clear_drafts(None) == 0
    assert stored() == len(APP)


def test_the_empty_file_is_a_file(vault: Vault, actor: Actor) -> None:
    assert b"".join(vault.chunks(handed(vault, actor, b"").sample.blob)) == b""


def test_sixty_four_hand_ins_of_one_file_at_once_are_one_blob(
    vault: Vault, actor: Actor, run_at_once: Callable[[Callable[[int], object], int], None]
) -> None:
    run_at_once(lambda _: handed(vault, actor), 64)
    assert (Sample.objects.count(), Blob.objects.count(), HandIn.objects.count()) == (1, 1, 64)
    blob = Blob.objects.get()
    assert list(vault.blobs.names()) == [blob.name]
    assert b"".join(vault.chunks(blob)) == APP
    assert stored() == len(APP)
    assert Entry.objects.count() == 64


def test_many_different_files_at_once_are_all_there(
    vault: Vault, actor: Actor, run_at_once: Callable[[Callable[[int], object], int], None]
) -> None:
    run_at_once(lambda number: handed(vault, actor, some(50_000, number)), 16)
    for number in range(16):
        blob = Blob.objects.get(digest=hashlib.sha256(some(50_000, number)).digest())
        assert vault.read(blob, 1 << 20) == some(50_000, number)
    assert stored() == 16 * 50_000


def test_a_damaged_or_lost_file_is_right_again_when_it_is_handed_in_again(vault: Vault, actor: Actor) -> None:
    blob = handed(vault, actor).sample.blob
    vault.blobs.delete(blob.name)  # nobody has noticed yet
    handed(vault, actor)
    blob.refresh_from_db()
    assert b"".join(vault.chunks(blob)) == APP
    old = blob.name
    Blob.objects.update(state="damaged")
    handed(vault, actor)
    blob.refresh_from_db()
    assert (blob.state, blob.name != old) == ("stored", True)
    assert b"".join(vault.chunks(blob)) == APP
    assert list(vault.blobs.names()) == [blob.name]
    assert stored() == len(APP)


def test_an_erased_file_can_be_handed_in_again_and_is_asked_for_again(vault: Vault, actor: Actor) -> None:
    sample = handed(vault, actor).sample
    vault.erase(sample.blob)
    Sample.objects.update(state="withdrawn")
    assert stored() == 0
    handed(vault, actor)
    sample.refresh_from_db()
    sample.blob.refresh_from_db()
    assert (sample.state, sample.blob.state, stored()) == ("waiting", "stored", len(APP))
    assert vault.read(sample.blob, len(APP)) == APP


def test_an_analysed_sample_stays_analysed_when_it_is_handed_in_again(folder_vault: Vault, actor: Actor) -> None:
    handed(folder_vault, actor)
    Sample.objects.update(state="analysed")
    handed(folder_vault, actor)
    assert Sample.objects.get().state == "analysed"


def test_a_connection_that_breaks_leaves_nothing(vault: Vault, actor: Actor) -> None:
    def broken() -> Iterator[bytes]:
        yield APP
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        hand_in(actor, broken(), ABOUT, into=vault)
    assert list(vault.blobs.names()) == []
    assert vault.blobs.clear_drafts(None) == 0
    assert not HandIn.objects.exists()


def test_a_file_that_is_not_the_announced_one_is_not_taken(vault: Vault, actor: Actor) -> None:
    hand_in(actor, [APP], ABOUT, expect=hashlib.sha256(APP).digest(), into=vault)
    with pytest.raises(NotTaken):
        hand_in(actor, [APP + b"."], ABOUT, expect=hashlib.sha256(APP).digest(), into=vault)
    assert HandIn.objects.count() == 1


def test_a_file_that_is_too_large_is_refused_before_it_is_read_whole(
    folder_vault: Vault, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from luciole.hub.samples import handin

    monkeypatch.setattr(handin, "LARGEST", 100_000)
    source = iter([bytes(60_000)] * 5)
    with pytest.raises(TooLarge):
        hand_in(actor, source, ABOUT, into=folder_vault)
    assert len(list(source)) == 3
    assert list(folder_vault.blobs.names()) == []


def test_the_quota_holds_even_when_all_come_at_once(
    vault: Vault, actor: Actor, run_at_once: Callable[[Callable[[int], object], int], None]
) -> None:
    vault.quota = 4 * 50_000
    refused = []

    def one(number: int) -> None:
        try:
            handed(vault, actor, some(50_000, number))
        except QuotaReached as error:
            refused.append(error.status)

    run_at_once(one, 10)
    assert refused == [507] * 6
    assert stored() == vault.quota
    assert len(list(vault.blobs.names())) == Blob.objects.count() == 4
    kept = Blob.objects.first()
    assert kept is not None
    vault.erase(kept)
    handed(vault, actor, some(50_000, 99))


def test_a_file_that_is_there_already_needs_no_room(vault: Vault, actor: Actor) -> None:
    vault.quota = len(APP)
    handed(vault, actor)
    handed(vault, actor)
    assert HandIn.objects.count() == 2


@pytest.mark.parametrize("change", [{"second_factor": False}, {"person": ""}, {"scopes": frozenset()}])
def test_who_may_not_hand_in_does_not(folder_vault: Vault, actor: Actor, change: dict[str, object]) -> None:
    with pytest.raises(NotAllowed):
        handed(folder_vault, actor._replace(**change))  # type: ignore[arg-type] # fields of the parameters
    with pytest.raises(NotAllowed):
        handed(folder_vault, Actor(person=actor.person, kind=Kind.POLICE, second_factor=True))
    assert not HandIn.objects.exists()


@pytest.mark.parametrize("part", ["audit", "count"])
def test_what_fails_in_the_transaction_undoes_all_of_it(
    vault: Vault, actor: Actor, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    from luciole.hub.samples import handin

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    if part == "audit":
        monkeypatch.setattr(handin.audit, "record", fails)
    else:
        monkeypatch.setattr(vault, "reserve", fails)
    with pytest.raises(RuntimeError):
        handed(vault, actor)
    assert [rows.objects.count() for rows in (HandIn, Sample, Blob)] == [0, 0, 0]
    assert list(vault.blobs.names()) == []
    assert not Holding.objects.filter(stored__gt=0).exists()


def test_where_only_the_answer_to_the_commit_is_missing_the_bytes_stay_for_the_sweep_to_judge(
    folder_vault: Vault, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError, connection

    from luciole.hub.samples import handin

    record = handin.audit.record

    def lost(*given: object, **named: object) -> object:
        record(*given, **named)  # type: ignore[arg-type] # handed on
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patched:
        patched.setattr(handin.audit, "record", lost)
        with pytest.raises(StorageFailed) as caught:
            handed(folder_vault, actor)
    assert (caught.value.status, connection.in_atomic_block) == (503, False)
    assert len(list(folder_vault.blobs.names())) == 1
    assert sweep(folder_vault, NOW).orphans == 1


def test_failures_of_the_disk_are_told_apart(
    folder_vault: Vault, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, kind in ((errno.ENOSPC, StorageFull), (errno.EDQUOT, StorageFull), (errno.EIO, StorageFailed)):

        def fails(_: int, number: int = number) -> None:
            raise OSError(number, os.strerror(number))

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", fails)
            with pytest.raises(kind) as caught:
                handed(folder_vault, actor)
        assert type(caught.value) is kind
    assert handed(folder_vault, actor).sample.state == "waiting"


def test_bytes_are_never_readable_on_the_disk(tmp_path: Path, folder_vault: Vault, actor: Actor) -> None:
    canary = b"canary that sings in clear"
    seen: list[Path] = []

    def slowly() -> Iterator[bytes]:
        for _ in range(20):
            yield canary * 1000
            seen.extend(path for path in tmp_path.rglob("*") if path.is_file() and canary in path.read_bytes())

    made = hand_in(actor, slowly(), ABOUT, into=folder_vault)
    seen.extend(path for path in tmp_path.rglob("*") if path.is_file() and canary in path.read_bytes())
    assert seen == []
    assert folder_vault.read(made.sample.blob, 1 << 20).count(canary) == 20_000


def test_a_file_of_a_survivor_needs_consent_and_loses_its_name(folder_vault: Vault, actor: Actor) -> None:
    about = About(file_name="Backup of Anna's phone (case 17).apk", from_survivor=True)
    with pytest.raises(NotTaken, match="consent"):
        handed(folder_vault, actor, about=about)
    made = handed(folder_vault, actor, about=msgspec.structs.replace(about, consent="2026-1"))
    assert (made.file_name, made.from_survivor, made.consent) == ("file.apk", True, "2026-1")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Anna\\app.apk", "app.apk"),
        ("app\u202egpa.apk", "appgpa.apk"),
        ("a\0\r\n.apk", "a.apk"),
        ("x" * 300 + ".apk", "x" * 251 + ".apk"),
        ("<img src=x onerror=alert(1)>.apk", "<img src=x onerror=alert(1)>.apk"),
    ],
)
def test_a_file_name_is_kept_without_folders_and_without_what_steers(name: str, kept: str) -> None:
    assert plain_name(name) == kept


@given(st.text(max_size=600))
def test_any_text_is_a_name_or_becomes_one(name: str) -> None:
    kept = plain_name(name)
    assert len(kept) <= 255
    assert not set("/\\\0\n\u202e") & set(kept)
    kept.encode()
    scrubbed = tidied(About(file_name=name, from_survivor=True, consent="x")).file_name
    assert scrubbed == "file" or scrubbed.startswith("file.")


@pytest.mark.parametrize(
    "fields",
    [
        {"note": "x" * 4001},
        {"source": "two words"},
        {"source": "x" * 33},
        {"consent": "é", "from_survivor": True},
        {"embargo_until": dt.datetime(2027, 1, 1)},  # noqa: DTZ001 - what is refused
    ],
)
def test_what_is_said_wrongly_is_not_taken(fields: dict[str, object]) -> None:
    with pytest.raises(NotTaken):
        tidied(About(**fields))  # type: ignore[arg-type] # fields of the parameters


def test_hand_in_refuses_to_run_inside_a_transaction_because_it_could_not_keep_its_promise(
    folder_vault: Vault, actor: Actor
) -> None:
    from django.db import transaction

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        handed(folder_vault, actor)
    assert list(folder_vault.blobs.names()) == []


def test_a_hand_in_by_a_key_names_the_key(folder_vault: Vault, a_person: Callable[..., Person]) -> None:
    from luciole.hub.members.models import ApiKey
    from luciole.hub.members.words import Scope

    person = a_person()
    assert person.organisation
    key = ApiKey.objects.create(
        organisation=person.organisation, name="k", prefix="p", digest=bytes(32), scopes=["submit"], expires_at=NOW
    )
    by_key = actor_for(person)._replace(
        person="", key=str(key.pk), scopes=frozenset({Scope.SUBMIT}), second_factor=False
    )
    made = handed(folder_vault, by_key)
    assert (made.key_id, made.person_id) == (key.pk, None) or (str(made.key_id), made.person_id) == (str(key.pk), None)
