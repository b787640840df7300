"""Every operation of the API on samples: what it answers, to whom, and what it refuses."""
# ruff: noqa: F811 - fixtures come in by their names

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest
import pyzipper

sys.path.insert(0, str(Path(__file__).parent))

from api_making import Caller, about, an_api_vault, caller, file_form, handed, key_of  # noqa: F401 - fixtures
from vault_making import some

from luciole.hub.audit.models import Entry
from luciole.hub.members.models import Organisation
from luciole.hub.members.words import Kind, Scope
from luciole.hub.samples.models import Fetch, HandIn, Sample

APP = some(300_000)
DIGEST = hashlib.sha256(APP).hexdigest()


def test_a_file_is_handed_in_by_one_request_and_told_back(caller: Caller) -> None:
    answer = caller.post("/samples", **file_form(APP, {"tlp": "green", "purposes": ["detection"], "note": "seen"}))
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert (said["sha256"], said["tlp"], said["file_name"], said["is_own"]) == (DIGEST, "green", "app.apk", True)
    assert answer["Location"] == f"/api/v1/samples/{DIGEST}"
    assert Sample.objects.get().size == len(APP)


def test_a_form_that_breaks_off_or_has_no_end_is_no_file(caller: Caller) -> None:
    form = file_form(APP, {})
    for body in (form["data"][:-40], form["data"][:200], b"", form["data"].replace(b'name="file"', b'name="fill"')):
        assert caller.post("/samples", data=body, content_type=form["content_type"]).status_code in {400, 422}
    assert not HandIn.objects.exists()


def test_a_file_that_is_not_the_one_that_was_announced_is_refused(caller: Caller) -> None:
    other = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    answer = caller.post("/samples", **file_form(APP, {}), headers={"Repr-Digest": f"sha-256=:{other}:"})
    assert (answer.status_code, HandIn.objects.count()) == (422, 0)
    right = base64.b64encode(hashlib.sha256(APP).digest()).decode()
    assert (
        caller.post("/samples", **file_form(APP, {}), headers={"Repr-Digest": f"sha-256=:{right}:"}).status_code == 201
    )


@pytest.mark.parametrize(
    "said",
    [{"tlp": "pink"}, {"unknown": 1}, {"note": "a\0b"}, {"from_survivor": True}, {"embargo_until": "2026-01-01"}],
)
def test_what_is_said_wrongly_of_a_file_is_a_problem_with_its_place(caller: Caller, said: dict[str, Any]) -> None:
    answer = caller.post("/samples", **file_form(APP, said))
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"


def test_an_upload_in_pieces_goes_on_where_it_stands_and_ends_once(caller: Caller) -> None:
    begun = caller.post("/uploads", {"size": len(APP), "about": {"tlp": "green"}}).json()
    address = f"/uploads/{begun['id']}"
    first = caller.patch(address, APP[:100_000], "application/octet-stream", headers={"Upload-Offset": "0"})
    assert first.json()["received"] == 100_000
    again = caller.patch(address, APP[:100_000], "application/octet-stream", headers={"Upload-Offset": "0"})
    assert (again.status_code, again.json()["expected"]) == (409, 100_000)
    assert caller.post(f"{address}/finish", {}).status_code == 409
    caller.patch(address, APP[100_000:], "application/octet-stream", headers={"Upload-Offset": "100000"})
    done = [caller.post(f"{address}/finish", {"sha256": DIGEST}) for _ in range(2)]
    assert [one.status_code for one in done] == [201, 201]
    assert done[0].json() == done[1].json()
    assert HandIn.objects.count() == 1
    assert caller.get(address).json()["hand_in"] == done[0].json()["id"]


def test_an_upload_is_seen_by_its_own_key_alone_and_can_be_given_up(
    caller: Caller, key_of: Callable[..., Caller]
) -> None:
    address = f"/uploads/{caller.post('/uploads', {'size': 10}).json()['id']}"
    assert key_of(Scope.SUBMIT).get(address).status_code == 404
    assert caller.delete(address).status_code == 204
    assert caller.get(address).status_code == 404


def test_an_idempotency_key_makes_one_hand_in_of_two_requests(caller: Caller) -> None:
    form, named = file_form(APP, {}), {"Idempotency-Key": "one"}
    first, second = (caller.post("/samples", **form, headers=named) for _ in range(2))
    assert (first.status_code, second.status_code, HandIn.objects.count()) == (201, 201, 1)
    assert first.json() == second.json()
    assert (second["Idempotency-Replayed"], second["Location"]) == ("true", first["Location"])
    other = caller.post("/uploads", {"size": 1}, headers=named)
    assert other.status_code == 422
    assert caller.post("/samples", **form, headers={"Idempotency-Key": "two"}).status_code == 201
    assert HandIn.objects.count() == 2


def test_the_same_idempotency_key_of_two_keys_is_two(caller: Caller, key_of: Callable[..., Caller]) -> None:
    for one in (caller, key_of(Scope.SUBMIT)):
        assert "Idempotency-Replayed" not in one.post("/uploads", {"size": 1}, headers={"Idempotency-Key": "one"})


def test_what_failed_may_be_tried_again_with_its_idempotency_key(caller: Caller) -> None:
    named = {"Idempotency-Key": "one"}
    assert caller.post("/uploads", {"size": -1}, headers=named).status_code == 422
    assert caller.post("/uploads", {"size": 1}, headers=named).status_code == 201


def test_two_requests_with_one_idempotency_key_at_the_same_moment_are_one(
    caller: Caller, run_at_once: Callable[[Callable[[int], object], int], None]
) -> None:
    statuses: list[int] = []
    form = file_form(APP, {})

    def ask(_: int) -> None:
        statuses.append(caller.post("/samples", **form, headers={"Idempotency-Key": "one"}).status_code)

    run_at_once(ask, 8)
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert HandIn.objects.count() == 1


def test_lists_are_paged_by_cursors_that_nobody_else_can_make(caller: Caller) -> None:
    for number in range(5):
        handed(caller, some(1_000, number))
    seen, after = [], ""
    while after is not None:
        page = caller.get(f"/samples?limit=2&after={after}").json()
        seen += [one["sha256"] for one in page["samples"]]
        after = page["next"]
    assert seen == [hashlib.sha256(some(1_000, number)).hexdigest() for number in reversed(range(5))]
    first = caller.get("/samples?limit=2").json()["next"]
    assert caller.get(f"/samples?limit=2&after={first}&query=kind:apk").status_code == 422
    assert caller.get(f"/hand-ins?after={first}").status_code == 422
    assert caller.get(f"/samples?after={first[:-2]}AA").status_code == 422
    own = caller.get("/hand-ins?limit=3").json()
    rest = caller.get(f"/hand-ins?limit=3&after={own['next']}").json()
    assert len({one["id"] for one in own["hand_ins"] + rest["hand_ins"]}) == 5
    assert rest["next"] is None


def test_a_search_that_cannot_be_understood_says_where(caller: Caller) -> None:
    answer = caller.get("/samples?query=package:x (")
    assert (answer.status_code, "place" in answer.json()) == (422, True)


def test_an_answer_that_did_not_change_is_not_sent_again(caller: Caller) -> None:
    handed(caller, APP)
    first = caller.get(f"/samples/{DIGEST}")
    assert first.status_code == 200
    again = caller.get(f"/samples/{DIGEST}", headers={"If-None-Match": f'"x", W/{first["ETag"]}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    caller.post(f"/samples/{DIGEST}/comments", {"text": "hello"})
    comments = caller.get(f"/samples/{DIGEST}/comments")
    assert caller.get(f"/samples/{DIGEST}/comments", headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert [one["text"] for one in comments.json()] == ["hello"]


def test_a_sample_that_is_not_shared_answers_like_one_that_is_not_there(
    caller: Caller, key_of: Callable[..., Caller]
) -> None:
    handed(caller, APP, tlp="red")
    other = key_of(Scope.READ, Scope.SUBMIT, Scope.FETCH)
    absent = "0" * 64
    for path in ("", "/result", "/facts", "/relatives", "/hand-ins", "/comments"):
        answers = [other.get(f"/samples/{one}{path}") for one in (DIGEST, absent)]
        assert [one.status_code for one in answers] == [404, 404]
        assert _plain(answers[0]) == _plain(answers[1])
    fetches = [other.post(f"/samples/{one}/fetches", {"purpose": "research"}) for one in (DIGEST, absent)]
    assert [one.status_code for one in fetches] == [404, 404]
    assert other.post(f"/samples/{DIGEST}/comments", {"text": "x"}).status_code == 404
    hand_in = HandIn.objects.get().pk
    assert other.patch(f"/hand-ins/{hand_in}", {"tlp": "green"}).status_code == 404
    assert other.delete(f"/hand-ins/{hand_in}").status_code == 404
    assert caller.get(f"/samples/{DIGEST}").status_code == 200


def _plain(answer: Any) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "instance"}


def test_a_hand_in_is_marked_anew_and_withdrawn(caller: Caller) -> None:
    made = handed(caller, APP)
    changed = caller.patch(f"/hand-ins/{made['id']}", {"tlp": "clear", "note": "now"})
    assert (changed.json()["tlp"], changed.json()["note"]) == ("clear", "now")
    assert caller.delete(f"/hand-ins/{made['id']}").status_code == 204
    assert caller.get(f"/samples/{DIGEST}").status_code == 404
    assert caller.get("/hand-ins").json()["hand_ins"][0]["withdrawn"] is True


def test_a_comment_is_taken_back_by_who_wrote_it_alone(caller: Caller, key_of: Callable[..., Caller]) -> None:
    handed(caller, APP)
    made = caller.post(f"/samples/{DIGEST}/comments", {"text": "hello"}).json()
    assert made["is_own"] is True
    assert key_of(Scope.SUBMIT).delete(f"/comments/{made['id']}").status_code == 404
    assert caller.delete(f"/comments/{made['id']}").status_code == 204
    assert caller.get(f"/samples/{DIGEST}/comments").json() == []


# Fetching.


@pytest.fixture
def identity(caller: Caller) -> Any:
    made = pyrage.x25519.Identity.generate()
    Organisation.objects.filter(pk=caller.organisation).update(age_recipient=str(made.to_public()))
    return made


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def members_of(tar: bytes) -> dict[str, bytes]:
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive.getmembers()}  # type: ignore[union-attr]


def test_a_sample_is_fetched_for_the_organisations_age_key_with_its_mark(caller: Caller, identity: Any) -> None:
    handed(caller, APP)
    answer = caller.post(f"/samples/{DIGEST}/fetches", {"purpose": "detection"})
    sealed = body_of(answer)
    assert sealed.startswith(b"age-encryption.org/v1\n")
    assert APP[:1_000] not in sealed
    found = members_of(pyrage.decrypt(sealed, [identity]))
    assert found[DIGEST] == APP
    told = json.loads(found["manifest.json"])
    row = Fetch.objects.get()
    assert (told["fetch"], told["purpose"], told["sha256"]) == (str(row.pk), "detection", DIGEST)
    assert told["organisation"] == Organisation.objects.get(pk=caller.organisation).slug
    assert answer["Luciole-Fetch"] == str(row.pk)
    assert answer["Content-Disposition"] == f'attachment; filename="{DIGEST}.tar.age"'
    entry = Entry.objects.get(action="sample.fetch")
    assert entry.detail == {"fetch": str(row.pk), "purpose": "detection", "form": "age"}


def test_debians_age_and_tar_open_what_was_fetched(caller: Caller, tmp_path: Path) -> None:
    import subprocess

    key = tmp_path / "key"
    subprocess.run(["age-keygen", "-o", str(key)], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", str(key)], check=True, capture_output=True).stdout.decode().strip()
    Organisation.objects.filter(pk=caller.organisation).update(age_recipient=public)
    handed(caller, APP)
    sealed = body_of(caller.post(f"/samples/{DIGEST}/fetches", {"purpose": "detection"}))
    tar = subprocess.run(["age", "-d", "-i", str(key)], input=sealed, check=True, capture_output=True).stdout
    sample = subprocess.run(["tar", "-xO", DIGEST], input=tar, check=True, capture_output=True).stdout
    assert sample == APP


def test_a_zip_opens_with_the_usual_password_and_with_another_program(caller: Caller, tmp_path: Path) -> None:
    import subprocess

    handed(caller, APP)
    answer = caller.post(f"/samples/{DIGEST}/fetches", {"purpose": "research", "form": "zip"})
    data = body_of(answer)
    with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
        assert archive.infolist()[1].wz_aes_strength == 3
        assert archive.read(DIGEST, pwd=b"infected") == APP
    path = tmp_path / "fetched.zip"
    path.write_bytes(data)
    read = subprocess.run(["7z", "x", "-so", "-pinfected", str(path), DIGEST], check=True, capture_output=True)
    assert read.stdout == APP


def test_a_sample_as_it_is_needs_a_key_made_for_it(caller: Caller, key_of: Callable[..., Caller]) -> None:
    handed(caller, APP, tlp="green")
    raw = key_of(Scope.FETCH_RAW)
    assert caller.post(f"/samples/{DIGEST}/raw-fetches", {"purpose": "research"}).status_code == 403
    answer = raw.post(f"/samples/{DIGEST}/raw-fetches", {"purpose": "research"})
    assert body_of(answer) == APP
    assert answer["Content-Type"] == "application/octet-stream"
    assert raw.post(f"/samples/{DIGEST}/fetches", {"purpose": "research"}).status_code == 403


def test_amber_is_not_fetched_as_it_is_by_others(caller: Caller, key_of: Callable[..., Caller]) -> None:
    handed(caller, APP, tlp="amber")
    assert key_of(Scope.FETCH_RAW).post(f"/samples/{DIGEST}/raw-fetches", {"purpose": "research"}).status_code == 403
    zipped = key_of(Scope.FETCH).post(f"/samples/{DIGEST}/fetches", {"purpose": "research", "form": "zip"})
    assert zipped.status_code == 200
    body_of(zipped)


def test_a_sample_is_fetched_only_for_what_it_was_shared(caller: Caller, key_of: Callable[..., Caller]) -> None:
    handed(caller, APP, purposes=["detection"], tlp="green")
    other = key_of(Scope.FETCH)
    assert other.post(f"/samples/{DIGEST}/fetches", {"purpose": "research", "form": "zip"}).status_code == 403
    assert other.post(f"/samples/{DIGEST}/fetches", {"purpose": "", "form": "zip"}).status_code == 422
    assert other.post(f"/samples/{DIGEST}/fetches", {"form": "zip"}).status_code == 422
    assert not Fetch.objects.exists()


def test_support_organisations_never_fetch(caller: Caller, key_of: Callable[..., Caller]) -> None:
    handed(caller, APP, tlp="clear")
    support = key_of(Scope.READ, Scope.FETCH, Scope.FETCH_RAW, kind=Kind.SUPPORT)
    assert support.get(f"/samples/{DIGEST}").status_code == 200
    for path in ("fetches", "raw-fetches"):
        assert support.post(f"/samples/{DIGEST}/{path}", {"purpose": "support"}).status_code == 403


def test_the_day_has_a_quota_for_each_organisation(
    caller: Caller, key_of: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    from luciole.hub.samples import fetching

    small = fetching.HUB._replace(values={**fetching.HUB.values, "fetches_a_day": "2"})
    monkeypatch.setattr(fetching, "HUB", small)
    handed(caller, APP, tlp="green")
    wanted = (f"/samples/{DIGEST}/fetches", {"purpose": "research", "form": "zip"})
    for _ in range(2):
        body_of(caller.post(*wanted))
    over = caller.post(*wanted)
    assert over.status_code == 429
    assert 86_000 < int(over["Retry-After"]) <= 86_400
    assert Fetch.objects.count() == 2
    other = key_of(Scope.FETCH).post(*wanted)
    assert other.status_code == 200
    body_of(other)


def test_without_an_age_key_nothing_is_fetched_nor_counted(caller: Caller) -> None:
    handed(caller, APP)
    assert caller.post(f"/samples/{DIGEST}/fetches", {"purpose": "research"}).status_code == 422
    assert not Fetch.objects.exists()


@pytest.mark.usefixtures("identity")
def test_a_damaged_file_is_never_given_out(caller: Caller, an_api_vault: Path) -> None:
    handed(caller, APP)
    name = Sample.objects.get().blob.name
    path = next(one for one in an_api_vault.rglob("*") if one.name == name)
    raw = bytearray(path.read_bytes())
    raw[-40] ^= 1
    path.chmod(0o600)
    path.write_bytes(raw)
    assert caller.post(f"/samples/{DIGEST}/fetches", {"purpose": "research"}).status_code == 500
    assert not Fetch.objects.exists()
