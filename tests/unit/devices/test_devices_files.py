"""The files of an acquisition: properties, processes, packages, the list of files, root traces, hashes, logs."""

import json
from collections.abc import Iterator

import pytest

from luciole.devices.parsers import acquisition, files_json, intrusion, packages_json, processes, properties, root
from luciole.devices.parsers.rows import Account, Row, plain_lines
from luciole.kernel.errors import ParseError

SHA = "ab" * 32


def test_properties_mask_the_serial_number_and_show_traces_of_a_changed_system() -> None:
    text = """[ro.product.model]: [Example 5]
[ro.serialno]: [0123456789]
[ro.build.version.security_patch]: [2024-06-05]
[ro.boot.verifiedbootstate]: [orange]
[ro.boot.flash.locked]: [0]
[ro.debuggable]: [1]
[ro.secure]: [0]
[ro.build.tags]: [test-keys]
[two.lines]: [first
second]
broken
[persist.magisk.hide]: [1]
"""
    account = Account()
    rows = list(properties.parse(plain_lines(text), account))
    shown = {row.attributes["key"]: row.value for row in rows if row.name == "device.property"}
    assert shown["serial"] == "*******789"
    assert shown["patch_level"] == "2024-06-05"
    found = {row.name: row.value for row in rows}
    assert (found["device.verified_boot"], found["device.bootloader_locked"], found["device.debuggable"]) == (
        "orange", False, True,
    )  # fmt: skip
    traces = {row.value for row in rows if row.name == "root.trace"}
    assert traces == {"ro.secure=0", "ro.build.tags=test-keys", "persist.magisk.hide"}
    assert (account.lost, account.first_lost) == (1, 11)


def test_processes_of_the_collector_and_of_ps_agree() -> None:
    entries = [
        {"pid": 7, "uid": 1_010_123, "filename": "(ple.notes:remote)", "command_line": ["org.example.notes:remote"]},
        {"pid": 8, "uid": 0, "filename": "(init)", "command_line": None},
        {"pid": "nine"},
    ]
    account = Account()
    of_json = list(processes.parse_json(json.dumps(entries).encode(), account))
    assert account.lost == 1
    text = """USER PID PPID VSZ RSS WCHAN ADDR S NAME
u10_a123 7 1 0 0 0 0 S org.example.notes:remote
root 8 1 0 0 0 0 S init
u0_a1 x 1 0 0 0 0 S org.example.lost
u0_a2 \u00b2 1 0 0 0 0 S org.example.lost
"""
    ps_account = Account()
    of_ps = list(processes.parse_ps(plain_lines(text), ps_account))
    assert ps_account.lost == 2
    for rows in (of_json, of_ps):
        assert [(row.package, row.value, row.user, row.attributes["pid"]) for row in rows] == [
            ("org.example.notes", "org.example.notes:remote", 10, 7)
        ]


def test_packages_json_reads_digests_certificates_and_the_line_of_each_app() -> None:
    file = {
        "path": "/data/app/x/base.apk", "sha256": SHA.upper(), "sha1": "", "md5": "ef" * 16,
        "verified_certificate": True, "certificate": {"Sha1": "cd" * 20, "Sha256": "", "Md5": "", "Subject": "CN=x",
                        "SerialNumber": 12345678901234567890},
    }  # fmt: skip
    entries = [
        {"name": "org.example.notes", "files": [file], "installer": "null", "uid": 10123, "disabled": True},
        {"name": "org.example.kept", "files": None, "installer": "", "uid": 10124},
        {"name": 5},
        {"name": "no package"},
    ]
    text = json.dumps(entries, indent=4)
    account = Account()
    rows = list(packages_json.parse(text.encode(), account))
    assert account.lost == 2
    mine = [row for row in rows if row.package == "org.example.notes"]
    assert {text.splitlines()[row.line - 1].strip() for row in mine} == {"{"}
    found = {(row.name, row.value) for row in mine}
    assert {("file.sha256", SHA), ("file.md5", "ef" * 16), ("app.installer", ""), ("app.state", "disabled")} <= found
    certificate = next(row for row in mine if row.name == "signature.certificate")
    assert certificate.value == ""
    assert certificate.attributes["sha1"] == "cd" * 20
    assert certificate.attributes["verified"] is True
    assert [row.value for row in rows if row.package == "org.example.kept" and row.name == "app.state"] == [
        "removed-data-kept"
    ]


@pytest.mark.parametrize("data", [b"", b"{", b'{"a": 1}', b"[" * 100_000, b"\xff\xfe", b"[1, 2"])
def test_a_list_that_is_no_list_is_refused_with_the_only_error_of_parsers(data: bytes) -> None:
    for parse in (packages_json.parse, processes.parse_json, root.parse_binaries, root.parse_mounts):
        with pytest.raises(ParseError):
            list(parse(data, Account()))


ENTRIES = [
    {"path": "/system/bin/sh", "size": 3, "sha256": SHA, "sha1": "", "md5": "", "error": ""},
    {"path": "/data/app/~~aa==/org.example.notes-bb==/base.apk", "size": 1, "sha256": ""},
    {"path": "/sdcard/Android/data/org.example.gone/x {\\}, \\{", "size": 1},
    {"path": "/data/user/10/org.example.work", "size": 1},
    {"path": "/system/xbin/su", "size": 1},
    {"path": "/data/misc/user/0/cacerts-added/0a1b2c3d.0", "size": 1},
]


def shapes() -> Iterator[tuple[str, str]]:
    yield "indented", json.dumps(ENTRIES, indent=4)
    yield "two spaces", json.dumps(ENTRIES, indent=2)
    yield "compact", json.dumps(ENTRIES, separators=(",", ":"))
    yield "lines", "".join(json.dumps(entry) + "\n" for entry in ENTRIES)


def read_files(text: bytes, chunk: int) -> tuple[list[files_json.FileEntry], list[Row], Account]:
    account = Account()
    chunks = (text[at : at + chunk] for at in range(0, len(text), chunk))
    entries, rows, seen = [], [], {}
    for batch in files_json.batches(chunks, account):
        entries += batch.entries
        rows += files_json.rows(batch, seen)
    return entries, rows, account


@pytest.mark.parametrize(("name", "text"), list(shapes()), ids=[name for name, _ in shapes()])
@pytest.mark.parametrize("chunk", [1, 13, 200, 100_000])
def test_every_shape_of_the_list_of_files_reads_alike_in_chunks_of_any_size(name: str, text: str, chunk: int) -> None:
    entries, rows, account = read_files(text.encode(), chunk)
    assert [entry.path for entry in entries] == [entry["path"] for entry in ENTRIES], name
    assert account.lost == 0
    named = {(row.package, row.user) for row in rows if row.name == "app.named"}
    assert named == {("org.example.notes", None), ("org.example.gone", 0), ("org.example.work", 10)}
    assert [row.value for row in rows if row.name == "root.trace"] == ["/system/xbin/su"]
    assert [row.value for row in rows if row.name == "user_certificate"] == ["0a1b2c3d.0"]
    if "\n" in text:
        lines = text.splitlines()
        for row in rows:
            window = lines[row.line - 1]
            assert json.dumps(str(row.value)) in window or row.name == "user_certificate"


@pytest.mark.parametrize("chunk", [50, 100_000])
def test_one_broken_file_is_lost_alone(chunk: int) -> None:
    text = json.dumps(ENTRIES, indent=4).replace('"size": 3', '"size": ]').encode()
    entries, _, account = read_files(text, chunk)
    assert [entry.path for entry in entries] == [entry["path"] for entry in ENTRIES[1:]]
    assert account.lost == 1


def test_a_list_that_is_cut_off_keeps_what_was_whole_and_says_so() -> None:
    text = json.dumps(ENTRIES, indent=4).encode()
    entries, _, account = read_files(text[: len(text) // 2], 64)
    assert [entry.path for entry in entries] == [entry["path"] for entry in ENTRIES[: len(entries)]]
    assert 0 < len(entries) < len(ENTRIES)
    assert list(account.notes) == ["the list of files is cut off"]


@pytest.mark.parametrize("data", [b"", b"hello", b"<html>", b'"x"'])
def test_a_text_that_is_no_list_of_files_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        read_files(data, 10)


@pytest.mark.parametrize(
    ("path", "app"),
    [
        ("/data/app/org.example.notes-1/base.apk", ("org.example.notes", None)),
        ("/data/data/org.example.notes", ("org.example.notes", 0)),
        ("/data/user_de/11/org.example.notes/x", ("org.example.notes", 11)),
        ("/storage/emulated/10/Android/media/org.example.notes", ("org.example.notes", 10)),
        ("/data/media/0/Android/obb/org.example.notes/a.obb", ("org.example.notes", 0)),
        ("/sdcard/Android/data", None),
        ("/data/app", None),
        ("/sdcard/DCIM/org.example.notes", None),
    ],
)
def test_paths_that_belong_to_an_app(path: str, app: object) -> None:
    assert files_json.app_of(path) == app


def test_mounts_in_both_spellings() -> None:
    mounts = [
        "/dev/block/dm-0 on /system type ext4 (ro,seclabel)",
        "/dev/block/dm-1 on /vendor type ext4 (rw,seclabel)",
        "/dev/block/dm-2 /product ext4 rw,seclabel 0 0",
        "magisk /sbin/x tmpfs ro 0 0",
        "tmpfs on /data type tmpfs (rw)",
    ]
    rows = list(root.parse_mounts(json.dumps(mounts).encode(), Account()))
    assert [row.value for row in rows] == [mounts[1], mounts[2], mounts[3]]


def test_the_record_of_an_acquisition() -> None:
    found = acquisition.parse(b'{"uuid": "u", "androidqf_version": "1", "started": "2024-03-01T10:00:00.5Z", "x": {}}')
    assert found.taken == "2024-03-01T10:00:00Z"
    with pytest.raises(ParseError):
        acquisition.parse(b'{"something": "else"}')


def test_hashes_with_quoted_paths_and_a_heading() -> None:
    account = Account()
    text = f'path,sha256\nfiles.json,{SHA}\n"a,b ""c"".txt",{SHA}\nbroken\n'
    assert list(acquisition.parse_hashes(plain_lines(text), account)) == [("files.json", SHA), ('a,b "c".txt', SHA)]
    assert (account.lost, account.first_lost) == (1, 4)


def test_intrusion_logs_give_contacts_and_added_certificates() -> None:
    dns = {"event_time": 1_710_000_000_000, "package_name": "org.a.b", "hostname": "Host.Example"}
    added = {"subject": "CN=x", "success": True}
    lines = [
        {"dns_event": dns | {"ip_addresses": ["/192.0.2.1"]}},
        {"connect_event": {"event_time": 1, "package_name": "org.a.b", "ip_address": "/192.0.2.2"}},
        {"security_event": {"event_time": 1_710_000_000_000_000_000, "cert_authority_installed": added}},
        {"else": 1},
    ]
    account = Account()
    found = list(intrusion.parse(plain_lines("\n".join(map(json.dumps, lines)) + "\n{broken"), account))
    assert [each.host for each in found if isinstance(each, intrusion.Contact)] == [
        "host.example", "192.0.2.1", "192.0.2.2",
    ]  # fmt: skip
    assert found[0].when == "2024-03-09T16:00:00Z"
    assert found[3] == intrusion.AddedCertificate(3, "CN=x", "2024-03-09T16:00:00Z")
    assert account.lost == 2
