"""The hub's keys: kept for their owner alone, versioned, and never mistaken for another hub's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from Cryptodome.Cipher import AES
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from luciole.hub.site.keys import HubKeys, KeyProblem

SECRET = bytes(range(32))


@pytest.fixture
def keys(tmp_path: Path) -> HubKeys:
    return HubKeys.make(tmp_path)


def files(folder: Path) -> list[Path]:
    return sorted((folder / "keys").iterdir())


def test_a_wrapped_key_comes_back_and_is_not_readable_meanwhile(keys: HubKeys) -> None:
    wrapped, key_id = keys.wrap(SECRET)
    assert SECRET not in wrapped
    assert keys.unwrap(wrapped, key_id) == SECRET
    assert keys.wrap(SECRET)[0] != wrapped


def test_wrapping_is_what_the_description_says(keys: HubKeys, tmp_path: Path) -> None:
    wrapped, key_id = keys.wrap(SECRET)
    master = bytes.fromhex((tmp_path / "keys" / f"hub-{key_id}").read_text())
    cipher = AES.new(master, AES.MODE_GCM, nonce=wrapped[:12])
    cipher.update(key_id.encode())
    assert cipher.decrypt_and_verify(wrapped[12:-16], wrapped[-16:]) == SECRET


def test_any_changed_bit_of_a_wrapped_key_is_noticed(keys: HubKeys) -> None:
    wrapped, key_id = keys.wrap(SECRET)
    for place in range(len(wrapped) * 8):
        changed = bytearray(wrapped)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(KeyProblem):
            keys.unwrap(bytes(changed), key_id)
    for cut in range(len(wrapped)):
        with pytest.raises(KeyProblem):
            keys.unwrap(wrapped[:cut], key_id)


def test_keys_are_files_for_their_owner_alone(keys: HubKeys, tmp_path: Path) -> None:
    keys.rotate()
    assert len(files(tmp_path)) == 3
    assert {path.stat().st_mode & 0o777 for path in files(tmp_path)} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_making_keys_where_there_are_some_changes_nothing(keys: HubKeys, tmp_path: Path) -> None:
    before = [path.read_bytes() for path in files(tmp_path)]
    assert HubKeys.make(tmp_path).current == keys.current
    assert [path.read_bytes() for path in files(tmp_path)] == before


def test_a_new_key_wraps_from_then_on_and_the_old_one_still_unwraps(keys: HubKeys, tmp_path: Path) -> None:
    wrapped, old = keys.wrap(SECRET)
    new = keys.rotate()
    assert keys.current == new != old
    assert keys.wrap(SECRET)[1] == new
    assert HubKeys.load(tmp_path).unwrap(wrapped, old) == SECRET


def test_another_process_notices_a_new_key_at_once(keys: HubKeys, tmp_path: Path) -> None:
    other = HubKeys.load(tmp_path)
    wrapped, new = keys.wrap(SECRET)
    new = keys.rotate()
    assert other.wrap(SECRET)[1] == new
    wrapped, new = keys.wrap(SECRET)
    assert other.unwrap(wrapped, new) == SECRET


def test_a_retired_key_unwraps_nothing_and_the_current_one_cannot_be_retired(keys: HubKeys) -> None:
    wrapped, old = keys.wrap(SECRET)
    with pytest.raises(KeyProblem):
        keys.retire(old)
    keys.rotate()
    keys.retire(old)
    with pytest.raises(KeyProblem):
        keys.unwrap(wrapped, old)


def test_the_keys_of_another_hub_open_nothing_here(keys: HubKeys, tmp_path: Path) -> None:
    wrapped, key_id = keys.wrap(SECRET)
    other = HubKeys.make(tmp_path / "other")
    assert other.current != key_id
    with pytest.raises(KeyProblem, match=key_id):
        other.unwrap(wrapped, key_id)


@pytest.mark.parametrize("name", ["audit", "hub-"])
def test_a_key_that_others_can_read_is_refused_and_the_mending_is_named(
    keys: HubKeys, tmp_path: Path, name: str
) -> None:
    del keys
    path = next(path for path in files(tmp_path) if path.name.startswith(name))
    path.chmod(0o640)
    with pytest.raises(KeyProblem) as caught:
        HubKeys.load(tmp_path)
    assert str(path) in caught.value.message
    subprocess.run(caught.value.remedy.split(), check=True)
    HubKeys.load(tmp_path)


def test_any_changed_or_cut_key_file_is_noticed(keys: HubKeys, tmp_path: Path) -> None:
    path = tmp_path / "keys" / f"hub-{keys.current}"
    good = path.read_bytes()
    for place in range(64 * 8):
        changed = bytearray(good)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        if bytes(changed).lower() == good:
            continue  # the same digits in capitals
        with pytest.raises(KeyProblem):
            HubKeys.load(tmp_path)
    path.write_bytes(good[:20])
    with pytest.raises(KeyProblem):
        HubKeys.load(tmp_path)


def test_a_folder_without_keys_says_how_they_are_made(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem) as caught:
        HubKeys.load(tmp_path)
    assert "luciole hub init" in caught.value.remedy
    keys = HubKeys.make(tmp_path)
    (tmp_path / "keys" / f"hub-{keys.current}").unlink()
    with pytest.raises(KeyProblem):
        HubKeys.load(tmp_path)


def test_a_checkpoint_is_signed_so_that_openssl_agrees(keys: HubKeys, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    message = b"entry 5 " + os.urandom(20)
    signature = keys.sign(message)
    public = Ed25519PublicKey.from_public_bytes(keys.public)
    pem, text, sign = tmp_path / "pem", tmp_path / "text", tmp_path / "sign"
    pem.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    text.write_bytes(message)
    sign.write_bytes(signature)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-rawin", "-inkey", pem, "-in", text, "-sigfile", sign]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert keys.is_ours(signature, message)
    assert not keys.is_ours(signature, message + b".")
    assert not keys.is_ours(HubKeys.make(tmp_path / "other").sign(message), message)
