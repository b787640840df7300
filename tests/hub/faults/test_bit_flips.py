"""One changed bit, wherever it lies, is noticed, and nothing of a changed file is handed out."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from vault_making import parts, some

from luciole.hub.members.policy import Actor
from luciole.hub.samples import uploads
from luciole.hub.samples.failures import Damaged, StorageFailed
from luciole.hub.samples.handin import About, hand_in
from luciole.hub.samples.models import Blob, HandIn, Piece
from luciole.hub.samples.vault import Vault

APP = some(700_000)
PLACES = 200


def path_of(tmp_path: Path, name: str) -> Path:
    return tmp_path / "blobs" / name[:2] / name


def flipped(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def test_a_flipped_bit_in_any_of_200_places_is_found_by_reading_and_by_the_scrub_and_never_handed_out(
    tmp_path: Path,
    folder_vault: Vault,
    actor: Actor,
) -> None:
    from django.utils import timezone

    blob = hand_in(actor, parts(APP), About(), into=folder_vault).sample.blob
    path = path_of(tmp_path, blob.name)
    good, chance = path.read_bytes(), random.Random(7)  # noqa: S311 - places of a test
    ends = [0, 7, 32 * 8 - 1, 32 * 8, len(good) * 8 - 1, (len(good) - 16) * 8]
    places = ends + [chance.randrange(len(good) * 8) for _ in range(PLACES - len(ends))]
    noticed, handed_out = 0, 0
    for place in places:
        path.write_bytes(flipped(good, place))
        Blob.objects.update(state="stored")
        for read in (folder_vault.chunks, lambda one: [folder_vault.read(one, 1 << 30)]):
            with pytest.raises(Damaged):
                handed_out += sum(len(chunk) for chunk in read(blob))
        assert Blob.objects.get().state == "damaged"
        Blob.objects.update(state="stored", scrubbed_at=None)
        now = timezone.now()
        found = folder_vault.scrub(now, now, 1 << 30)
        noticed += found.damaged == (bytes(blob.digest),) and Blob.objects.get().state == "damaged"
    assert (len(places), noticed, handed_out) == (PLACES, PLACES, 0)
    path.write_bytes(good)
    assert b"".join(folder_vault.chunks(blob)) == APP


def test_a_bit_that_flips_between_the_check_and_the_handing_out_ends_the_stream_before_it(
    tmp_path: Path,
    folder_vault: Vault,
    actor: Actor,
) -> None:
    blob = hand_in(actor, parts(APP), About(), into=folder_vault).sample.blob
    path = path_of(tmp_path, blob.name)
    stream = folder_vault.chunks(blob)
    path.write_bytes(flipped(path.read_bytes(), 400_000 * 8))
    handed_out = []
    with pytest.raises(Damaged):
        handed_out.extend(stream)
    assert APP[:399_000].startswith(b"".join(handed_out))


@pytest.mark.parametrize("column", ["wrapped_key", "digest", "size", "hub_key"])
def test_a_changed_row_opens_nothing(folder_vault: Vault, actor: Actor, column: str) -> None:
    blob = hand_in(actor, parts(APP), About(), into=folder_vault).sample.blob
    value = getattr(blob, column)
    places = range(len(value) * 8) if isinstance(value, bytes) else range(8)
    for place in places:
        if isinstance(value, bytes):
            changed: object = flipped(value, place)
        else:
            changed = value ^ 1 << place if isinstance(value, int) else value[:5] + f"{place:08x}"
        Blob.objects.update(**{column: changed}, state="stored")
        # A hub key that is not here is no damage of the file: it comes back with the key.
        with pytest.raises(StorageFailed if column == "hub_key" else Damaged):
            list(folder_vault.chunks(Blob.objects.get()))
        assert Blob.objects.get().state == ("stored" if column == "hub_key" else "damaged")


def test_keys_or_files_of_two_rows_that_were_swapped_open_nothing(
    tmp_path: Path,
    folder_vault: Vault,
    actor: Actor,
) -> None:
    one, two = (hand_in(actor, [some(size)], About(), into=folder_vault).sample.blob for size in (70_000, 70_001))
    first, second = path_of(tmp_path, one.name), path_of(tmp_path, two.name)
    first_bytes, second_bytes = first.read_bytes(), second.read_bytes()
    first.write_bytes(second_bytes)
    second.write_bytes(first_bytes)
    for blob in (one, two):
        with pytest.raises(Damaged):
            list(folder_vault.chunks(blob))
        # Even with the key that goes with the bytes it is not the file that the row names.
        other = two if blob is one else one
        blob.wrapped_key = other.wrapped_key
        with pytest.raises(Damaged):
            list(folder_vault.chunks(blob))


def test_a_flipped_bit_in_any_piece_of_an_upload_is_noticed_and_nothing_is_handed_in(
    tmp_path: Path,
    folder_vault: Vault,
    actor: Actor,
) -> None:
    upload = uploads.begin(actor, len(APP), About(), into=folder_vault)
    for at in (0, 300_000):
        uploads.append(actor, upload.pk, at, [APP[at : at + 300_000] if not at else APP[at:]], into=folder_vault)
    chance = random.Random(8)  # noqa: S311 - places of a test
    for piece in Piece.objects.all():
        path = path_of(tmp_path, piece.name)
        good = path.read_bytes()
        for _ in range(50):
            path.write_bytes(flipped(good, chance.randrange(len(good) * 8)))
            with pytest.raises(Damaged):
                uploads.finish(actor, upload.pk, into=folder_vault)
        path.write_bytes(good)
    one, two = (path_of(tmp_path, piece.name) for piece in Piece.objects.all())
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    with pytest.raises(Damaged):
        uploads.finish(actor, upload.pk, into=folder_vault)
    assert not HandIn.objects.exists()
    one.write_bytes(first)
    two.write_bytes(second)
    assert folder_vault.read(uploads.finish(actor, upload.pk, into=folder_vault).first.sample.blob, 1 << 30) == APP
