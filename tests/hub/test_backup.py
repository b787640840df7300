"""Backups: made while the hub works, whole or refused, and a hub again from nothing."""

from __future__ import annotations

import io
import random
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyrage
import pytest
from real_hub import RealHub

from luciole.hub.site.archive import About, BackupProblem, Entry, Reading, write
from luciole.hub.site.restore import Source, restore

ABOUT = About(1, "0", "2026-01-01T00:00:00+00:00", "sqlite", "yes", blobs=True, head={})
FLIPS = 200


class Key:
    """An age identity in a file, as an operator keeps it."""

    def __init__(self, folder: Path) -> None:
        self.identity = pyrage.x25519.Identity.generate()
        self.public = str(self.identity.to_public())
        self.path = folder / f"{self.public[-8:]}.key"
        self.path.write_text(f"# public key: {self.public}\n{self.identity}\n", "ascii")


@pytest.fixture
def key(tmp_path: Path) -> Key:
    return Key(tmp_path)


def an_archive(path: Path, key: Key, *entries: Entry) -> Path:
    """A small backup, of entries that hold several chunks of age's."""
    ordinary = (Entry("database", 150_000, [b"d" * 150_000]), Entry("keys/audit", 3, [b"abc"]))
    write(path, ABOUT, entries or ordinary, [key.identity.to_public()])
    return path


def read(path: Path, key: Key) -> list[str]:
    with Reading(path, key.identity) as reading:
        return [name for name, _, chunks in reading.entries() if b"".join(chunks) is not None]


def test_age_and_tar_open_a_backup_without_us(tmp_path: Path, key: Key) -> None:
    path = an_archive(tmp_path / "b", key)
    plain = subprocess.run(["age", "-d", "-i", str(key.path), str(path)], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        assert tar.getnames() == ["about.json", "database", "keys/audit", "end.json"]
        assert tar.extractfile("keys/audit").read() == b"abc"  # type: ignore[union-attr]


def test_every_flipped_bit_is_noticed(tmp_path: Path, key: Key) -> None:
    path = an_archive(tmp_path / "b", key)
    whole = path.read_bytes()
    assert read(path, key) == ["about.json", "database", "keys/audit"]
    chosen = random.Random(7)  # noqa: S311 - bytes of a test
    for _ in range(FLIPS):
        changed = bytearray(whole)
        changed[chosen.randrange(len(whole))] ^= 1 << chosen.randrange(8)
        path.write_bytes(changed)
        with pytest.raises(BackupProblem):
            read(path, key)


@pytest.mark.parametrize("kept", [0, 1, 200, 65_536, 131_272, -1])
def test_a_backup_that_ends_early_is_noticed(tmp_path: Path, key: Key, kept: int) -> None:
    path = an_archive(tmp_path / "b", key)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BackupProblem):
        read(path, key)


def test_a_stream_that_was_ended_on_purpose_before_its_last_entry_is_noticed(tmp_path: Path, key: Key) -> None:
    """Whoever has the public key can encrypt something else; it must at least be whole in itself."""
    path = an_archive(tmp_path / "b", key)
    plain = pyrage.decrypt(path.read_bytes(), [key.identity])
    path.write_bytes(pyrage.encrypt(plain[: plain.index(b"end.json")], [key.identity.to_public()]))
    with pytest.raises(BackupProblem, match=r"cut|no backup"):
        read(path, key)


def test_another_key_is_told_apart_from_damage(tmp_path: Path, key: Key) -> None:
    with pytest.raises(BackupProblem, match="does not open"):
        read(an_archive(tmp_path / "b", key), Key(tmp_path))


@pytest.mark.parametrize("name", ["../evil", "/evil", "keys/../evil", "blobs/../evil", "blobs/", "keys/a/b", "evil"])
def test_names_of_entries_are_never_paths(tmp_path: Path, key: Key, name: str) -> None:
    path = an_archive(tmp_path / "b", key, Entry(name, 4, [b"evil"]))
    with pytest.raises(BackupProblem, match="something else"):
        restore(Source(path, key.identity, str), tmp_path / "new", {})
    assert not list(tmp_path.rglob("*evil*"))
    assert not (tmp_path / "new").exists()


def test_what_cannot_be_read_to_its_end_leaves_no_file(tmp_path: Path, key: Key) -> None:
    def breaks() -> Iterator[bytes]:
        yield b"half"
        raise OSError(5, "a disk that breaks")

    with pytest.raises(OSError, match="breaks"):
        an_archive(tmp_path / "b", key, Entry("database", 8, breaks()))
    assert [path.name for path in tmp_path.iterdir()] == [key.path.name]


def test_an_entry_that_changes_its_size_meanwhile_leaves_no_file(tmp_path: Path, key: Key) -> None:
    with pytest.raises(BackupProblem, match="changed"):
        an_archive(tmp_path / "b", key, Entry("database", 8, [b"seven.."]))
    assert not (tmp_path / "b").exists()


def test_a_backup_never_replaces_another(tmp_path: Path, key: Key) -> None:
    path = an_archive(tmp_path / "b", key)
    before = path.read_bytes()
    with pytest.raises(BackupProblem, match="exists"):
        an_archive(path, key)
    assert path.read_bytes() == before


INGEST = """
from pathlib import Path
actor = an_analyst()
print("ready", flush=True)
number = 0
while True:
    number += 1
    made = hand_in(actor, [number.to_bytes(8, "big") * 2000], About(file_name="a.bin"))
    print(bytes(made.sample.sha256).hex(), flush=True)
"""
DIGESTS = """
from luciole.hub.samples.models import Sample
print("\\n".join(bytes(one).hex() for one in Sample.objects.values_list("sha256", flat=True)))
"""


def test_a_backup_under_load_holds_all_that_was_acknowledged_before_it_began(
    real_hub: RealHub, key: Key, tmp_path: Path, new_database: Callable[[], dict[str, str]]
) -> None:
    real_hub.script("an_analyst()")
    from real_hub import _PRELUDE

    writer = subprocess.Popen(
        [sys.executable, "-c", _PRELUDE + INGEST], env=real_hub.variables(None), stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    try:
        assert writer.stdout.readline() == "ready\n"
        acknowledged = [writer.stdout.readline().strip() for _ in range(40)]
        made = real_hub.run("backup", str(tmp_path / "b"), "--to", key.public)
        assert made.returncode == 0, made.stderr
        assert writer.poll() is None
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    anew = RealHub(tmp_path / "anew", new_database())
    done = anew.run("restore", str(tmp_path / "b"), str(anew.folder), "--identity", str(key.path))
    assert done.returncode == 0, done.stderr
    assert set(acknowledged) <= set(anew.script(DIGESTS).split())
    whole = anew.run("check-integrity", "--json")
    assert whole.returncode == 0, whole.stdout
    assert anew.run("doctor").returncode == 0


def test_nobody_is_signed_in_where_a_backup_was_restored(
    real_hub: RealHub, key: Key, tmp_path: Path, new_database: Callable[[], dict[str, str]]
) -> None:
    """Else a sign-in that was ended since, because somebody lost their phone, would hold again."""
    sessions = "\nfrom django.contrib.sessions.models import Session\n"
    real_hub.script(sessions + "from django.contrib.sessions.backends.db import SessionStore\nSessionStore().create()")
    assert real_hub.script(sessions + "print(Session.objects.count())") == "1"
    assert real_hub.run("backup", str(tmp_path / "b"), "--to", key.public).returncode == 0
    anew = RealHub(tmp_path / "anew", new_database())
    done = anew.run("restore", str(tmp_path / "b"), str(anew.folder), "--identity", str(key.path))
    assert done.returncode == 0, done.stderr
    assert anew.script(sessions + "print(Session.objects.count())") == "0"


def test_a_wrong_key_and_a_flipped_byte_leave_the_place_empty(
    real_hub: RealHub, key: Key, tmp_path: Path, new_database: Callable[[], dict[str, str]]
) -> None:
    real_hub.hand_in(3)
    path = tmp_path / "b"
    assert real_hub.run("backup", str(path), "--to", key.public).returncode == 0
    anew = RealHub(tmp_path / "anew", new_database())
    other = Key(tmp_path)
    wrong = anew.run("restore", str(path), str(anew.folder), "--identity", str(other.path))
    assert wrong.returncode == 11
    assert "does not open" in wrong.stderr
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    path.write_bytes(changed)
    flipped = anew.run("restore", str(path), str(anew.folder), "--identity", str(key.path))
    assert flipped.returncode == 11
    assert "changed or cut" in flipped.stderr
    assert not anew.folder.exists()
    assert not list(tmp_path.glob(".anew*"))


def test_a_restored_hub_that_is_not_whole_is_not_handed_over(
    real_hub: RealHub, key: Key, tmp_path: Path, new_database: Callable[[], dict[str, str]]
) -> None:
    """A file that was damaged before the backup is found, each time anew, so an emptied database is empty again."""
    real_hub.hand_in(2)
    blob = next(path for path in (real_hub.folder / "blobs").glob("??/*"))
    data = bytearray(blob.read_bytes())
    data[-1] ^= 1
    blob.write_bytes(data)
    assert real_hub.run("backup", str(tmp_path / "b"), "--to", key.public).returncode == 0
    anew = RealHub(tmp_path / "anew", new_database())
    for _ in range(2):
        done = anew.run("restore", str(tmp_path / "b"), str(anew.folder), "--identity", str(key.path))
        assert done.returncode == 11
        assert "not whole: files" in done.stderr
        assert not anew.folder.exists()


def test_a_missing_file_makes_no_backup(real_hub: RealHub, key: Key, tmp_path: Path) -> None:
    real_hub.hand_in(2)
    next(path for path in (real_hub.folder / "blobs").glob("??/*")).unlink()
    done = real_hub.run("backup", str(tmp_path / "b"), "--to", key.public)
    assert done.returncode == 11
    assert "check-integrity" in done.stderr
    assert not (tmp_path / "b").exists()
    assert not list(real_hub.folder.glob("backing-up-*"))


def test_keys_can_stay_away_or_be_locked(
    real_hub: RealHub, key: Key, tmp_path: Path, new_database: Callable[[], dict[str, str]]
) -> None:
    real_hub.hand_in(1)
    assert real_hub.run("backup", str(tmp_path / "b"), "--to", key.public, "--without-keys").returncode == 0
    settings = new_database()
    anew = RealHub(tmp_path / "anew", settings)
    without = anew.run("restore", str(tmp_path / "b"), str(anew.folder), "--identity", str(key.path))
    assert without.returncode == 11
    assert "without the keys" in without.stderr
    keys = str(real_hub.folder / "keys")
    done = anew.run("restore", str(tmp_path / "b"), str(anew.folder), "--identity", str(key.path), "--keys", keys)
    assert done.returncode == 0, done.stderr
    locked = real_hub.script(f"""
from pathlib import Path
from luciole.hub.site.backup import What, make, recipients_of
what = What(passphrase="open sesame")
print(make(settings, Path({str(tmp_path / "locked")!r}), recipients_of([{key.public!r}]), what).size)
""")
    assert int(locked) > 0
    for passphrase, works in (("wrong", False), ("open sesame", True)):
        environment = real_hub.variables(None) | new_database()
        source = Source(tmp_path / "locked", key.identity, lambda said=passphrase: said)
        if works:
            assert restore(source, tmp_path / "unlocked", environment).blobs == 1
        else:
            with pytest.raises(BackupProblem, match="passphrase"):
                restore(source, tmp_path / "unlocked", environment)


def test_a_place_that_is_not_empty_is_left_alone(tmp_path: Path, key: Key) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("mine")
    with pytest.raises(BackupProblem, match="not empty"):
        restore(Source(an_archive(tmp_path / "b", key), key.identity, str), tmp_path / "full", {})
    assert (tmp_path / "full" / "letter").read_text() == "mine"
