"""A hand-in in pieces goes on where it broke off, belongs to who began it, and is one hand-in however it ends."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from vault_making import parts, some

from luciole.hub.audit.models import Entry
from luciole.hub.members.policy import Actor
from luciole.hub.samples import uploads
from luciole.hub.samples.failures import (
    Damaged,
    NoSuchUpload,
    NotAllowed,
    NotTaken,
    QuotaReached,
    SampleError,
    TooLarge,
    WrongOffset,
)
from luciole.hub.samples.handin import LARGEST, About
from luciole.hub.samples.models import HandIn, Holding, Piece, Sample, Upload
from luciole.hub.samples.vault import Vault

APP = some(300_000)
STEP = 100_000


def begun(vault: Vault, actor: Actor, size: int = len(APP)) -> uuid.UUID:
    return uploads.begin(actor, size, About(file_name="app.apk"), into=vault).pk


def add(vault: Vault, actor: Actor, upload: uuid.UUID, at: int, data: bytes | None = None) -> int:
    return uploads.append(actor, upload, at, parts(APP[at : at + STEP] if data is None else data), into=vault)


def arrived(vault: Vault, actor: Actor) -> uuid.UUID:
    upload = begun(vault, actor)
    for at in range(0, len(APP), STEP):
        assert add(vault, actor, upload, at) == at + STEP
    return upload


def test_a_file_in_pieces_is_handed_in_whole_and_nothing_of_it_stays_behind(vault: Vault, actor: Actor) -> None:
    made = uploads.finish(actor, arrived(vault, actor), into=vault).first
    assert vault.read(made.sample.blob, 1 << 20) == APP
    assert (made.file_name, str(made.organisation_id)) == ("app.apk", actor.organisation)
    assert list(vault.blobs.names()) == [made.sample.blob.name]
    assert not Piece.objects.exists()
    assert (Holding.objects.get().stored, Holding.objects.get().arriving) == (len(APP), 0)


def test_after_a_broken_connection_it_goes_on_where_it_stood(vault: Vault, actor: Actor) -> None:
    def broken() -> Iterator[bytes]:
        yield APP[STEP : STEP + 70_000]
        raise ConnectionResetError

    upload = begun(vault, actor)
    add(vault, actor, upload, 0)
    with pytest.raises(ConnectionResetError):
        uploads.append(actor, upload, STEP, broken(), into=vault)
    assert uploads.find(actor, upload).received == STEP
    assert len(list(vault.blobs.names())) == 1
    add(vault, actor, upload, STEP)
    add(vault, actor, upload, 2 * STEP)
    assert vault.read(uploads.finish(actor, upload, into=vault).first.sample.blob, 1 << 20) == APP


def test_a_piece_in_the_wrong_place_is_told_the_right_one(vault: Vault, actor: Actor) -> None:
    upload = begun(vault, actor)
    add(vault, actor, upload, 0)
    for wrong in (0, 5, 2 * STEP):
        with pytest.raises(WrongOffset) as caught:
            add(vault, actor, upload, wrong)
        assert (caught.value.expected, caught.value.status) == (STEP, 409)
    with pytest.raises(WrongOffset):
        uploads.finish(actor, upload, into=vault)
    assert not HandIn.objects.exists()


def test_of_the_same_piece_sent_many_times_at_once_one_is_kept(
    vault: Vault, actor: Actor, run_at_once: Callable[[Callable[[int], object], int], None]
) -> None:
    upload, kept, told = begun(vault, actor), [], []

    def one(_: int) -> None:
        try:
            kept.append(add(vault, actor, upload, 0))
        except WrongOffset as error:
            told.append(error.expected)

    run_at_once(one, 8)
    assert (kept, told) == ([STEP], [STEP] * 7)
    assert (Piece.objects.count(), len(list(vault.blobs.names())), Holding.objects.get().arriving) == (1, 1, STEP)


def test_finished_by_many_at_once_or_again_later_it_is_one_hand_in(
    vault: Vault, actor: Actor, run_at_once: Callable[[Callable[[int], object], int], None]
) -> None:
    upload, made = arrived(vault, actor), set()
    failed: list[Exception] = []

    def one(_: int) -> None:
        try:
            made.add(uploads.finish(actor, upload, into=vault).first.pk)
        except SampleError as error:
            failed.append(error)

    run_at_once(one, 8)
    assert uploads.finish(actor, upload, into=vault).first.pk in made
    assert len(made) == 1
    assert failed == []
    assert (HandIn.objects.count(), Sample.objects.count(), Entry.objects.count()) == (1, 1, 1)
    assert len(list(vault.blobs.names())) == 1
    assert (Holding.objects.get().stored, Holding.objects.get().arriving) == (len(APP), 0)


def test_who_finishes_second_gets_the_first_hand_in_although_the_pieces_are_gone(
    vault: Vault, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = arrived(vault, actor)
    early = uploads.find(actor, upload)
    first = uploads.finish(actor, upload, into=vault).first
    finds = [uploads.find(actor, upload), early]
    monkeypatch.setattr(uploads, "find", lambda *_: finds.pop())
    assert uploads.finish(actor, upload, into=vault).first == first
    assert HandIn.objects.count() == 1


def test_an_upload_whose_pieces_are_gone_is_not_handed_in_as_something_shorter(vault: Vault, actor: Actor) -> None:
    upload = arrived(vault, actor)
    Piece.objects.filter(offset__gt=0).delete()
    with pytest.raises(Damaged):
        uploads.finish(actor, upload, into=vault)
    assert not HandIn.objects.exists()


def test_pieces_are_sealed_on_the_disk(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    canary = b"canary that sings in clear" * 4000
    upload = begun(folder_vault, actor, 2 * len(canary))
    uploads.append(actor, upload, 0, [canary], into=folder_vault)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and canary[:26] in path.read_bytes()]


def test_a_piece_that_is_too_long_too_short_or_empty_is_not_kept(vault: Vault, actor: Actor) -> None:
    upload = begun(vault, actor)
    with pytest.raises(TooLarge):
        add(vault, actor, upload, 0, APP + b".")
    for short in (b"", b"x"):
        with pytest.raises(NotTaken):
            add(vault, actor, upload, 0, short)
    assert list(vault.blobs.names()) == []
    add(vault, actor, upload, 0, APP[:-1])
    assert add(vault, actor, upload, len(APP) - 1, APP[-1:]) == len(APP)


def test_an_upload_is_nobody_elses(folder_vault: Vault, actor: Actor, another_actor: Actor) -> None:
    upload = begun(folder_vault, actor)
    colleague = actor._replace(person=another_actor.person)
    for somebody in (another_actor, colleague):
        for act in (
            lambda one: uploads.find(one, upload),
            lambda one: add(folder_vault, one, upload, 0),
            lambda one: uploads.finish(one, upload, into=folder_vault).first,
            lambda one: uploads.give_up(one, upload, into=folder_vault),
        ):
            with pytest.raises(NoSuchUpload):
                act(somebody)
    with pytest.raises(NotAllowed):
        uploads.find(actor._replace(second_factor=False), upload)
    with pytest.raises(NoSuchUpload):
        uploads.find(actor, uuid.uuid4())


def test_what_is_given_up_is_gone(vault: Vault, actor: Actor) -> None:
    upload = arrived(vault, actor)
    uploads.give_up(actor, upload, into=vault)
    assert list(vault.blobs.names()) == []
    assert not Upload.objects.exists()
    assert Holding.objects.get().arriving == 0
    with pytest.raises(NoSuchUpload):
        uploads.finish(actor, upload, into=vault)


def test_what_was_finished_may_be_given_up_and_its_hand_in_stays(vault: Vault, actor: Actor) -> None:
    upload = arrived(vault, actor)
    made = uploads.finish(actor, upload, into=vault).first
    with pytest.raises(WrongOffset):
        add(vault, actor, upload, len(APP), b"more")
    uploads.give_up(actor, upload, into=vault)
    assert vault.read(HandIn.objects.get(pk=made.pk).sample.blob, 1 << 20) == APP
    assert (Holding.objects.get().stored, Holding.objects.get().arriving) == (len(APP), 0)


def test_a_file_that_is_not_the_announced_one_is_not_handed_in_and_may_be_given_up(vault: Vault, actor: Actor) -> None:
    upload = arrived(vault, actor)
    with pytest.raises(NotTaken):
        uploads.finish(actor, upload, expect=bytes(32), into=vault)
    assert not HandIn.objects.exists()
    uploads.give_up(actor, upload, into=vault)
    assert list(vault.blobs.names()) == []


def test_uploads_are_bounded_in_size_number_and_all_together(
    folder_vault: Vault, actor: Actor, another_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TooLarge):
        begun(folder_vault, actor, LARGEST + 1)
    with pytest.raises(NotTaken):
        begun(folder_vault, actor, -1)
    folder_vault.quota = 250_000
    with pytest.raises(QuotaReached):
        begun(folder_vault, actor)
    folder_vault.quota = 450_000
    one, two = begun(folder_vault, actor), begun(folder_vault, another_actor)
    for at in (0, STEP):
        add(folder_vault, actor, one, at)
        add(folder_vault, another_actor, two, at)
    with pytest.raises(QuotaReached):
        add(folder_vault, actor, one, 2 * STEP)
    uploads.give_up(another_actor, two, into=folder_vault)
    add(folder_vault, actor, one, 2 * STEP)
    monkeypatch.setattr(uploads, "MOST_OPEN", 1)
    with pytest.raises(QuotaReached, match="1 uploads open"):
        begun(folder_vault, actor, 10)
    begun(folder_vault, another_actor, 10)


def test_the_name_of_a_survivors_file_is_scrubbed_when_the_upload_begins(folder_vault: Vault, actor: Actor) -> None:
    about = About(file_name="Anna.apk", from_survivor=True, consent="2026-1", note="x")
    row = uploads.begin(actor, 10, about, into=folder_vault)
    assert (row.file_name, "Anna" in str(row.about)) == ("file.apk", False)
    uploads.append(actor, row.pk, 0, [bytes(10)], into=folder_vault)
    made = uploads.finish(actor, row.pk, into=folder_vault).first
    assert (made.file_name, made.from_survivor, made.consent, made.note) == ("file.apk", True, "2026-1", "x")


def test_an_empty_file_needs_no_piece(vault: Vault, actor: Actor) -> None:
    assert uploads.finish(actor, begun(vault, actor, 0), into=vault).first.sample.size == 0
