"""Archives under the usual password: each app file in one becomes a sample; what is no such archive is not opened."""
# ruff: noqa: F811 - fixtures come in by their names

from __future__ import annotations

import datetime as dt
import hashlib
import io
import struct
import subprocess
import sys
import threading
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from api_making import Caller, an_api_vault, caller, file_form, key_of  # noqa: F401 - fixtures
from real_hub import RealHub
from vault_making import parts

from luciole.hub.audit.models import Entry
from luciole.hub.members.models import Person
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Role, Tlp
from luciole.hub.samples import archives, unpacking
from luciole.hub.samples.about import About
from luciole.hub.samples.archives import Taken, take
from luciole.hub.samples.failures import NotTaken, QuotaReached, StorageFailed, TooLarge
from luciole.hub.samples.models import Blob, HandIn, Sample, Upload
from luciole.hub.samples.vault import Vault
from luciole.simulate.apps.build import build_apk

EMBARGO = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
ABOUT = About(file_name="case.zip", source="partner", tlp=Tlp.RED, note="as agreed", embargo_until=EMBARGO)


def an_app(number: int) -> bytes:
    return build_apk({"package": f"org.example.inert.n{number}", "label": f"Inert {number}"})


APPS = {f"n{number}.apk": an_app(number) for number in range(3)}


def packed(folder: Path, files: dict[str, bytes], *options: str, name: str = "packed.zip") -> bytes:
    """An archive that 7-Zip made."""
    inside = folder / uuid.uuid4().hex
    for one, data in files.items():
        path = inside / one
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    subprocess.run(
        ["7z", "a", *(options or ("-tzip", "-pinfected", "-mem=AES256")), f"../{inside.name}-{name}", "."],
        cwd=inside, check=True, capture_output=True,
    )  # fmt: skip
    return (folder / f"{inside.name}-{name}").read_bytes()


def taken(vault: Vault, actor: Actor, data: bytes, about: About = ABOUT, **named: Any) -> Taken:
    return take(actor, parts(data), about, into=vault, **named)


def bytes_of(vault: Vault, made: Taken) -> dict[str, bytes]:
    return {one.file_name: b"".join(vault.chunks(one.sample.blob)) for one in made.hand_ins}


AES = ("-tzip", "-pinfected", "-mem=AES256")
OLD = ("-tzip", "-pinfected", "-mem=ZipCrypto")
STORED = ("-tzip", "-pinfected", "-mem=AES128", "-mx=0")


@pytest.mark.parametrize("options", [AES, OLD, STORED], ids=["aes", "old", "stored"])
def test_every_app_of_an_archive_becomes_a_sample_with_what_was_said_of_the_archive(
    folder_vault: Vault, actor: Actor, tmp_path: Path, options: tuple[str, ...]
) -> None:
    archive = packed(tmp_path, APPS | {"read me.txt": b"notes"}, *options)
    made = taken(folder_vault, actor, archive)
    assert bytes_of(folder_vault, made) == APPS
    assert made.left_out == 1
    assert len({one.bundle for one in made.hand_ins}) == 1
    for one in made.hand_ins:
        assert (one.tlp, one.note, one.source, one.embargo_until) == ("red", "as agreed", "partner", EMBARGO)
        assert str(one.organisation_id) == actor.organisation
    assert Sample.objects.count() == len(APPS)  # the archive itself is none
    told = Entry.objects.filter(action="sample.submit")
    assert {one.detail["archive"] for one in told} == {hashlib.sha256(archive).hexdigest()}


def test_an_archive_that_info_zip_made_of_a_folder_is_opened_too(
    folder_vault: Vault, actor: Actor, tmp_path: Path
) -> None:
    folder = tmp_path / "of one case"
    (folder / "apps").mkdir(parents=True)
    for name, data in APPS.items():
        (folder / "apps" / name).write_bytes(data)
    subprocess.run(["zip", "-q", "-r", "-P", "infected", "../all.zip", "."], cwd=folder, check=True)
    made = taken(folder_vault, actor, (tmp_path / "all.zip").read_bytes())
    assert bytes_of(folder_vault, made) == APPS


def test_what_the_hub_gives_out_it_takes_back(folder_vault: Vault, actor: Actor) -> None:
    from luciole.hub.samples.fetching import Form, Manifest, _in_form

    app = APPS["n0.apk"]
    manifest = Manifest("f", "o", "2026-01-01T00:00:00Z", "research", hashlib.sha256(app).hexdigest(), len(app))
    given = b"".join(_in_form(Form.ZIP, manifest, iter([app]), "").chunks)
    made = taken(folder_vault, actor, given)
    assert list(bytes_of(folder_vault, made).values()) == [app]
    assert made.left_out == 1  # the manifest beside it


def test_an_app_that_sets_the_bit_of_encryption_is_an_app(folder_vault: Vault, actor: Actor) -> None:
    app = bytearray(APPS["n0.apk"])
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = app.find(signature)
        while at >= 0:
            app[at + flags] |= 1
            at = app.find(signature, at + 4)
    made = taken(folder_vault, actor, bytes(app))
    assert [bytes(one.sample.sha256) for one in made.hand_ins] == [hashlib.sha256(app).digest()]
    assert (made.hand_ins[0].bundle, made.hand_ins[0].file_name) == (None, "case.zip")


@pytest.mark.parametrize("data", [b"", b"P", b"PK", b"PK\3\4", b"7", b"Rar", APPS["n1.apk"], b"MZ" + bytes(100_000)])
def test_any_other_file_is_handed_in_as_it_is(folder_vault: Vault, actor: Actor, data: bytes) -> None:
    made = taken(folder_vault, actor, data)
    assert bytes_of(folder_vault, made) == {"case.zip": data}
    assert made.hand_ins[0].bundle is None


def refused(vault: Vault, actor: Actor, data: bytes) -> str:
    """What is said to somebody who hands this in. Nothing of it is there afterwards."""
    with pytest.raises(NotTaken) as error:
        taken(vault, actor, data)
    assert (HandIn.objects.count(), Sample.objects.count(), Blob.objects.count()) == (0, 0, 0)
    assert list(vault.blobs.names()) == []
    assert error.value.remedy == unpacking.HOW
    return error.value.message


@pytest.mark.parametrize("kind", ["-mem=AES256", "-mem=ZipCrypto"])
def test_another_password_is_told(folder_vault: Vault, actor: Actor, tmp_path: Path, kind: str) -> None:
    said = refused(folder_vault, actor, packed(tmp_path, APPS, "-tzip", "-pother", kind))
    # the old encryption tells one password in 256 from another only at the end of the file
    assert said in {unpacking.OTHER_PASSWORD, unpacking.DAMAGED, unpacking.CHANGED}
    assert kind != "-mem=AES256" or said == unpacking.OTHER_PASSWORD


def test_an_archive_without_an_app_is_refused(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    assert "no app file" in refused(folder_vault, actor, packed(tmp_path, {"a.txt": b"a", "b.png": b"\x89PNG" * 50}))


@pytest.mark.parametrize("options", [AES, ("-t7z", "-pinfected"), ("-tzip",)], ids=["zip", "7z", "plain"])
def test_an_archive_in_an_archive_is_not_opened(
    folder_vault: Vault, actor: Actor, tmp_path: Path, options: tuple[str, ...]
) -> None:
    inner = packed(tmp_path, {"read.txt": b"x" * 100, "n0.bin": APPS["n0.apk"]}, *options, name="inner.bin")
    assert "other archives" in refused(folder_vault, actor, packed(tmp_path, {"inner.apk.zip": inner}))


def test_7z_and_rar_are_refused_with_what_to_do(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    for data in (packed(tmp_path, APPS, "-t7z", "-pinfected", name="x.7z"), b"Rar!\x1a\x07\x01\x00" + bytes(100)):
        assert "of this kind" in refused(folder_vault, actor, data)


def test_a_cut_or_changed_archive_is_refused(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    archive = packed(tmp_path, APPS, *STORED)
    assert refused(folder_vault, actor, archive[:-400]) == unpacking.DAMAGED
    changed = bytearray(archive)
    changed[len(archive) // 2] ^= 1
    assert refused(folder_vault, actor, bytes(changed)) in {unpacking.CHANGED, unpacking.DAMAGED}


def test_names_in_an_archive_are_never_paths(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    import pyzipper

    out = io.BytesIO()
    names = [
        "../../../../tmp/outside.apk",
        "/etc/passwd",
        "C:\\Windows\\x.apk",
        "a/b\u202egpj.apk",
        "x" * 3000 + ".apk",
    ]
    with pyzipper.AESZipFile(out, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"infected")
        for number, name in enumerate(names):
            archive.writestr(name, an_app(number))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    made = taken(folder_vault, actor, out.getvalue())
    shown = [one.file_name for one in made.hand_ins]
    assert shown[:4] == ["outside.apk", "passwd", "x.apk", "bgpj.apk"]
    assert len(shown[4]) == 255
    assert shown[4].endswith(".apk")
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert len([path for path in new if "blobs" in str(path) or len(path.name) > 60]) >= len(names)
    assert not [path for path in new if b"AndroidManifest" in path.read_bytes()]


def test_names_from_a_survivors_device_are_not_kept(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    about = About(file_name="Anna.zip", from_survivor=True, consent="survivor-1")
    made = taken(folder_vault, actor, packed(tmp_path, {"Anna's phone.apk": APPS["n0.apk"]}), about)
    assert [one.file_name for one in made.hand_ins] == ["file.apk"]


def test_the_same_app_twice_in_an_archive_is_one_hand_in_and_again_another(
    folder_vault: Vault, actor: Actor, tmp_path: Path
) -> None:
    app = APPS["n0.apk"]
    archive = packed(tmp_path, {f"copy{number}.apk": app for number in range(60)} | {"n1.apk": APPS["n1.apk"]})
    assert len(taken(folder_vault, actor, archive).hand_ins) == 2
    assert len(taken(folder_vault, actor, archive).hand_ins) == 2
    assert (Sample.objects.count(), HandIn.objects.count(), Blob.objects.count()) == (2, 4, 2)
    assert len(list(folder_vault.blobs.names())) == 2


def test_more_apps_than_are_taken_at_once_are_none(
    folder_vault: Vault, actor: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST_APPS", 2)
    assert refused(folder_vault, actor, packed(tmp_path, APPS)) == unpacking.TOO_MANY


def test_more_files_than_are_looked_at_are_none(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    many = {f"{number}.txt": b"x" for number in range(unpacking.MOST_MEMBERS + 1)}
    assert refused(folder_vault, actor, packed(tmp_path, many)) == unpacking.TOO_MANY


def with_sizes(archive: bytes, size: int) -> bytes:
    """The archive with another size written for each file in its directory."""
    out = bytearray(archive)
    at = out.find(b"PK\1\2")
    while at >= 0:
        out[at + 24 : at + 28] = struct.pack("<I", size)
        at = out.find(b"PK\1\2", at + 4)
    return bytes(out)


def test_nothing_is_inflated_beyond_what_it_says_or_may(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    archive = packed(tmp_path, {"zeros.apk": b"PK" + bytes(50_000_000)})
    assert len(archive) < 100_000
    assert refused(folder_vault, actor, with_sizes(archive, unpacking.LARGEST_MEMBER + 1)) == unpacking.TOO_LARGE
    for lie in (1_000, 60_000_000):
        assert refused(folder_vault, actor, with_sizes(archive, lie)) in {unpacking.CHANGED, unpacking.DAMAGED}


def test_files_that_would_together_be_too_large_are_none(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    archive = packed(tmp_path, {f"{number}.apk": bytes(1000) for number in range(5)})
    each = unpacking.MOST_INFLATED // 5 + 1
    assert refused(folder_vault, actor, with_sizes(archive, each)) == unpacking.TOO_LARGE


def test_an_archive_that_is_too_large_is_not_received_to_its_end(
    folder_vault: Vault, actor: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGEST_ARCHIVE", 100_000)
    archive = packed(tmp_path, {"n0.apk": APPS["n0.apk"], "x.bin": uuid.uuid4().bytes * 100}, *STORED)
    sent: list[int] = []

    def chunks() -> Any:
        for number in range(1_000):
            sent.append(number)
            yield archive if not number else bytes(60_000)

    with pytest.raises(TooLarge):
        take(actor, chunks(), ABOUT, into=folder_vault)
    assert len(sent) <= 4


def test_where_one_app_finds_no_room_none_is_handed_in(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    folder_vault.quota = len(APPS["n0.apk"]) + len(APPS["n1.apk"]) // 2
    with pytest.raises(QuotaReached):
        taken(folder_vault, actor, packed(tmp_path, APPS))
    assert (HandIn.objects.count(), Sample.objects.count(), Blob.objects.count()) == (0, 0, 0)
    assert list(folder_vault.blobs.names()) == []


def test_what_fails_at_the_end_undoes_every_app(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    def fail(_: Taken) -> None:
        raise StorageFailed("no")

    with pytest.raises(StorageFailed):
        taken(folder_vault, actor, packed(tmp_path, APPS), within=fail)
    assert (HandIn.objects.count(), Sample.objects.count()) == (0, 0)


def test_the_archive_must_be_the_one_that_was_announced(folder_vault: Vault, actor: Actor, tmp_path: Path) -> None:
    archive = packed(tmp_path, APPS)
    with pytest.raises(NotTaken):
        taken(folder_vault, actor, archive, expect=bytes(32))
    assert taken(folder_vault, actor, archive, expect=hashlib.sha256(archive).digest()).left_out == 0


def test_while_one_archive_is_opened_another_is_told_to_come_again(
    folder_vault: Vault, actor: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = threading.BoundedSemaphore(1)
    monkeypatch.setattr(archives, "_turn", turn)
    monkeypatch.setattr(archives, "_PATIENCE", 0.01)
    with turn, pytest.raises(StorageFailed) as error:
        taken(folder_vault, actor, packed(tmp_path, APPS))
    assert error.value.status == 503
    assert len(taken(folder_vault, actor, packed(tmp_path, APPS)).hand_ins) == 3


def test_many_who_hand_in_overlapping_archives_wait_for_each_other_and_do_not_lock(
    folder_vault: Vault, actor: Actor, tmp_path: Path, run_at_once: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_turn", threading.BoundedSemaphore(4))
    both = [packed(tmp_path, dict(order)) for order in (list(APPS.items()), list(APPS.items())[::-1])]
    run_at_once(lambda number: taken(folder_vault, actor, both[number % 2]), 4)
    assert (Sample.objects.count(), HandIn.objects.count(), Blob.objects.count()) == (3, 12, 3)
    assert len(list(folder_vault.blobs.names())) == 3


# The ways in.


def test_over_the_api_the_first_is_answered_and_the_others_stand_beside_it_once(caller: Caller, tmp_path: Path) -> None:
    archive = packed(tmp_path, APPS | {"x.txt": b"x"})
    sent = file_form(archive, {"tlp": "green", "note": "n"}, name="c.zip")
    one = caller.post("/samples", **sent, headers={"Idempotency-Key": "k"})
    assert one.status_code == 201, one.content
    made = one.json()
    everything = {made["sha256"], *(other["sha256"] for other in made["also"])}
    assert everything == {hashlib.sha256(data).hexdigest() for data in APPS.values()}
    assert {made["tlp"], *(other["tlp"] for other in made["also"])} == {"green"}
    assert {made["bundle"]} == {other["bundle"] for other in made["also"]}
    assert made["left_out"] == 1
    again = caller.post("/samples", **sent, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.json()) == (201, made)
    assert HandIn.objects.count() == 3


def test_over_the_api_a_refusal_says_what_to_do(caller: Caller, tmp_path: Path) -> None:
    answer = caller.post("/samples", **file_form(packed(tmp_path, APPS, "-tzip", "-pother", "-mem=AES256"), {}))
    assert answer.status_code == 422
    assert "another password" in answer.json()["detail"]
    assert "Pack app files into a ZIP" in answer.json()["detail"]


def test_an_archive_in_pieces_is_handed_in_once_however_often_it_is_finished(caller: Caller, tmp_path: Path) -> None:
    archive = packed(tmp_path, APPS | {"x.txt": b"x"})
    begun = caller.post("/uploads", {"size": len(archive), "about": {"tlp": "red"}}).json()
    for at in range(0, len(archive), 70_000):
        piece = archive[at:] if len(archive) - at < 140_000 else archive[at : at + 70_000]
        answer = caller.patch(
            f"/uploads/{begun['id']}", piece, "application/octet-stream", headers={"Upload-Offset": str(at)}
        )
        assert answer.status_code == 200, answer.content
        if len(piece) != 70_000:
            break
    said = {"sha256": hashlib.sha256(archive).hexdigest()}
    one, two = (caller.post(f"/uploads/{begun['id']}/finish", said) for _ in range(2))
    assert one.status_code == two.status_code == 201, one.content
    assert len(one.json()["also"]) == 2
    assert one.json()["left_out"] == 1
    assert two.json()["sha256"] == one.json()["sha256"]
    assert {other["id"] for other in two.json()["also"]} == {other["id"] for other in one.json()["also"]}
    assert two.json()["left_out"] == 1
    assert HandIn.objects.count() == 3
    assert Upload.objects.get().pieces.count() == 0


def test_by_the_page_an_archive_and_a_file_go_in_together(
    signed_in: Callable[..., Any], a_person: Callable[..., Person], tmp_path: Path
) -> None:
    browser = signed_in(a_person(Role.ANALYST))
    archive = io.BytesIO(packed(tmp_path, APPS | {"x.txt": b"x"}))
    archive.name = "case.zip"
    single = io.BytesIO(an_app(9))
    single.name = "nine.apk"
    said = {"source": "partner", "tlp": "amber", "note": "n", "file": [archive, single], "complete": "yes"}
    answer = browser.post("/samples/hand-in", said, follow=True)
    assert answer.redirect_chain == [("/samples/own", 303)]
    text = answer.content.decode()
    assert "Received: 4." in text
    assert "1 file in an archive is no app file and was left out." in text
    assert all(name in text for name in (*APPS, "nine.apk"))
    assert HandIn.objects.exclude(bundle=None).count() == 3


def test_by_the_page_a_refused_archive_is_told_with_what_to_do(
    signed_in: Callable[..., Any], a_person: Callable[..., Person], tmp_path: Path
) -> None:
    browser = signed_in(a_person(Role.ANALYST))
    archive = io.BytesIO(packed(tmp_path, {"x.txt": b"x"}))
    archive.name = "case.zip"
    answer = browser.post("/samples/hand-in", {"source": "other", "tlp": "amber", "file": [archive], "complete": "yes"})
    assert answer.status_code == 422
    assert "This archive holds no app file." in answer.content.decode()
    assert "Pack app files into a ZIP archive" in answer.content.decode()


def test_python_agrees_which_files_of_an_archive_are_encrypted(tmp_path: Path) -> None:
    for options, encrypted in ((AES, True), (OLD, True), (("-tzip",), False)):
        data = packed(tmp_path, APPS, *options)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [one for one in archive.infolist() if not one.is_dir()]
        assert {bool(one.flag_bits & 1) for one in files} == {encrypted}
        assert unpacking.is_encrypted_archive(data[: 1 << 16]) is encrypted


def test_killed_before_the_end_nothing_is_handed_in_and_what_was_written_is_swept(
    real_hub: RealHub, tmp_path: Path
) -> None:
    archive = tmp_path / "killed.zip"
    archive.write_bytes(packed(tmp_path, APPS))
    killed = """
import os, signal
from pathlib import Path
from luciole.hub.samples.archives import take
{way}
take(an_analyst(), [Path({archive!r}).read_bytes()], About(file_name="a.zip"){within})
print("not killed")
"""
    in_transaction = killed.format(
        way="kill = lambda _: os.kill(os.getpid(), signal.SIGKILL)", archive=str(archive), within=", within=kill"
    )
    after_second = killed.format(
        way="""
from luciole.hub.samples import handin
keep, kept = handin._File.keep, []
def keeping(file):
    keep(file)
    kept.append(file)
    if len(kept) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
handin._File.keep = keeping""",
        archive=str(archive), within="",
    )  # fmt: skip
    for code in (in_transaction, after_second):
        with pytest.raises(AssertionError):
            real_hub.script(code)
    counted = real_hub.script("""
from django.utils import timezone
from luciole.hub.samples.models import Blob, HandIn, Holding, Sample
from luciole.hub.samples.sweeping import sweep
from luciole.hub.samples.vault import current
before = len(list(current().blobs.names()))
sweep(current(), timezone.now())
print(HandIn.objects.count(), Sample.objects.count(), Blob.objects.count(), before, len(list(current().blobs.names())))
""")
    assert counted == "0 0 0 5 0"
    again = real_hub.script(killed.format(way="", archive=str(archive), within=""))
    assert again == "not killed"
    assert real_hub.script("from luciole.hub.samples.models import HandIn; print(HandIn.objects.count())") == "3"
