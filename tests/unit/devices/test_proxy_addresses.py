"""Addresses of proxies in results: the server, never the name and the password before it."""

import json

import pytest

from luciole.devices.parsers.computer import linux, macos, registry
from luciole.devices.parsers.computer.records import without_access
from luciole.devices.parsers.rows import Account, Row


def of(records: object, name: str) -> list[object]:
    return [each.value for each in records if isinstance(each, Row) and each.name == name]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("written", "server"),
    [
        ("http://proxy.example:3128", "proxy.example:3128"),
        ("http://anna:secret@proxy.example:3128/", "proxy.example:3128"),
        ("anna:se/c@ret@proxy.example:3128", "proxy.example:3128"),
        ("'http://anna:a://b@proxy.example:3128'", "proxy.example:3128"),
        ("socks5://[2001:db8::1]:1080", "[2001:db8::1]:1080"),
    ],
)
def test_of_a_proxy_in_the_environment_only_the_server_is_kept(written: str, server: str) -> None:
    assert of(linux.environment(f"https_proxy={written}\n".encode(), Account()), "proxy") == [server]


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("http://a:b@host.example/p@th.pac", "http://host.example/p@th.pac"),
        ("http://host.example/x", "http://host.example/x"),
        ("a:b@host:8080", "host:8080"),
        ("", ""),
    ],
)
def test_an_address_loses_its_access_and_keeps_its_path(address: str, plain: str) -> None:
    assert without_access(address) == plain


def test_scripts_and_proxies_of_windows_and_macos_lose_theirs() -> None:
    key = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"
    values = (
        ("ProxyEnable", 1),
        ("ProxyServer", "http=a:b@h.example:1;h2.example:2"),
        ("AutoConfigURL", "http://a:b@p/x"),
    )
    lines = "\n".join(json.dumps({"key": key, "name": name, "data": data}) for name, data in values).encode()
    rows = list(registry.records(registry.exported(lines, Account()), Account()))
    assert of(rows, "proxy") == ["h.example:1", "h2.example:2"]
    assert of(rows, "proxy.script") == ["http://p/x"]
    told = b"<dictionary> {\n  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : http://a:b@p.example/x\n}"
    assert of(macos.proxies(told, Account()), "proxy.script") == ["http://p.example/x"]
