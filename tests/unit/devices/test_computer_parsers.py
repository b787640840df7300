"""Parsers of computers, each against what the system's own documentation says of its format."""

import configparser
import plistlib
import sqlite3
import subprocess
from pathlib import Path

import pytest

from luciole.devices.collect import Origin
from luciole.devices.parsers.computer import (
    certificates,
    collected,
    extensions,
    linux,
    macos,
    paths,
    records,
    registry,
    tasks,
    texts,
)
from luciole.devices.parsers.computer.records import Listed, Of, Record
from luciole.devices.parsers.rows import LOOK, Account, Row
from luciole.devices.programs import Programs
from luciole.kernel.errors import ParseError
from luciole.simulate.apps.keys import signer
from luciole.simulate.devices.computer import macos as made_macos
from luciole.simulate.devices.computer import windows as made_windows
from luciole.simulate.devices.computer.description import Program

ORIGIN = Origin("evidence", "", "", "evidence")


def read(parse: records.Parse, data: bytes) -> tuple[list[Record], Account]:
    account = Account()
    found = [record for record in parse(data, account) if not (isinstance(record, Row) and record.name == LOOK)]
    return found, account


def only(parse: records.Parse, data: bytes) -> Record:
    found, account = read(parse, data)
    assert len(found) == 1
    assert account.lost == 0
    return found[0]


# ---------------------------------------------------------------------- commands → programs


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ('"C:\\Program Files\\A b\\a.exe" -start', "c:\\program files\\a b\\a.exe"),
        ("C:\\Program Files\\A b\\a.exe -start", "c:\\program files\\a b\\a.exe"),
        ("%ProgramFiles%\\A\\a.exe", "c:\\program files\\a\\a.exe"),
        ("\\SystemRoot\\System32\\drivers\\a.sys", "c:\\windows\\system32\\drivers\\a.sys"),
        ("\\??\\C:\\Tools\\a.sys", "c:\\tools\\a.sys"),
        ("system32\\drivers\\a.sys", "c:\\windows\\system32\\drivers\\a.sys"),
        ("rundll32.exe C:\\Users\\x\\a.dll,Start", "c:\\users\\x\\a.dll"),
        ('wscript.exe //B "C:\\Users\\x\\start me.vbs"', "c:\\users\\x\\start me.vbs"),
        ("C:\\Windows\\System32\\cmd.exe /c start C:\\x\\a.bat", "c:\\x\\a.bat"),
        ("powershell -w hidden -file C:\\x\\a.ps1", "c:\\x\\a.ps1"),
        ("explorer.exe", "c:\\windows\\system32\\explorer.exe"),
        ("C:\\a.exec\\b.exe", "c:\\a.exec\\b.exe"),
        ("", ""),
    ],
)
def test_a_command_of_windows_gives_the_program_that_runs(command: str, path: str) -> None:
    assert paths.program_of(command, "windows") == path


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("/usr/sbin/cron -f", "/usr/sbin/cron"),
        ("-/bin/true", "/bin/true"),
        ("/bin/sh -c /opt/a/b", "/opt/a/b"),
        ("env DISPLAY=:0 /opt/a/b --hidden", "/opt/a/b"),
        ("python3 /home/x/a.py", "/home/x/a.py"),
        ("notes --tray", "/usr/bin/notes"),
        ("/Applications/A B.app/Contents/MacOS/A B -s", "/Applications/A B.app/Contents/MacOS/A B"),
        ("", ""),
    ],
)
def test_a_command_of_unix_gives_the_program_that_runs(command: str, path: str) -> None:
    assert paths.program_of(command, "linux") == path


@pytest.mark.parametrize(
    ("path", "system", "lies"),
    [
        ("c:\\windows\\system32\\a.exe", "windows", "system"),
        ("c:\\windows\\temp\\a.exe", "windows", "temporary"),
        ("c:\\program files\\a\\a.exe", "windows", "programs"),
        ("d:\\users\\x\\a.exe", "windows", "user"),
        ("c:\\programdata\\a\\a.exe", "windows", "user"),
        ("c:\\tools\\a.exe", "windows", "unknown"),
        ("/Applications/A.app", "macos", "programs"),
        ("/System/Library/a", "macos", "system"),
        ("/Users/Shared/a", "macos", "user"),
        ("/home/x/.local/bin/a", "linux", "user"),
        ("/home/x/Downloads/a", "linux", "temporary"),
    ],
)
def test_where_a_program_lies_is_told_by_its_path(path: str, system: str, lies: str) -> None:
    assert paths.where(path, system) == lies


@pytest.mark.parametrize(
    ("path", "system", "hides"),
    [
        ("/Users/x/.agent/a", "macos", "hidden-folder"),
        ("/home/x/.config/a/a", "linux", ""),
        ("/opt/.a", "linux", "hidden-file"),
        ("c:\\users\\x\\svchost.exe", "windows", "system-name"),
        ("c:\\windows\\system32\\svchost.exe", "windows", ""),
        ("/usr/lib/systemd/systemd", "linux", ""),
        ("/opt/systemd", "linux", "system-name"),
    ],
)
def test_a_path_that_keeps_a_program_out_of_sight(path: str, system: str, hides: str) -> None:
    assert paths.hiding(path, system) == hides


# ---------------------------------------------------------------------- Linux


def test_real_units_of_this_machine_start_what_their_files_say() -> None:
    """Compared with Python's own reader of such files."""
    compared = 0
    for path in sorted(Path("/usr/lib/systemd/system").glob("*.service"))[:150]:
        text = path.read_text("utf-8", "replace")
        parser = configparser.RawConfigParser(
            strict=False, delimiters=("=",), comment_prefixes=("#", ";"), empty_lines_in_values=False
        )
        try:
            parser.read_string(text)
        except configparser.Error:
            continue
        found, account = read(linux.unit(str(path)), path.read_bytes())
        last = parser.get("Service", "ExecStart", fallback="")
        said = [each.program for each in found if isinstance(each, Of)]
        if last and "\\\n" not in text:
            compared += 1
            assert last.split("\n")[0] in said
        assert account.lost == 0
    assert compared > 20


def test_a_table_of_cron_gives_schedule_and_command() -> None:
    data = b"SHELL=/bin/sh\n# no\n*/5 * * * * root /opt/a/b -x\n@reboot home /opt/c\n* * *\n"
    found, account = read(linux.crontab("files/etc/cron.d/x"), data)
    said = [(each.program, each.row.attributes["trigger"]) for each in found if isinstance(each, Of)]
    assert said == [("/opt/a/b -x", "*/5 * * * *"), ("/opt/c", "@reboot")]
    assert (account.lost, account.first_lost) == (1, 5)


def test_of_loaded_modules_only_those_from_outside_the_kernel_are_taken() -> None:
    data = b"ext4 1 2 - Live 0x0\nspy 16384 0 - Live 0x0 (OE)\nintree 1 0 - Live 0x0 (E)\n"
    found, _ = read(linux.modules("files/proc/modules"), data)
    assert [each.row.value for each in found if isinstance(each, Of)] == ["spy"]


def test_a_desktop_entry_that_is_switched_off_says_so() -> None:
    data = b"[Desktop Entry]\nExec=/opt/a %U\nX-GNOME-Autostart-enabled=false\n[Desktop Action New]\nExec=/opt/b\n"
    found = only(linux.desktop_entry("files/home/x/.config/autostart/a.desktop"), data)
    assert isinstance(found, Of)
    assert found.program == "/opt/a %U"
    assert found.row.attributes["enabled"] is False
    assert found.row.attributes["scope"] == "user"


def test_members_of_the_group_for_input_may_read_keys() -> None:
    found, _ = read(linux.group_file, b"root:x:0:\ninput:x:104:home,guest\nsudo:x:27:home\n")
    assert [(row.name, row.value) for row in found if isinstance(row, Row)] == [
        ("input.reader", "home"),
        ("input.reader", "guest"),
        ("account.local", "home"),
    ]


def test_only_lines_that_start_something_are_read_from_a_shell_file() -> None:
    data = b"export LD_PRELOAD=/opt/a.so\nalias x=y\nnohup /opt/b &\ntrue && false &&\n# nohup /opt/c &\n"
    found, _ = read(linux.shell("files/home/x/.bashrc"), data)
    assert [(each.row.name, each.program) for each in found if isinstance(each, Of)] == [
        ("autostart.hook", "/opt/a.so"),
        ("autostart.entry", "nohup /opt/b"),
    ]


# ---------------------------------------------------------------------- macOS


@pytest.mark.parametrize("form", [plistlib.FMT_XML, plistlib.FMT_BINARY])
def test_a_job_of_launchd_names_its_program_and_when_it_runs(form: plistlib.PlistFormat) -> None:
    job = {
        "Label": "org.example.a",
        "ProgramArguments": ["/bin/sh", "/opt/a/b.sh"],
        "RunAtLoad": True,
        "Disabled": True,
    }
    data = plistlib.dumps(job, fmt=form)
    found = only(macos.launch_job("files/Library/LaunchDaemons/org.example.a.plist"), data)
    assert isinstance(found, Of)
    assert found.program == "/opt/a/b.sh"
    assert found.row.name == "autostart.service"
    assert (found.row.attributes["enabled"], found.row.attributes["trigger"]) == (False, "RunAtLoad")


def test_a_job_under_the_name_of_apple_elsewhere_hides() -> None:
    data = plistlib.dumps({"Label": "com.apple.update", "ProgramArguments": ["/Users/x/a"]})
    found, _ = read(macos.launch_job("files/Users/x/Library/LaunchAgents/com.apple.update.plist"), data)
    assert ("program.hidden", "system-name") in [
        (each.row.name, each.row.value) for each in found if isinstance(each, Of)
    ]


def test_rights_come_with_the_time_since_when() -> None:
    data = made_macos.rights(
        [
            ("kTCCServiceListenEvent", "org.example.a", 0),
            ("kTCCServiceCamera", "/opt/a", 1),
            ("kTCCServiceUbiquity", "x", 0),
        ]
    )
    found, account = read(macos.grants(b"", sure=False), data)
    said = [(each.program, each.by, each.row.value, each.row.when) for each in found if isinstance(each, Of)]
    assert said == [
        ("org.example.a", "id", "kTCCServiceListenEvent", "2025-01-02T06:40:00Z"),
        ("/opt/a", "path", "kTCCServiceCamera", "2025-01-02T06:40:00Z"),
    ]
    assert account.lost == 0


def test_a_right_that_stands_only_in_the_log_beside_the_list_is_found(tmp_path: Path) -> None:
    """Written by SQLite itself, and copied while it is open, as on a running computer."""
    path = tmp_path / "TCC.db"
    path.write_bytes(made_macos.rights([]))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("INSERT INTO access VALUES ('kTCCServiceListenEvent', 'org.example.a', 0, 2, 4, 0)")
    connection.commit()
    data, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    connection.close()
    found, account = read(macos.grants(log, sure=False), data)
    assert [each.program for each in found if isinstance(each, Of)] == ["org.example.a"]
    assert account.notes == {}
    assert read(macos.grants(b"", sure=False), data)[1].notes


@pytest.mark.parametrize(
    ("said", "on"),
    [("No", False), ("Yes (User Approved)", True)],
)
def test_enrolment_is_told(said: str, *, on: bool) -> None:
    found = only(macos.enrolment, f"Enrolled via DEP: No\nMDM enrollment: {said}\n".encode())
    assert found == Row("device.managed", on, 2)


def test_services_that_are_switched_on_are_told_in_both_spellings() -> None:
    data = b'\t"com.openssh.sshd" => enabled\n\t"com.apple.screensharing" => false\n\t"com.apple.smbd" => disabled\n'
    found, _ = read(macos.disabled_services, data)
    assert [(row.attributes["kind"], row.attributes["enabled"]) for row in found if isinstance(row, Row)] == [
        ("ssh", True),
        ("screen-sharing", True),
        ("file-sharing", False),
    ]


# ---------------------------------------------------------------------- Windows


def test_a_task_gives_its_command_its_trigger_and_whether_it_is_hidden() -> None:
    xml = made_windows.task(Program("a", "C:\\Users\\x y\\a.exe", hidden_task=True, arguments="-q"), "Sync")
    for data in (xml.encode("utf-16"), b"\xef\xbb\xbf" + xml.encode()):
        found = only(tasks.parse, data)
        assert isinstance(found, Of)
        assert found.program == '"C:\\Users\\x y\\a.exe" -q'
        assert found.row.value == "\\Sync"
        assert (found.row.attributes["hidden"], found.row.attributes["trigger"]) == (True, "LogonTrigger")


def test_a_task_with_entities_is_lost_and_not_expanded() -> None:
    bomb = '<Task a="1"><!DOCTYPE x [<!ENTITY a "aaaa">]>&a;</Task>'
    found, account = read(tasks.parse, bomb.encode())
    assert found == []
    assert account.lost == 1


def exported(key: str, **values: object) -> bytes:
    import json

    return b"\n".join(
        json.dumps({"key": key, "name": name, "type": 1, "data": data}).encode() for name, data in values.items()
    )


def rows_of(data: bytes) -> list[Record]:
    account = Account()
    return [
        each
        for each in registry.records(registry.exported(data, account), account)
        if not (isinstance(each, Row) and each.name == LOOK)
    ]


def test_the_usual_sign_in_of_windows_is_no_hook_and_an_addition_is() -> None:
    key = "HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"
    usual = exported(key, Shell="explorer.exe", Userinit="C:\\Windows\\system32\\userinit.exe,")
    assert rows_of(usual) == []
    added = rows_of(exported(key, Shell="explorer.exe, C:\\x\\a.exe", Userinit="C:\\Windows\\system32\\userinit.exe,"))
    assert [each.program for each in added if isinstance(each, Of)] == ["C:\\x\\a.exe"]


def test_an_entry_of_the_list_of_programs_gives_name_version_and_folder() -> None:
    key = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{1}"
    data = exported(
        key,
        DisplayName="A",
        DisplayVersion="2",
        DisplayIcon="C:\\A\\a.exe,0",
        InstallDate="20250203",
        SystemComponent=1,
    )
    found = rows_of(data)[0]
    assert isinstance(found, Listed)
    assert (found.key, found.label, found.version, found.folders, found.when, found.hidden) == (
        "{1}",
        "A",
        "2",
        ("C:\\A",),
        "2025-02-03",
        True,
    )


def test_a_certificate_of_the_store_has_the_digest_that_openssl_prints() -> None:
    der = signer("other").certificate
    blob = b"\x03\0\0\0\1\0\0\0\4\0\0\0abcd" + b"\x20\0\0\0\1\0\0\0" + len(der).to_bytes(4, "little") + der
    account = Account()
    found = [row for row in certificates.of_windows_blob(blob, account, 1) if row.name == "user_certificate"]
    said = subprocess.run(
        ["openssl", "x509", "-inform", "der", "-noout", "-fingerprint", "-sha256"],
        input=der,
        capture_output=True,
        check=True,
    )
    assert found[0].value == said.stdout.decode().strip().partition("=")[2].replace(":", "").lower()


def test_a_damaged_line_of_an_export_is_lost_alone() -> None:
    account = Account()
    data = exported("HKLM\\A", x="1") + b"\n{broken\n" + exported("HKLM\\A", y="2")
    assert [value.name for value in registry.exported(data, account)] == ["x", "y"]
    assert (account.lost, account.first_lost) == (1, 2)


def test_what_only_an_administrator_may_see_is_a_gap() -> None:
    _, account = read(
        texts.defender_preferences, b'{"ExclusionPath":["N/A: Must be an administrator to view exclusions"]}'
    )
    assert account.notes


def test_an_answer_that_is_not_json_is_refused() -> None:
    with pytest.raises(ParseError):
        read(texts.consumers, b"Get-CimInstance : Access denied")


# ---------------------------------------------------------------------- all systems


def test_the_hosts_file_tells_what_it_blocks_and_what_it_leads_elsewhere() -> None:
    data = b"127.0.0.1 localhost\n0.0.0.0 ads.example eset.com # no\n"
    data += b"203.0.113.7 Mail.Example.\n::1 printer.local\nbroken\n"
    found, account = read(texts.hosts, data)
    assert [(row.value, row.attributes["blocks"], row.line) for row in found if isinstance(row, Row)] == [
        ("ads.example", True, 2),
        ("eset.com", True, 2),
        ("mail.example", False, 3),
    ]
    assert account.lost == 1


def test_permissions_of_an_extension_come_from_all_parts_of_its_manifest() -> None:
    data = (
        b'{"name":"A","version":"1","manifest_version":3,"permissions":["tabs",{"socket":["x"]}],'
        b'"host_permissions":["<all_urls>"],"content_scripts":[{"matches":["https://a.example/*"]}]}'
    )
    found, _ = read(extensions.manifest("x/Extensions/ABC/1.0_0/manifest.json"), data)
    asked = [each.row.value for each in found if isinstance(each, Of) and each.row.name == "permission.requested"]
    assert asked == ["tabs", "<all_urls>", "https://a.example/*"]
    assert {each.program for each in found if isinstance(each, Of)} == {"abc"}


def test_a_program_belongs_to_the_list_entry_in_whose_folder_it_lies() -> None:
    listed = Listed("{1}", "A", folders=("C:\\Program Files\\A",))
    started = records.start("autostart.entry", "run-key", "Run", '"C:\\Program Files\\A\\bin\\a.exe"')
    other = records.start("autostart.entry", "run-key", "Run", '"C:\\Program Files\\AB\\a.exe"')
    found = Programs("windows", [(listed, ORIGIN), (started, ORIGIN), (other, ORIGIN)], whole=True)
    keys = {row.package for row, _ in found.rows() if row.name == "autostart.entry"}
    assert keys == {"{1}", "c:\\program files\\ab\\a.exe"}


def test_nothing_is_called_unlisted_where_the_list_was_not_read_completely() -> None:
    started = records.start("autostart.entry", "run-key", "Run", "C:\\Users\\x\\a.exe")
    for whole in (True, False):
        rows = [row.name for row, _ in Programs("windows", [(started, ORIGIN)], whole=whole).rows()]
        assert ("program.unlisted" in rows) is whole


def test_a_tool_for_remote_help_is_named_by_its_file_and_not_by_the_folder_of_a_person() -> None:
    started = records.start("autostart.service", "service", "x", "C:\\Tools\\AnyDesk.exe --service")
    plain = records.start("autostart.service", "service", "y", "C:\\Users\\anydesk\\notes.exe")
    rows = [
        (row.package, row.value)
        for row, _ in Programs("windows", [(started, ORIGIN), (plain, ORIGIN)], whole=True).rows()
        if row.name == "program.remote_tool"
    ]
    assert rows == [("c:\\tools\\anydesk.exe", "AnyDesk")]


def test_the_names_in_a_shortcut_are_found_in_both_kinds_of_letters() -> None:
    data = b"L\0\0\0" + "C:\\Users\\x\\a b.exe".encode("utf-16-le") + b"\0\0C:\\t\\c.vbs\0"
    found, _ = read(collected.shortcut("Startup/x.lnk"), data)
    assert [each.program for each in found if isinstance(each, Of)] == ["C:\\Users\\x\\a b.exe", "C:\\t\\c.vbs"]


def test_a_record_of_another_form_is_refused() -> None:
    for data in (
        b"",
        b"[]",
        b'{"format":"x","version":1,"system":"linux"}',
        b'{"format":"luciole-computer","version":9,"system":"linux"}',
    ):
        with pytest.raises(ParseError):
            collected.record(data)


def test_policies_of_browsers_name_what_they_install_by_force() -> None:
    firefox = (
        b'{"policies":{"ExtensionSettings":{"A@x":{"installation_mode":"force_installed"},'
        b'"B@x":{"installation_mode":"blocked"}}}}'
    )
    forced = plistlib.dumps({"ExtensionInstallForcelist": ["ABC;https://update.example"]})
    chrome = b'{"ExtensionInstallForcelist":["DEF"]}'
    for parse, data, identity in (
        (linux.firefox_policy, firefox, "a@x"),
        (macos.browser_policy, forced, "abc"),
        (linux.browser_policy, chrome, "def"),
    ):
        found = only(parse, data)
        assert isinstance(found, Of)
        assert (found.program, found.row.name) == (identity, "extension.forced")
