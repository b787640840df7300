"""Small parts of the parsers of iOS: ids, hosts, states of location, forms of records."""

import plistlib

import pytest

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.parsers.ios import diagnosis, info, location, origin, profiles, settings
from luciole.devices.parsers.rows import Account, Row
from luciole.intel import apple_ids
from luciole.kernel.errors import ParseError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("org.example.app", "org.example.app"),
        ("A1B2C3D4E5.org.example.app", "org.example.app"),
        ("org.example.my-app", "org.example.my-app"),
        ("9gag.app", "9gag.app"),
        ("org", ""),
        ("org..app", ""),
        ("1.2.3", ""),
        ("org.example.app/x", ""),
        ("org.exämple.app", ""),
        ("a." * 200 + "b", ""),
        ("ABCDEFGHIJ.app", "ABCDEFGHIJ.app"),
    ],
)
def test_ids_of_apps(text: str, expected: str) -> None:
    assert apple_ids.plain_id(text) == expected


def test_ids_of_extensions_and_folders_belong_to_the_longest_known_app() -> None:
    known = {"org.example.app", "org.example.app.pro"}
    assert apple_ids.owner_of("org.example.app.pro.share", known) == "org.example.app.pro"
    assert apple_ids.owner_of("group.org.example.app", known) == "org.example.app"
    assert apple_ids.owner_of("group.A1B2C3D4E5.org.example.app", known) == "org.example.app"
    assert apple_ids.owner_of("org.example.application", known) == ""


def test_the_number_of_a_team_behind_an_id() -> None:
    assert apple_ids.team_behind("org.example.app.A1B2C3D4E5") == "A1B2C3D4E5"
    assert apple_ids.team_behind("org.example.APPLICATIO") == ""
    assert origin.original_id("org.example.app.A1B2C3D4E5") == "org.example.app"
    assert origin.original_id("org.example.app") == ""


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://Panel.Example.NET/x?y", "panel.example.net"),
        ("panel.example.net:8443", "panel.example.net"),
        ("https://user:word@panel.example.net:1/x", "panel.example.net"),
        ("https://[2001:db8::1]:8443/x", "2001:db8::1"),
        ("192.0.2.7", "192.0.2.7"),
        ("https://", ""),
        ("nothing", ""),
        ("a b.c", ""),
        ("x" * 300 + ".net", ""),
        ("https://a.b\0.c", ""),
    ],
)
def test_hosts_of_addresses(address: str, host: str) -> None:
    assert profiles.host_of(address) == host


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"Authorization": 4}, "always"),
        ({"Authorization": 2}, "when-in-use"),
        ({"Authorization": 1}, "never"),
        ({"Authorization": 0}, "asked"),
        ({"Authorized": True}, "always"),
        ({"Authorized": False}, "never"),
    ],
)
def test_states_of_location(about: dict[str, Value], expected: str) -> None:
    for name in ("org.example.app", "iorg.example.app:", "/Applications/org.example.app"):
        rows = list(location.parse({name: {**about, "BundleId": "org.example.app"}}, Account()))
        assert [(row.name, row.value, row.package) for row in rows] == [
            ("location.access", expected, "org.example.app")
        ]


def origins(record: dict[str, object]) -> list[str]:
    value = plist.load(plistlib.dumps(record))
    return [str(row.value) for row in info.store_record(value, "org.example.app", 1) if row.name == "app.origin"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"softwareVersionBundleId": "org.example.app", "itemId": 5, "sourceApp": "com.apple.AppStore"}, ["app-store"]),
        ({"softwareVersionBundleId": "org.example.app", "itemId": 5}, ["app-store"]),
        ({"softwareVersionBundleId": "org.example.other", "itemId": 5, "sourceApp": "com.apple.AppStore"}, []),
        ({"softwareVersionBundleId": "org.example.app", "sourceApp": "com.apple.AppStore"}, []),
        ({"itemId": 5, "sourceApp": "org.example.installer"}, []),
        ({"itemId": 5, "sourceApp": "com.apple.TestFlight"}, ["testflight"]),
        ({"itemId": 5, "sourceApp": "com.apple.dmd"}, ["management"]),
        ({"itemId": 5, "distributorInfo": {"distributorID": "org.example.store"}}, ["marketplace"]),
    ],
)
def test_only_the_own_record_with_a_number_of_the_store_proves_the_store(
    record: dict[str, object], expected: list[str]
) -> None:
    assert origins(record) == expected


def profile(**entitled: object) -> bytes:
    value = {"Entitlements": {"application-identifier": "A1B2C3D4E5.org.example.app"}, **entitled}
    return b"\x30\x82\x01\x00" + plistlib.dumps(value) + b"\0" * 8


def test_provisioning_profiles() -> None:
    def kinds(data: bytes) -> list[tuple[str, object]]:
        return [(row.name, row.value) for row in origin.provisioning(data)]

    assert kinds(profile(ProvisionsAllDevices=True)) == [("app.origin", "enterprise"), ("app.sideloaded", True)]
    assert kinds(profile(ProvisionedDevices=["a"])) == [("app.origin", "developer"), ("app.sideloaded", True)]
    assert kinds(profile()) == [("app.named", "")]
    with pytest.raises(ParseError):
        kinds(b"\x30\x82 no list")


def test_names_of_people_never_become_rows() -> None:
    value: Value = {"HostID": "COMPUTER-OF-SOMEBODY", "ComputerName": "Somebody's computer", "EscrowBag": b"key"}
    rows: list[Row] = list(settings.parse_pairing(value, Account()))
    assert len(rows) == 1
    assert "SOMEBODY" not in str(rows).upper()
    assert info.masked("F2LLINERT123") == "…T123"
    assert info.masked("short") == "…"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Installing <MIInstallableBundle ID=org.example.app; Version=1, ShortVersion=1.0>", "app.named"),
        ("Install Successful for (Customer:org.example.app)", "app.named"),
        ("Install Successful for (org.example.app)", "app.named"),
        ("Made container live for org.example.app at /private/var/containers/Bundle", "app.named"),
        ("Uninstalling identifier org.example.app", "removal"),
        ("Uninstalling [org.example.app/Invalid/[user-defined persona]]", "removal"),
    ],
)
def test_lines_of_the_log_of_installations(text: str, name: str) -> None:
    account = Account()
    line = f"Thu Mar 20 09:00:00 2025 [78] <notice> (0x16f2d3000) -[MIClient doing:]: {text}"
    rows = list(diagnosis.installation_log([(7, line)], account))
    assert [(row.name, row.package, row.line, row.when) for row in rows] == [
        (name, "org.example.app", 7, "2025-03-20T09:00:00")
    ]
    assert account.understood


def test_a_log_of_another_shape_is_not_understood() -> None:
    account = Account()
    assert list(diagnosis.installation_log([(1, "hello org.example.app")], account)) == []
    assert not account.understood


def test_a_process_of_a_jailbreak_is_a_trace() -> None:
    lines = ["USER PID COMMAND", "root 1   /sbin/launchd", "root 2   /usr/bin/frida-server -D"]
    rows = list(diagnosis.processes(enumerate(lines, 1), Account()))
    assert [(row.value, row.line) for row in rows if row.name == "root.trace"] == [("/usr/bin/frida-server -D", 3)]
