"""Secrets and traces put into every input of a hub are found again in no table, file, log or backup of it."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pyrage
import pytest
from django.db import connection
from real_hub import _PRELUDE, RealHub, a_database

PASSWORD = "canary lantern seventeen"  # noqa: S105 - of nobody
WRONG = "canary that was mistyped"
FILE = b"canary in a file that somebody handed in"
NAME = "canary-of-a-survivor.apk"
ADDRESS = "203.0.113.77"
BROWSER = "Mozilla/5.0 (canary of a browser) Firefox/1"
SEED = "MNQW4YLSPEQG6ZRAMEQGMYLDORXXE==="
SEARCH = "canary searched for"
COMMENT = "canary in a comment"
UNKNOWN = "luc_canaryca_" + "canary" * 7 + "A"
ELSEWHERE = "canary-nobody@example.org"

STORY = f"""
import base64, json, re
from django.conf import settings
from django.test import Client
from django.utils import timezone
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from luciole.hub.members import api_keys, invitations, links
from luciole.hub.members.models import Invitation, SignInServer
from luciole.hub.members.sign_in_secrets import keep_secret
from luciole.hub.members.words import Role, Scope
from luciole.hub.samples import searches
from luciole.hub.samples.models import Sample
settings.ALLOWED_HOSTS = ["*"]

def browser(**headers):
    return Client(headers={{"User-Agent": {BROWSER!r}, **headers}}, REMOTE_ADDR={ADDRESS!r})

actor = an_analyst()
organisation = Organisation.objects.get(slug="one")
made = invitations.invite(actor, invitations.Invited("invited@example.org", "I"), organisation, [Role.ANALYST])
link = links.secret_of(links.INVITATION, made.pk)
visitor = browser()
said = visitor.post(f"/invitation/{{link}}/", {{"name": "I", "password": {PASSWORD!r}, "again": {PASSWORD!r}}})
assert said.status_code == 302, said.content
for tried in ({WRONG!r}, {PASSWORD!r}):
    assert browser().post("/sign-in/", {{"login": "invited@example.org", "password": tried}}).status_code < 500
browser().post("/sign-in/forgotten/", {{"email": {ELSEWHERE!r}}})
person = Person.objects.get(email="invited@example.org")
TOTP.activate(person, {SEED!r})
codes = RecoveryCodes.activate(person).get_unused_codes()
server = SignInServer(organisation=organisation, name="S", address="https://id.example.org", client="c")
keep_secret(server, "canary of a client")
server.save()
scopes = frozenset({{Scope.READ, Scope.SUBMIT, Scope.MANAGE, Scope.FETCH}})
PersonRole.objects.create(person=person, role="owner")
key, token = api_keys.make(actor, organisation, person, api_keys.Wanted("k", scopes, 3))
asking = browser(Authorization=f"Bearer {{token}}")
about = json.dumps({{"from_survivor": True, "consent": "agreed"}})
mark = "boundary"
body = (f"--{{mark}}\\r\\nContent-Disposition: form-data; name=about\\r\\n\\r\\n{{about}}\\r\\n--{{mark}}\\r\\n"
        f'Content-Disposition: form-data; name=file; filename="{NAME}"\\r\\n\\r\\n').encode()
body += {FILE!r} * 500 + f"\\r\\n--{{mark}}--\\r\\n".encode()
made = asking.post("/api/v1/samples", body, f"multipart/form-data; boundary={{mark}}",
                   headers={{"Idempotency-Key": "canary"}})
assert made.status_code == 201, made.content
sample = made.json()["sha256"]
said = asking.post("/api/v1/webhooks", {{"address": "https://hooks.example.org/", "events": ["sample.analysed"]}},
                   "application/json", headers={{"Idempotency-Key": "canary-2"}})
assert said.status_code == 201, said.content
hook = said.json()["secret"]
said = asking.post(f"/api/v1/samples/{{sample}}/comments", {{"text": {COMMENT!r}}}, "application/json")
assert said.status_code == 201, said.content
assert asking.get("/api/v1/samples", {{"query": 'word:"{SEARCH}"'}}).status_code in (200, 422)
assert browser(Authorization="Bearer {UNKNOWN}").get("/api/v1/me").status_code == 401
search = searches.save(actor_of_person(person, second_factor=True), "s", "", "none")
feed = searches.new_feed(actor_of_person(person, second_factor=True), search.pk)
assert browser().get(f"/samples/feeds/{{feed}}").status_code == 200
assert asking.post("/api/v1/samples", b"{NAME}", "application/octet-stream").status_code < 500
print(json.dumps({{"link": link, "token": token, "hook": hook, "feed": feed, "codes": list(codes)}}))
"""

TABLES = """
import json
from django.contrib.sessions.models import Session
from django.db import connection
with connection.cursor() as cursor:
    for table in connection.introspection.table_names():
        cursor.execute(f'SELECT * FROM {connection.ops.quote_name(table)}')
        for row in cursor.fetchall():
            for value in row:
                held = bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
                print(table, held.decode("latin-1").replace(chr(10), " "))
for one in Session.objects.all():
    print("sessions", json.dumps(one.get_decoded()))
"""


@pytest.fixture(scope="module")
def told(made_hub: RealHub, tmp_path_factory: pytest.TempPathFactory) -> tuple[RealHub, dict[str, str], str]:
    """A hub to which all of it was told; the secrets that it made itself; what it logged meanwhile."""
    folder = tmp_path_factory.mktemp("canary") / "hub"
    shutil.copytree(made_hub.folder, folder)
    address = made_hub.environment.get("LUCIOLE_DATABASE")
    hub = RealHub(folder, {"LUCIOLE_DATABASE": a_database(address, address)} if address else {})
    done = subprocess.run(
        [sys.executable, "-c", _PRELUDE + STORY], env=hub.variables(None), capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    made = json.loads(done.stdout.splitlines()[-1])
    codes = {f"recovery code {number}": code for number, code in enumerate(made.pop("codes"))}
    return hub, made | codes, done.stderr


def secrets_of(made: dict[str, str]) -> dict[str, bytes]:
    """What must be nowhere at all."""
    typed = {
        "password": PASSWORD, "mistyped": WRONG, "name of a file": NAME, "address": ADDRESS, "browser": "canary of a",
        "seed": SEED, "unknown key": UNKNOWN, "somebody without an account": ELSEWHERE, "client": "canary of a client",
        "search": SEARCH,
    }  # fmt: skip
    return {name: text.encode() for name, text in (typed | made).items()} | {"file": FILE}


def test_no_table_holds_them(told: tuple[RealHub, dict[str, str], str]) -> None:
    hub, made, _log = told
    rows = hub.script(TABLES).encode("latin-1", "replace")
    assert COMMENT.encode() in rows, "what is to be kept is found by looking like this"
    assert [name for name, one in secrets_of(made).items() if one in rows] == []


def test_the_log_of_what_was_done_holds_no_contents(told: tuple[RealHub, dict[str, str], str]) -> None:
    hub, made, _log = told
    rows = [line for line in hub.script(TABLES).splitlines() if line.startswith("audit_")]
    assert any("sample.comment" in line for line in rows)
    shown = {COMMENT, "@example.org", "hooks.example.org", "id.example.org"}
    shown |= {one.decode() for one in secrets_of(made).values()}
    assert [one for one in shown if any(one in line for line in rows)] == []


def test_no_log_holds_them(told: tuple[RealHub, dict[str, str], str]) -> None:
    _hub, made, log = told
    shown = {one.decode() for one in secrets_of(made).values()} | {COMMENT, "invited@example.org"}
    assert [one for one in shown if one in log] == []


def test_no_file_holds_them(told: tuple[RealHub, dict[str, str], str]) -> None:
    """Mails that the hub writes down for want of a server hold the links that they are about, and nothing else does."""
    hub, made, _log = told
    files = [path for path in hub.folder.rglob("*") if path.is_file() and "mail" not in path.parent.name]
    assert len(files) > 3
    for path in files:
        data = path.read_bytes()
        assert [name for name, one in secrets_of(made).items() if one in data] == [], path


def test_no_backup_holds_them(told: tuple[RealHub, dict[str, str], str], tmp_path: Path) -> None:
    hub, made, _log = told
    key = pyrage.x25519.Identity.generate()
    kept = tmp_path / "kept"
    done = hub.run("backup", str(kept), "--to", str(key.to_public()))
    assert done.returncode == 0, done.stdout + done.stderr
    found = clear = pyrage.decrypt(kept.read_bytes(), [key])
    with tarfile.open(fileobj=io.BytesIO(clear)) as archive:
        for one in archive:
            held = archive.extractfile(one)
            found += held.read() if held else b""
    if connection.vendor == "sqlite":
        assert COMMENT.encode() in found, "the backup is found by looking like this"
    assert [name for name, one in secrets_of(made).items() if one in found] == []
    assert kept.stat().st_mode & 0o077 == 0
