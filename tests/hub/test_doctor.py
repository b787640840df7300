"""The doctor says what is wrong and how to mend it; integrity finds what was changed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from real_hub import RealHub, a_free_port

from luciole.hub.site import doctor, integrity, migrating, sqlite
from luciole.hub.site.keys import HubKeys
from luciole.hub.site.making import Wanted, settings_file
from luciole.hub.site.table import TABLE, Settings, load

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def healthy(hub_folder: Path, db: None) -> Settings:
    """The settings of the hub of this test run, with which nothing is wrong."""
    del db
    hub_folder.chmod(0o700)
    HubKeys.make(hub_folder)
    (hub_folder / "keys" / "django").touch(0o600)
    return load(dict(os.environ))


def found(settings: Settings, name: str) -> doctor.Check:
    return next(one for one in doctor.examine(settings, now=NOW) if one.name == name)


def having(settings: Settings, **values: str) -> Settings:
    return load({f"LUCIOLE_{one.name.upper()}": values.get(one.name, settings.text(one.name)) for one in TABLE})


def test_nothing_is_wrong_with_a_healthy_hub(healthy: Settings) -> None:
    states = {one.name: one.state for one in doctor.examine(healthy, now=NOW)}
    assert states.pop("mail") == "warning"
    assert set(states.values()) == {"ok"}
    assert {"sqlite", "clock", "folder", "disk", "database", "schema", "keys", "proxies", "store", "jobs"} <= set(
        states
    )


def test_an_sqlite_that_can_lose_data_is_refused(healthy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "version", lambda: (3, 51, 2))
    check = found(healthy, "sqlite")
    assert (check.state, "3.51.3" in check.remedy) == ("broken", True)


def test_the_sqlite_of_this_process_is_not_the_one_of_the_system() -> None:
    assert sqlite.version() >= sqlite.OLDEST


def test_a_clock_before_the_program_was_made_is_refused(healthy: Settings) -> None:
    checks = doctor.examine(healthy, now=datetime(2020, 1, 1, tzinfo=UTC))
    assert [one.name for one in doctor.refusals(checks)] == ["clock"]


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o777])
def test_a_folder_that_others_reach_is_refused(healthy: Settings, tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    check = found(having(healthy, hub=str(tmp_path)), "folder")
    assert (check.state, check.remedy) == ("broken", f"chmod 700 {tmp_path}")


def test_a_folder_that_is_not_there_is_refused(healthy: Settings, tmp_path: Path) -> None:
    assert found(having(healthy, hub=str(tmp_path / "none")), "folder").state == "broken"


def test_a_file_as_the_folder_is_refused(healthy: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert found(having(healthy, hub=str(tmp_path / "file")), "folder").state == "broken"


def test_a_proxy_that_is_no_address_is_refused(healthy: Settings) -> None:
    assert found(having(healthy, proxies="somewhere"), "proxies").state == "broken"


def test_a_missing_migration_is_named_with_its_remedy(healthy: Settings) -> None:
    MigrationRecorder(connection).record_unapplied("audit", "0001_initial")
    check = found(healthy, "schema")
    assert (check.state, check.remedy) == ("broken", "luciole hub migrate")


def test_a_database_of_a_newer_program_is_refused(healthy: Settings) -> None:
    MigrationRecorder(connection).record_applied("samples", "9999_tomorrow")
    assert migrating.unknown() == ["samples.9999_tomorrow"]
    assert found(healthy, "schema").state == "broken"


def test_keys_that_others_can_read_are_refused(healthy: Settings) -> None:
    key = healthy.folder / "keys" / "audit"
    key.chmod(0o640)
    check = found(healthy, "keys")
    key.chmod(0o600)
    assert (check.state, check.remedy) == ("broken", f"chmod 600 {key}")


def test_a_key_that_files_still_need_is_missed(healthy: Settings) -> None:
    from luciole.hub.samples.models import Blob

    Blob.objects.create(digest=bytes(32), name="00" * 20, size=1, wrapped_key=b"x", hub_key="0009-deadbeef")
    check = found(healthy, "keys")
    assert (check.state, "0009-deadbeef" in check.detail) == ("broken", True)


def test_a_store_in_which_nothing_can_be_written_is_told(healthy: Settings) -> None:
    settings = having(healthy, blobs="s3://key:secret@127.0.0.1:9/bucket?tls=no")
    assert found(settings, "store").state == "failing"


def test_a_public_address_without_a_proxy_is_told(healthy: Settings) -> None:
    assert found(having(healthy, address="https://hub.example.org"), "proxies").state == "warning"
    named = having(healthy, address="https://hub.example.org", proxies="127.0.0.1")
    assert found(named, "proxies").state == "ok"
    open_to_all = having(healthy, listen="0.0.0.0:8000")
    assert found(open_to_all, "proxies").state == "broken"


def test_a_mail_server_that_does_not_answer_is_told(healthy: Settings, real_hub: RealHub) -> None:
    del healthy
    silent = real_hub._replace(environment=real_hub.environment | {"LUCIOLE_MAIL": "smtp://127.0.0.1:9"})
    done = silent.run("doctor", "--json")
    assert done.returncode == 11
    assert {one["name"]: one["state"] for one in json.loads(done.stdout)}["mail"] == "failing"
    port = a_free_port()
    server = Controller(Sink(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        there = real_hub._replace(environment=real_hub.environment | {"LUCIOLE_MAIL": f"smtp://127.0.0.1:{port}"})
        done = there.run("doctor", "--json")
    finally:
        server.stop()
    assert done.returncode == 0, done.stdout
    assert {one["name"]: one["state"] for one in json.loads(done.stdout)}["mail"] == "ok"


def test_no_data_folder_is_said_in_plain_words(real_hub: RealHub) -> None:
    done = real_hub.run("doctor", "--hub", str(real_hub.folder / "none"))
    assert done.returncode == 11
    assert "luciole hub init" in done.stdout
    assert not (real_hub.folder / "none").exists()


def test_init_again_changes_nothing(real_hub: RealHub) -> None:
    before = {path: path.read_bytes() for path in (real_hub.folder / "keys").iterdir()}
    done = real_hub.run("init", str(real_hub.folder), "--email", "second@example.org", "--name", "Second", "--json")
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in (real_hub.folder / "keys").iterdir()} == before


def test_init_touches_no_folder_that_holds_something_else(real_hub: RealHub, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter").write_text("mine")
    done = real_hub.run("init", str(tmp_path / "letters"), "--email", "a@example.org", "--name", "A")
    assert done.returncode == 11
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["letter"]


def test_init_prints_the_one_time_link_last_and_keeps_everything_for_its_owner(
    made_hub: RealHub, tmp_path: Path, new_database: Callable[[], dict[str, str]]
) -> None:
    hub = RealHub(tmp_path / "hub", new_database())
    done = hub.run("init", str(hub.folder), "--email", "a@example.org", "--name", "A")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1].startswith("http://127.0.0.1:8000/invitation/")
    assert made_hub.folder.stat().st_mode & 0o777 == 0o700
    for path in hub.folder.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_migrating_again_does_nothing(real_hub: RealHub) -> None:
    assert json.loads(real_hub.run("migrate", "--json").stdout) == []


def test_the_settings_file_of_a_new_hub_holds_every_setting_and_reads_back() -> None:
    text = settings_file(Wanted("https://hub.example.org", "127.0.0.1:1", "a@b", "A"))
    assert all(one.help in text for one in TABLE if one.name != "hub")
    settings = load({"LUCIOLE_HUB": "/x"}, text)
    assert settings.problems == ()
    assert settings.text("address") == "https://hub.example.org"
    in_force = load({"LUCIOLE_HUB": "/x"}, text.replace('# quota_gib = "100"', "quota_gib = 7"))
    assert in_force.number("quota_gib") == 7


def integrity_of(hub: RealHub) -> dict[str, dict[str, object]]:
    done = hub.run("check-integrity", "--json")
    told = {one["name"]: one for one in json.loads(done.stdout)}
    assert done.returncode == (11 if any(one["state"] == "broken" for one in told.values()) else 0)
    return told


def test_everything_is_whole_in_a_hub_that_nobody_changed(real_hub: RealHub) -> None:
    real_hub.hand_in(3)
    told = integrity_of(real_hub)
    assert {one["state"] for one in told.values()} == {"ok"}
    assert told["files"]["count"] == 3
    assert told["log"]["count"]


def test_a_changed_file_is_named(real_hub: RealHub) -> None:
    real_hub.hand_in(3)
    blob = next((real_hub.folder / "blobs").glob("??/*"))
    data = bytearray(blob.read_bytes())
    data[len(data) // 2] ^= 1
    blob.write_bytes(data)
    told = integrity_of(real_hub)["files"]
    assert told["state"] == "broken"
    assert blob.name.split("-")[0] in str(told["broken"])


def test_looking_whether_all_is_whole_changes_nothing(real_hub: RealHub) -> None:
    """Not even the row of a file that is damaged: the scrub notes that, by itself."""
    real_hub.hand_in(2)
    blob = next((real_hub.folder / "blobs").glob("??/*"))
    blob.write_bytes(blob.read_bytes()[:-1] + b"?")
    rows = """
import hashlib
from django.db import connection
with connection.cursor() as cursor:
    for table in sorted(connection.introspection.table_names()):
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
        found = [[bytes(one) if isinstance(one, memoryview) else one for one in row] for row in cursor.fetchall()]
        print(table, hashlib.sha256(repr(found).encode()).hexdigest())
"""
    before = real_hub.script(rows)
    assert integrity_of(real_hub)["files"]["state"] == "broken"
    assert real_hub.script(rows) == before


def test_a_file_that_is_gone_and_one_too_many_are_told_apart(real_hub: RealHub) -> None:
    real_hub.hand_in(2)
    first, second = sorted((real_hub.folder / "blobs").glob("??/*"))
    first.rename(first.with_name(f"{first.parent.name}{'0' * 30}"))
    told = integrity_of(real_hub)
    assert told["files"]["state"] == "broken"
    assert "gone" in str(told["files"]["broken"])
    assert told["store"]["state"] == "ok"
    assert "1 without a row" in str(told["store"]["detail"])
    assert second.exists()


def test_a_changed_entry_of_the_log_is_named(real_hub: RealHub) -> None:
    real_hub.hand_in(2)
    real_hub.script("""
from luciole.hub.audit.models import Entry
Entry.objects.filter(sequence=2).update(object_id="somebody-else")
""")
    told = integrity_of(real_hub)["log"]
    assert told["state"] == "broken"
    assert "entry 2" in str(told["broken"])


def test_a_sample_that_names_another_file_is_told(real_hub: RealHub) -> None:
    real_hub.hand_in(2)
    real_hub.script("""
from luciole.hub.samples.models import Blob, Sample
first, second = Sample.objects.order_by("pk")
Sample.objects.filter(pk=first.pk).update(blob=second.blob)
""")
    told = integrity_of(real_hub)["rows"]
    assert told["state"] == "broken"
    assert "not the file it names" in str(told["broken"])


if connection.vendor == "sqlite":  # PostgreSQL's files are its own

    def test_a_damaged_page_of_the_database_is_told(real_hub: RealHub) -> None:
        path = real_hub.folder / "hub.db"
        data = bytearray(path.read_bytes())
        data[-4096:-3000] = bytes(1096)
        path.write_bytes(data)
        done = real_hub.run("check-integrity")
        assert done.returncode == 11


def test_one_look_that_fails_does_not_stop_the_others(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del db

    def fails() -> integrity.Finding:
        raise OSError(5, "a disk that breaks")

    monkeypatch.setattr(integrity, "_log", fails)
    told = {one.name: one.state for one in integrity.check(files=False)}
    assert told["log"] == "broken"
    assert told["database"] == "ok"
    assert told["files"] == "not looked at"


def test_the_site_signs_where_the_log_stands_and_forgets_old_sign_ins(healthy: Settings) -> None:
    from django.contrib.sessions.models import Session

    from luciole.hub.audit import services as audit
    from luciole.hub.audit.models import Checkpoint
    from luciole.hub.members.policy import ANONYMOUS
    from luciole.hub.site import regular

    audit.record("hub.backup", ANONYMOUS, "hub", "")
    regular.sign_log()
    regular.sign_log()
    assert Checkpoint.objects.count() == 1
    assert audit.verify(HubKeys.load(healthy.folder).is_ours) is None
    Session.objects.create(session_key="old", session_data="", expire_date=datetime(2020, 1, 1, tzinfo=UTC))
    Session.objects.create(session_key="new", session_data="", expire_date=datetime(2999, 1, 1, tzinfo=UTC))
    regular.forget_sessions()
    assert [one.session_key for one in Session.objects.all()] == ["new"]


def test_the_doctor_speaks_the_language_that_is_asked_for(real_hub: RealHub) -> None:
    assert "libres" in real_hub.run("doctor", "--language", "fr").stdout
    assert "GiB free" in real_hub.run("doctor").stdout
    told = json.loads(real_hub.run("doctor", "--language", "fr", "--json").stdout)
    assert any("GiB free" in one["detail"] for one in told)
