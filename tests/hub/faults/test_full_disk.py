"""A full disk is answered with 507 on every way in; the server lives, loses nothing, and goes on once there is room."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from fault_checking import check_folder, sqlite_rows
from fault_server import Server, make_hub
from s3_server import s3_server
from vault_making import a_vault, parts, some

from luciole.hub.members.policy import Actor
from luciole.hub.samples import uploads
from luciole.hub.samples.blobs_s3 import S3, place
from luciole.hub.samples.failures import StorageFailed, StorageFull
from luciole.hub.samples.handin import About, hand_in
from luciole.hub.samples.models import HandIn
from luciole.hub.samples.vault import open_vault
from luciole.hub.site import rotating
from luciole.hub.site.keys import HubKeys

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
BALLAST = 12 << 20


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 60 MB in memory, with some ballast that can be thrown off."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m,mode=755", "tmpfs", folder], check=True)
    (folder / "ballast").write_bytes(bytes(BALLAST))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> None:
    """Leaves no byte."""
    with (folder / "filling").open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def make_room(folder: Path) -> None:
    (folder / "ballast").unlink(missing_ok=True)
    (folder / "filling").unlink(missing_ok=True)


def test_hand_ins_on_a_full_disk_are_answered_with_507_and_go_on_once_there_is_room(small: Path) -> None:
    hub = make_hub(small / "hub")
    server, chance = Server(hub), random.Random(1)  # noqa: S311 - chance of a test
    acknowledged: dict[str, int] = {}

    def post(size: int) -> int:
        body = chance.randbytes(size)
        status, text = server.ask("POST", "/hand-in", body)
        if status == 201:
            assert text.decode() == hashlib.sha256(body).hexdigest()
            acknowledged[text.decode()] = size
        return status

    try:
        filling = Counter(post(chance.choice((1_000, 300_000, 900_000))) for _ in range(200))
        assert set(filling) == {201, 507}, filling
        assert filling[507] > 50
        some_digest = next(iter(acknowledged))
        assert hashlib.sha256(server.ask("GET", f"/files/{some_digest}")[1]).hexdigest() == some_digest
        make_room(small)
        assert [post(100_000) for _ in range(10)] == [201] * 10
        assert server.process.poll() is None
    finally:
        server.stop()
    rows, integrity = sqlite_rows(hub.folder / "hub.db")
    found = check_folder(hub.folder, acknowledged, rows, integrity)
    assert found.is_whole, found
    assert (found.orphans, found.drafts) == (0, 0)


def test_uploads_in_pieces_on_a_full_disk_stop_with_507_and_go_on_where_they_stood(small: Path) -> None:
    hub = make_hub(small / "hub")
    server, body = Server(hub), some(6_000_000)
    upload = ""
    try:
        upload = server.ask("POST", f"/uploads?size={len(body)}")[1].decode()
        assert server.ask("PATCH", f"/uploads/{upload}?offset=0", body[:3_000_000]) == (200, b"3000000")
        fill(small)
        assert server.ask("PATCH", f"/uploads/{upload}?offset=3000000", body[3_000_000:])[0] == 507
        assert server.ask("POST", "/uploads?size=1000")[0] == 507
        make_room(small)
        assert server.ask("PATCH", f"/uploads/{upload}?offset=3000000", body[3_000_000:]) == (200, b"6000000")
        fill(small)
        assert server.ask("POST", f"/uploads/{upload}")[0] == 507
        make_room(small)
        assert server.ask("POST", f"/uploads/{upload}") == (201, hashlib.sha256(body).hexdigest().encode())
        assert server.ask("POST", f"/uploads/{upload}") == (201, hashlib.sha256(body).hexdigest().encode())
    finally:
        server.stop()
    rows, integrity = sqlite_rows(hub.folder / "hub.db")
    found = check_folder(hub.folder, {hashlib.sha256(body).hexdigest(): len(body)}, rows, integrity)
    assert found.is_whole, found
    assert (found.orphans, found.drafts) == (0, 0)


def test_a_disk_that_is_full_for_files_alone_takes_nothing_and_leaves_nothing(
    small: Path,
    actor: Actor,
    transactional_db: None,
) -> None:
    """The database lies elsewhere and has room: begun hand-ins and uploads leave no row and no file."""
    del transactional_db
    vault = a_vault(small / "hub")
    upload = uploads.begin(actor, 3_000_000, About(), into=vault)
    uploads.append(actor, upload.pk, 0, parts(some(1_500_000)), into=vault)
    before = sorted(vault.blobs.names())
    fill(small)
    with pytest.raises(StorageFull):
        hand_in(actor, parts(some(2_000_000)), About(), into=vault)
    with pytest.raises(StorageFull):
        uploads.append(actor, upload.pk, 1_500_000, parts(some(1_500_000, 1)), into=vault)
    upload.refresh_from_db()
    assert (upload.received, upload.pieces.count(), HandIn.objects.count()) == (1_500_000, 1, 0)
    assert sorted(vault.blobs.names()) == before
    assert vault.blobs.clear_drafts(None) == 0
    make_room(small)
    uploads.append(actor, upload.pk, 1_500_000, parts(some(1_500_000, 1)), into=vault)
    made = uploads.finish(actor, upload.pk, into=vault).first
    assert vault.read(made.sample.blob, 1 << 23) == some(1_500_000) + some(1_500_000, 1)


def test_a_rotation_on_a_full_disk_leaves_the_keys_as_they_were(
    small: Path,
    actor: Actor,
    transactional_db: None,
) -> None:
    del transactional_db
    vault = a_vault(small / "hub")
    made = hand_in(actor, [b"app"], About(), into=vault)
    before = sorted(path.name for path in (small / "hub" / "keys").iterdir())
    fill(small)
    with pytest.raises(OSError, match="No space"):
        rotating.rotate(vault)
    assert sorted(path.name for path in (small / "hub" / "keys").iterdir()) == before
    assert vault.read(made.sample.blob, 10) == b"app"
    make_room(small)
    assert rotating.rotate(vault).files == 1
    assert HubKeys.load(small / "hub").current == vault.keys.current


def test_with_a_bucket_a_full_disk_of_the_hub_is_507_and_one_of_the_store_503(
    small: Path,
    tmp_path: Path,
    actor: Actor,
    transactional_db: None,
) -> None:
    del transactional_db
    HubKeys.make(tmp_path)
    (small / "objects").mkdir()
    (tmp_path / "objects").mkdir()
    with s3_server(tmp_path / "objects") as roomy, s3_server(small / "objects") as tight:
        of_hub = open_vault(tmp_path, S3(place(roomy.bucket()), small / "spool"), 1)
        of_store = open_vault(tmp_path, S3(place(tight.bucket()), tmp_path / "spool"), 1)
        fill(small)
        for vault, status in ((of_hub, 507), (of_store, 503)):
            with pytest.raises(StorageFailed) as caught:
                hand_in(actor, parts(some(2_000_000)), About(), into=vault)
            assert caught.value.status == status
        assert not HandIn.objects.exists()
        make_room(small)
        made = hand_in(actor, parts(some(2_000_000)), About(), into=of_hub)  # s3rver itself ends on a full disk
        assert of_hub.read(made.sample.blob, 1 << 22) == some(2_000_000)
