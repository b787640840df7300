"""Reads sections that name apps in passing: databases, running processes and services, accounts, VPN connections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.files_json import app_of
from luciole.devices.parsers.rows import (
    Account,
    Line,
    Row,
    between,
    components,
    first_rows,
    is_package,
    number,
    uid_number,
)
from luciole.kernel.facts import Value

_MOST = 20_000
_ALL_PROCESSES = "ACTIVITY MANAGER RUNNING PROCESSES"
_SOME_PROCESSES = "the list of running processes is not in it"
_PER_USER = 100_000


def databases(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """The dbinfo section: `** Database info for pid N [package] **` and database paths, also of removed apps."""
    first: dict[str, int] = {}
    for at, text in lines:
        stripped = text.strip()
        if stripped.startswith("** Database info for pid"):
            account.anchor()
            _remember(first, between(stripped, "[", "]").partition(":")[0], at)
        found = app_of(stripped[stripped.index("/data/") :]) if "/data/" in stripped else None
        if found is not None:
            _remember(first, found[0], at)
    yield from first_rows(first)


def activity(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """The activity section: `process` rows for `ProcessRecord{… pid:package/u0a1}`, names for everything else."""
    first: dict[str, int] = {}
    seen: set[tuple[str, int]] = set()
    listed = False
    for at, text in lines:
        if text.startswith("ACTIVITY MANAGER"):
            account.heading()
            listed = listed or text.startswith(_ALL_PROCESSES)
        if "ProcessRecord{" in text:
            yield from _process(at, between(text, "ProcessRecord{", "}"), seen, account)
        elif "/" in text:
            for found in components(text):
                _remember(first, found.package, at)
    if seen or first:
        account.anchor()
    if not (listed and seen):
        account.note(_SOME_PROCESSES)
    yield from first_rows(first)


def _process(at: int, text: str, seen: set[tuple[str, int]], account: Account) -> Iterator[Row]:
    """`abc 1234:package:remote/u0a123`."""
    words = text.split()
    who, _, owner = words[-1].partition("/") if words else ("", "", "")
    pid_text, _, name = who.partition(":")
    package, pid, uid = name.partition(":")[0], number(pid_text), uid_number(owner)
    if not is_package(package) or pid is None or (name, pid) in seen:
        return
    if len(seen) >= _MOST:
        account.skip(at)
        return
    seen.add((name, pid))
    user = None if uid is None else uid // _PER_USER
    attributes: dict[str, Value] = {"pid": pid, "user": owner}
    yield Row("process", name, at, package, user, attributes, uid=-1 if uid is None else uid)


def authenticators(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """The account and content sections: only the apps that they name, never an account."""
    first: dict[str, int] = {}
    for at, text in lines:
        if text.strip():
            account.anchor()
        for found in components(text):
            _remember(first, found.package, at)
    yield from first_rows(first)


def vpn(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """The vpn_management section: `Active package name:`; the always-on app where it is printed."""
    active = ""
    for at, text in lines:
        stripped = text.strip()
        key, _, value = stripped.partition(":")
        if stripped:
            account.anchor()
        package = value.strip()
        if "mAlwaysOn=true" in stripped and active:
            yield Row(
                "vpn.always_on",
                value=True,
                line=at,
                package=active,
                attributes={"lockdown": "mLockdown=true" in stripped},
            )
        if key == "Active package name" and is_package(package):
            active = package
            yield Row("app.named", "", at, package)
        elif key in {"Always-on package", "Always on VPN package", "mAlwaysOnPackage"} and is_package(package):
            yield Row("vpn.always_on", value=True, line=at, package=package)


def connectivity(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """The connectivity section: proxies of networks, `HttpProxy: [host] port`; direct connections are left out."""
    seen: set[str] = set()
    for at, text in lines:
        if "NetworkAgentInfo" in text or text.strip().startswith(
            ("NetworkProviders", "Active default network", "Current Networks")
        ):
            account.anchor()
        _, found, rest = text.partition("HttpProxy: [")
        host, _, port = rest.partition("] ")
        proxy = f"{host}:{port.split(' ', 1)[0].rstrip(',}')}"
        if found and host and proxy not in seen:
            account.skip(at) if len(seen) >= _MOST else seen.add(proxy)
            yield from (Row("proxy", proxy, at),) if proxy in seen else ()


def _remember(first: dict[str, int], name: str, at: int) -> None:
    if name not in first and len(first) < _MOST and is_package(name):
        first[name] = at
