"""The vault keeps files sealed, checks them again, changes its keys, erases for good, and sweeps what is nobody's."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

sys.path.insert(0, str(Path(__file__).parent))

from vault_making import a_vault, parts, some

from luciole.hub.members.policy import Actor
from luciole.hub.samples import uploads
from luciole.hub.samples.failures import Damaged, Erased, StorageFailed, TooLarge
from luciole.hub.samples.handin import About, hand_in
from luciole.hub.samples.models import Blob, Holding, Upload
from luciole.hub.samples.sweeping import SETTLED, sweep
from luciole.hub.samples.vault import Vault, open_vault
from luciole.hub.site import rotating
from luciole.hub.site.keys import HubKeys, KeyProblem

APP = some(200_000)
LATER = dt.timedelta(days=30)


def kept(vault: Vault, actor: Actor, data: bytes = APP) -> Blob:
    return hand_in(actor, parts(data), About(), into=vault).sample.blob


def test_what_is_stored_is_sealed_under_a_key_of_its_own(vault: Vault) -> None:
    one, two = vault.store([APP], 1 << 20), vault.store([APP], 1 << 20)
    assert one.sha256 == two.sha256
    assert vault.keys.unwrap(one.wrapped_key, one.hub_key) != vault.keys.unwrap(two.wrapped_key, two.hub_key)
    first, second = (b"".join(vault.blobs.get(each.name)) for each in (one, two))
    assert first != second
    assert APP[:16] not in first


def test_a_file_larger_than_may_be_is_not_read_into_memory(vault: Vault, actor: Actor) -> None:
    with pytest.raises(TooLarge):
        vault.read(kept(vault, actor), len(APP) - 1)


def test_a_file_whose_bytes_are_gone_is_damaged_and_right_again_when_they_are_put_back(
    vault: Vault, actor: Actor
) -> None:
    blob = kept(vault, actor)
    sealed = b"".join(vault.blobs.get(blob.name))
    vault.blobs.delete(blob.name)
    with pytest.raises(Damaged):
        vault.chunks(blob)
    assert Blob.objects.get().state == "damaged"
    vault.blobs.put(blob.name, [sealed])
    now = timezone.now()
    assert vault.scrub(now, now, 1 << 30).damaged == ()
    assert Blob.objects.get().state == "stored"


def test_a_scrub_reads_what_was_read_longest_ago_and_stops_at_its_bound(vault: Vault, actor: Actor) -> None:
    blobs = [kept(vault, actor, some(100_000, number)) for number in range(5)]
    now = timezone.now()
    first = vault.scrub(now, now, 200_000)
    assert (first.files, first.size) == (2, 200_000)
    second = vault.scrub(now + LATER, now, 1 << 30)
    assert second.files == 3
    assert vault.scrub(now + LATER, now, 1 << 30).files == 0
    vault.blobs.delete(blobs[3].name)
    again = vault.scrub(now + 2 * LATER, now + 2 * LATER, 1 << 30)
    assert (again.files, again.damaged) == (5, (bytes(blobs[3].digest),))


def test_a_store_that_does_not_answer_is_no_damage(vault: Vault, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = kept(vault, actor)

    def silent(name: str) -> None:
        raise StorageFailed(name)

    monkeypatch.setattr(vault.blobs, "get", silent)
    now = timezone.now()
    for act in (lambda: vault.chunks(blob), lambda: vault.scrub(now, now, 1)):
        with pytest.raises(StorageFailed):
            act()
    assert (Blob.objects.get().state, Blob.objects.get().scrubbed_at) == ("stored", None)


def test_an_erased_file_can_never_be_read_again_not_even_from_a_copy_of_its_bytes(vault: Vault, actor: Actor) -> None:
    blob = kept(vault, actor)
    sealed = b"".join(vault.blobs.get(blob.name))
    vault.erase(blob)
    vault.erase(blob)
    assert list(vault.blobs.names()) == []
    vault.blobs.put(blob.name, [sealed])
    gone = Blob.objects.get()
    assert (gone.state, bytes(gone.wrapped_key), Holding.objects.get().stored) == ("erased", b"", 0)
    with pytest.raises(Erased):
        vault.chunks(gone)
    gone.state = "stored"
    with pytest.raises(StorageFailed):
        vault.chunks(gone)


def test_a_rotation_wraps_every_key_anew_and_leaves_the_files_as_they_are(vault: Vault, actor: Actor) -> None:
    blobs = [kept(vault, actor, some(1000, number)) for number in range(3)]
    upload = uploads.begin(actor, 10, About(), into=vault)
    before = {blob.name: b"".join(vault.blobs.get(blob.name)) for blob in blobs}
    old = vault.keys.current
    outcome = rotating.rotate(vault)
    assert (outcome.files, outcome.failed) == (4, 0)
    assert outcome.hub_key == vault.keys.current != old
    assert set(Blob.objects.values_list("hub_key", flat=True)) == {vault.keys.current}
    assert {name: b"".join(vault.blobs.get(name)) for name in before} == before
    assert rotating.retire(vault, timezone.now() + LATER) == (old,)
    for number, blob in enumerate(Blob.objects.order_by("pk")):
        assert vault.read(blob, 1 << 20) == some(1000, number)
    uploads.append(actor, upload.pk, 0, [bytes(10)], into=vault)
    assert uploads.finish(actor, upload.pk, into=vault).first.sample.size == 10


def test_a_rotation_that_was_ended_midway_is_gone_on_with(
    folder_vault: Vault, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from luciole.hub.samples import vault as module

    for number in range(4):
        kept(folder_vault, actor, some(1000, number))
    old, times = folder_vault.keys.current, []
    wrap = HubKeys.wrap

    def ends(keys: HubKeys, key: bytes) -> tuple[bytes, str]:
        times.append(1)
        if len(times) == 3:
            raise KeyboardInterrupt
        return wrap(keys, key)

    with monkeypatch.context() as patched:
        patched.setattr(module, "_BATCH", 1)
        patched.setattr(HubKeys, "wrap", ends)
        with pytest.raises(KeyboardInterrupt):
            rotating.rotate(folder_vault)
    assert Blob.objects.filter(hub_key=old).count() == 2
    for blob in Blob.objects.all():
        folder_vault.check(blob)
    assert rotating.retire(folder_vault, timezone.now() + LATER) == (old,)
    for blob in Blob.objects.all():
        folder_vault.check(blob)


def test_no_old_key_is_removed_in_the_first_hour_or_while_something_cannot_be_unwrapped(
    folder_vault: Vault, actor: Actor
) -> None:
    blob = kept(folder_vault, actor)
    kept(folder_vault, actor, b"another")
    Blob.objects.filter(pk=blob.pk).update(wrapped_key=bytes(60))
    outcome = rotating.rotate(folder_vault)
    assert (outcome.files, outcome.failed) == (1, 1)
    before = folder_vault.keys.ids
    for now in (timezone.now(), timezone.now() + LATER):
        with pytest.raises(KeyProblem):
            rotating.retire(folder_vault, now)
    assert folder_vault.keys.ids == before
    later = timezone.now() + LATER
    Blob.objects.filter(pk=blob.pk).update(state="erased", hub_key="", wrapped_key=b"")
    assert len(rotating.retire(folder_vault, later)) == 1


def test_a_rotation_by_another_process_is_noticed_while_hand_ins_go_on(
    tmp_path: Path, folder_vault: Vault, actor: Actor
) -> None:
    kept(folder_vault, actor)
    another = open_vault(tmp_path, folder_vault.blobs, 1)
    rotating.rotate(another)
    rotating.retire(another, timezone.now() + LATER)
    second = kept(folder_vault, actor, b"another")
    assert second.hub_key == another.keys.current
    assert [folder_vault.read(blob, 1 << 20) for blob in Blob.objects.order_by("pk")] == [APP, b"another"]


def test_without_its_keys_a_data_folder_is_refused_and_with_those_of_another_hub_nothing_opens(
    tmp_path: Path, folder_vault: Vault, actor: Actor
) -> None:
    blob = kept(folder_vault, actor)
    with pytest.raises(KeyProblem):
        open_vault(tmp_path / "empty", folder_vault.blobs, 1)
    stranger = a_vault(tmp_path / "stranger")
    stranger.blobs = folder_vault.blobs
    with pytest.raises(StorageFailed):
        stranger.chunks(blob)
    assert Blob.objects.get().state == "stored"


def test_a_start_sweeps_what_no_row_names_and_nothing_else(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    blob = kept(folder_vault, actor)
    upload = uploads.begin(actor, 100, About(), into=folder_vault)
    uploads.append(actor, upload.pk, 0, [bytes(100)], into=folder_vault)
    folder_vault.store([b"never named"], 100)
    (tmp_path / "blobs" / "arriving" / "left-behind").write_bytes(b"x")
    swept = sweep(folder_vault, timezone.now())
    assert swept == (1, 1, 0)
    assert sweep(folder_vault, timezone.now()) == (0, 0, 0)
    folder_vault.check(blob)
    assert uploads.finish(actor, upload.pk, into=folder_vault).first.sample.size == 100


def test_in_a_shared_bucket_only_what_is_old_is_swept(s3: object, tmp_path: Path, transactional_db: None) -> None:
    del transactional_db
    vault = a_vault(tmp_path, s3.bucket())  # type: ignore[attr-defined] # the server of the fixture
    vault.store([b"never named"], 100)
    assert sweep(vault, timezone.now()).orphans == 0
    assert sweep(vault, timezone.now() + 2 * SETTLED).orphans == 1


def test_a_sweep_leaves_alone_what_somebody_is_writing_at_that_moment(
    folder_vault: Vault, actor: Actor, tmp_path: Path
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> object:
        yield APP
        begun.set()
        go_on.wait(30)
        yield APP

    made: list[Blob] = []
    writer = threading.Thread(target=lambda: made.append(_in_thread(folder_vault, actor, slowly())))
    writer.start()
    assert begun.wait(30)
    old = tmp_path / "blobs" / "arriving" / "old"
    old.write_bytes(b"x")
    os.utime(old, (0, 0))
    assert sweep(folder_vault, timezone.now()) == (1, 0, 0)
    go_on.set()
    writer.join()
    assert folder_vault.read(made[0], 1 << 20) == APP + APP


def _in_thread(vault: Vault, actor: Actor, chunks: object) -> Blob:
    from django.db import connections

    try:
        return hand_in(actor, chunks, About(), into=vault).sample.blob  # type: ignore[arg-type] # chunks
    finally:
        connections.close_all()


def test_while_a_sweep_is_alone_nobody_begins_to_write(folder_vault: Vault) -> None:
    with folder_vault.writing.alone() as alone:
        assert alone
        path = folder_vault.writing._path
        with path.open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    with folder_vault.writing.part(), folder_vault.writing.part(), folder_vault.writing.alone() as alone:
        assert not alone


def test_an_upload_whose_time_is_over_is_swept_with_its_pieces(vault: Vault, actor: Actor) -> None:
    upload = uploads.begin(actor, 100, About(), into=vault)
    uploads.append(actor, upload.pk, 0, [bytes(100)], into=vault)
    assert sweep(vault, timezone.now() + LATER).uploads == 1
    assert list(vault.blobs.names()) == []
    assert not Upload.objects.exists()
    assert Holding.objects.get().arriving == 0


def test_the_count_can_be_made_anew(folder_vault: Vault, actor: Actor) -> None:
    kept(folder_vault, actor)
    Holding.objects.update(stored=5, arriving=7)
    folder_vault.recount()
    assert (Holding.objects.get().stored, Holding.objects.get().arriving) == (len(APP), 0)


def test_readers_and_a_scrub_at_once_do_not_disturb_each_other(
    vault: Vault, actor: Actor, run_at_once: Callable[[Callable[[int], object], int], None]
) -> None:
    blob = kept(vault, actor)

    def one(number: int) -> None:
        now = timezone.now()
        if number % 4 == 0:
            assert vault.scrub(now, now, 1).damaged == ()
        else:
            assert b"".join(vault.chunks(blob)) == APP

    run_at_once(one, 16)
    assert Blob.objects.get().state == "stored"
