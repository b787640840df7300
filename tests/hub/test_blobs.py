"""Where sealed bytes lie: the folder and the bucket keep the same promises."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from s3_server import S3Server, s3_server

from luciole.hub.samples.blobs import BlobStore, Folder, open_store
from luciole.hub.samples.blobs_s3 import PART, S3, place
from luciole.hub.samples.failures import Damaged, StorageFailed, StorageFull
from luciole.hub.site.table import load

NAME = "ab" * 32 + "-0123456789abcdef"
LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


def some(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - bytes of a test


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    blobs = request.getfixturevalue("server").bucket() if request.param == "s3" else ""
    return open_store(load({"LUCIOLE_HUB": str(tmp_path), "LUCIOLE_BLOBS": blobs}))


def whole(store: BlobStore, name: str = NAME) -> bytes:
    return b"".join(store.get(name))


def test_the_server_is_a_real_one(server: S3Server) -> None:
    assert server.kind == "s3rver", "npm could not install s3rver; the server of moto is a simulation"


@pytest.mark.parametrize("size", [0, 1, 100_000, PART, PART + 1, 2 * PART + 17])
def test_what_was_put_is_got(store: BlobStore, size: int) -> None:
    data = some(size)
    store.put(NAME, (data[at : at + 65_000] for at in range(0, size, 65_000)))
    assert hashlib.sha256(whole(store)).digest() == hashlib.sha256(data).digest()
    assert store.exists(NAME)
    assert list(store.names()) == [NAME]
    (one,) = store.listed()
    assert (one.name, one.size) == (NAME, size)
    assert abs((dt.datetime.now(dt.UTC) - one.changed_at).total_seconds()) < 600


def test_what_is_put_again_replaces_what_was_there(store: BlobStore) -> None:
    store.put(NAME, [b"one"])
    store.put(NAME, [b"other"])
    assert whole(store) == b"other"


def test_what_is_deleted_is_gone_and_may_be_deleted_again(store: BlobStore) -> None:
    store.put(NAME, [b"one"])
    store.delete(NAME)
    store.delete(NAME)
    assert not store.exists(NAME)
    assert list(store.names()) == []
    with pytest.raises(Damaged):
        whole(store)


def test_all_names_are_listed_however_many_there_are(store: BlobStore) -> None:
    names = {f"{number * 7919 % 65536:04x}-{number}" for number in range(40)}
    for name in names:
        store.put(name, [b"x"])
    assert set(store.names()) == names


def test_what_breaks_off_leaves_nothing(store: BlobStore) -> None:
    def broken() -> Iterator[bytes]:
        yield some(100_000)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(NAME, broken())
    assert not store.exists(NAME)
    assert store.clear_drafts(LATER) == 0


@pytest.mark.parametrize("name", ["", "a", "../../etc/passwd", "ab/cd", "AB" * 20, ".arriving", "ab\0", "ab" * 60])
def test_a_name_is_never_a_path(store: BlobStore, name: str) -> None:
    for act in (store.exists, store.delete, whole_of(store)):
        with pytest.raises(ValueError, match="no name"):
            act(name)
    with pytest.raises(ValueError, match="no name"):
        store.put(name, [b"x"])
    assert list(store.names()) == []


def whole_of(store: BlobStore):  # noqa: ANN201 - a function of a test
    return lambda name: b"".join(store.get(name))


def test_a_file_and_its_folder_are_on_disk_before_it_is_said_to_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is watched; that it suffices is shown by the power cuts."""
    store, done = Folder(tmp_path), []
    sync, rename = os.fsync, Path.rename
    monkeypatch.setattr(
        os, "fsync", lambda one: (done.append(("fsync", str(Path(f"/proc/self/fd/{one}").readlink()))), sync(one))
    )
    monkeypatch.setattr(Path, "rename", lambda one, to: (done.append(("rename", str(to))), rename(one, to))[1])
    store.put(NAME, [b"x"])
    target = tmp_path / "ab" / NAME
    (first, draft), second, third = done
    assert (first, Path(draft).parent) == ("fsync", tmp_path / "arriving")
    assert second == ("rename", str(target))
    assert third == ("fsync", str(target.parent))


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    Folder(tmp_path / "blobs").put(NAME, [b"x"])
    for path in (tmp_path / "blobs").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("number", "kind"), [(errno.EIO, StorageFailed), (errno.ENOSPC, StorageFull)])
def test_after_a_failed_fsync_nothing_is_kept_and_the_file_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[StorageFailed]
) -> None:
    """No disk here fails on demand, so the call does; the kernel may count the pages as written after it."""
    store, times = Folder(tmp_path), []

    def fails(one: int) -> None:
        times.append(one)
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        with pytest.raises(kind) as caught:
            store.put(NAME, [b"x"])
    assert type(caught.value) is kind
    assert len(times) == 1
    assert not store.exists(NAME)
    assert store.clear_drafts(None) == 0
    store.put(NAME, [b"x"])
    assert whole(store) == b"x"


def test_drafts_of_a_killed_process_are_cleared_by_their_age(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    for name, age in (("old", 7200), ("new", 10)):
        path = tmp_path / "arriving" / name
        path.write_bytes(b"x")
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    hour_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    assert store.clear_drafts(hour_ago) == 1
    assert [path.name for path in (tmp_path / "arriving").iterdir()] == ["new"]
    assert store.clear_drafts(None) == 1


def test_drafts_of_a_bucket_have_no_name_on_the_disk(server: S3Server, tmp_path: Path) -> None:
    store = S3(place(server.bucket()), tmp_path / "spool")
    draft = store.draft()
    draft.write(some(1000))
    assert list((tmp_path / "spool").iterdir()) == []
    draft.drop()


def test_an_absent_server_or_bucket_is_a_failure_and_not_an_absence(server: S3Server, tmp_path: Path) -> None:
    good = server.bucket()
    for address in (good.replace(str(server.port), "1"), good.replace("test-", "none-")):
        store = S3(place(address), tmp_path)
        with pytest.raises(StorageFailed) as caught:
            store.put(NAME, [b"x"])
        assert not isinstance(caught.value, StorageFull | Damaged)
        with pytest.raises(StorageFailed):
            list(store.names())


def test_a_key_that_the_server_does_not_know_is_a_failure(server: S3Server, tmp_path: Path) -> None:
    address = server.bucket().replace("S3RVER:", "NOBODY:", 1)
    with pytest.raises(StorageFailed):
        S3(place(address), tmp_path).put(NAME, [b"x"])


def test_the_address_of_a_bucket_is_read_whole() -> None:
    found = place("s3://key:se%2Fcret@store.example:9000/samples?region=eu-west-3")
    assert found == ("https://store.example:9000", "samples", "eu-west-3", "key", "se/cret")
    assert place("s3://a:b@[::1]:9/c?tls=no").endpoint == "http://[::1]:9"
    for lacking in ("s3://host/bucket", "s3://a:b@host/", "s3://a:b@/bucket", "s3://a@host/bucket"):
        with pytest.raises(StorageFailed):
            place(lacking)
