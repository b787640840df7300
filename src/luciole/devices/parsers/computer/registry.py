"""Values of the registry of Windows, from a hive or an export → what they start, list, allow and change."""

from __future__ import annotations

import base64
import binascii
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

import msgspec

from luciole.devices.parsers.computer import tables
from luciole.devices.parsers.computer.certificates import of_windows_blob
from luciole.devices.parsers.computer.records import Listed, Of, Record, start, without_access
from luciole.devices.parsers.reach import reach_of
from luciole.devices.parsers.rows import LOOK, Account, Row

Data: TypeAlias = "str | int | bytes | list[str]"
_BASE64 = "base64:"


class Value(NamedTuple):
    """One value. key: from HKLM, HKU or HKCU on; line: of an export; offset: in a hive."""

    key: str
    name: str
    data: Data
    line: int = 0
    offset: int = -1


class _Exported(msgspec.Struct):
    key: str
    name: str
    data: str | int | list[str]
    type: int = 1


def exported(data: bytes, account: Account) -> Iterator[Value]:
    """The lines of an export: JSON with key, name, type and data; bytes as base64. A damaged line is lost alone."""
    decoder = msgspec.json.Decoder(_Exported)
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            found = decoder.decode(line)
            yield Value(found.key, found.name, _decoded(found.data), number)
        except (msgspec.DecodeError, binascii.Error, RecursionError, UnicodeDecodeError):
            account.lose(number)
            continue
        account.anchor()
    account.heading()


def _decoded(data: str | int | list[str]) -> Data:
    if isinstance(data, str) and data.startswith(_BASE64):
        return base64.b64decode(data[len(_BASE64) :], validate=True)
    return data


def records(values: Iterable[Value], account: Account) -> Iterator[Record]:
    """What the values say. Every text is also handed on to be searched for names."""
    for key, group in itertools.groupby(values, lambda value: value.key):
        found = list(group)
        yield Row(LOOK, "\n".join(_texts(key, found)), found[0].line)
        low = key.lower()
        for test, read in _KEYS:
            if test(low):
                yield from read(key, {value.name.lower(): value for value in found}, account)


def _texts(key: str, values: list[Value]) -> Iterator[str]:
    yield key
    for value in values:
        yield value.name
        if isinstance(value.data, str):
            yield value.data
        elif isinstance(value.data, list):
            yield from value.data


Group: TypeAlias = "dict[str, Value]"


def _text(values: Group, name: str) -> str:
    found = values.get(name)
    return found.data.strip("\0 ") if found is not None and isinstance(found.data, str) else ""


def _number(values: Group, name: str) -> int | None:
    found = values.get(name)
    return found.data if found is not None and isinstance(found.data, int) else None


def _list(values: Group, name: str) -> list[str]:
    found = values.get(name)
    if found is None:
        return []
    if isinstance(found.data, list):
        return [each for each in found.data if each]
    return [each for each in str(found.data).replace(",", " ").split() if each] if isinstance(found.data, str) else []


def _placed(row: Row, value: Value) -> Row:
    return row._replace(line=value.line, offset=value.offset)


def _of(record: Of, value: Value) -> Of:
    return record._replace(row=_placed(record.row, value))


def _scope(key: str) -> str:
    return "system" if key.upper().startswith("HKLM") else "user"


def _run(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    for value in values.values():
        if isinstance(value.data, str) and value.data.strip("\0 "):
            place = f"{key}\\{value.name}"
            yield _of(start("autostart.entry", "run-key", place, value.data, scope=_scope(key)), value)


def _uninstall(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    label = _text(values, "displayname")
    identity = key.rpartition("\\")[2]
    if not values or identity.lower() == "uninstall" or not (label or _text(values, "uninstallstring")):
        return
    first = next(iter(values.values()))
    folders = [
        _text(values, "installlocation"),
        _folder(_text(values, "displayicon")),
        _folder(_text(values, "uninstallstring")),
    ]
    yield Listed(
        identity,
        label,
        _text(values, "displayversion"),
        _text(values, "publisher"),
        tuple(dict.fromkeys(folder for folder in folders if folder)),
        first.line,
        hidden=_number(values, "systemcomponent") == 1,
        when=_day(_text(values, "installdate")),
    )


def _folder(command: str) -> str:
    """The folder of a program that a command or an icon names."""
    path = command.strip().strip('"').partition('"')[0]
    low = path.lower()
    at = low.find(".exe")
    path = path[: at + 4] if at > 0 else path.partition(",")[0]
    return path.rpartition("\\")[0] if "msiexec" not in low else ""


def _day(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else ""  # noqa: PLR2004 - yyyymmdd


def _winlogon(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    ordinary = {
        "shell": ("explorer.exe",),
        "userinit": ("userinit.exe",),
        "vmapplet": ("systempropertiesperformance.exe",),
        "taskman": (),
    }
    for name, usual in ordinary.items():
        for part in _text(values, name).split(","):
            program = part.strip()
            plain = program.lower().strip('"').split("/")[0].strip()
            if plain and not any(
                plain in {each, "c:\\windows\\system32\\" + each, "%systemroot%\\system32\\" + each} for each in usual
            ):
                place = f"{key}\\{values[name].name}"
                yield _of(start("autostart.hook", "winlogon", place, program, scope=_scope(key)), values[name])


def _windows(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    enabled = _number(values, "loadappinit_dlls") != 0
    for each in _list(values, "appinit_dlls"):
        place = f"{key}\\AppInit_DLLs"
        yield _of(start("autostart.hook", "appinit", place, each, enabled=enabled), values["appinit_dlls"])
    for name in ("load", "run"):
        if _text(values, name):
            place = f"{key}\\{name}"
            yield _of(start("autostart.entry", "run-key", place, _text(values, name), scope=_scope(key)), values[name])


def _image_options(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    for name in ("debugger", "monitorprocess"):
        if _text(values, name):
            trigger = key.rpartition("\\")[2]
            place = f"{key}\\{values[name].name}"
            yield _of(
                start("autostart.hook", "image-options", place, _text(values, name), trigger=trigger), values[name]
            )


_AT_SIGN_IN = ("userinitmprlogonscript", "autorun", "scrnsave.exe")


def _at_sign_in(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    """A script at sign-in, a command before each command line, and the program that runs when nobody types."""
    for name in _AT_SIGN_IN:
        if _text(values, name):
            place = f"{key}\\{values[name].name}"
            yield _of(start("autostart.entry", "run-key", place, _text(values, name), scope=_scope(key)), values[name])


def _active_setup(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    if _text(values, "stubpath"):
        yield _of(
            start("autostart.hook", "active-setup", f"{key}\\StubPath", _text(values, "stubpath")), values["stubpath"]
        )


_LSA = frozenset(
    {
        "msv1_0",
        "scecli",
        "rassfm",
        "kerberos",
        "schannel",
        "wdigest",
        "tspkg",
        "pku2u",
        "cloudap",
        '""',
        "msoidssp",
        "livessp",
    }
)


def _lsa(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    for name in ("authentication packages", "notification packages", "security packages"):
        for each in _list(values, name):
            if each.lower() not in _LSA:
                path = each if "\\" in each else f"c:\\windows\\system32\\{each}.dll"
                yield _of(start("autostart.hook", "lsa", f"{key}\\{values[name].name}", path), values[name])


_DRIVERS = frozenset({1, 2, 8})
_DISABLED = 4


def _service(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    parts = key.split("\\")
    at = [part.lower() for part in parts].index("services")
    if len(parts) < at + 2:
        return
    name = parts[at + 1]
    image = values.get("imagepath")
    if (
        image is not None
        and isinstance(image.data, str)
        and len(parts) == at + 2
        and "svchost.exe" not in image.data.lower()
    ):
        kind = "driver" if (_number(values, "type") or 16) in _DRIVERS else "service"
        command = _driver_path(image.data) if kind == "driver" else image.data
        enabled = _number(values, "start") != _DISABLED
        yield _of(start("autostart.service", kind, f"{key}", command, enabled=enabled, trigger=name), image)
    library = values.get("servicedll")
    if library is not None and isinstance(library.data, str) and library.data:
        yield _of(start("autostart.service", "service", key, library.data, trigger=name), library)


def _driver_path(path: str) -> str:
    return f"c:\\windows\\{path}" if path.lower().startswith("system32\\") else path


def _key_filters(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    keyboard = "4d36e96b" in key.lower()
    for name in ("upperfilters", "lowerfilters"):
        for each in _list(values, name):
            if each.lower() not in tables.FILTERS_OF_WINDOWS:
                path = f"c:\\windows\\system32\\drivers\\{each.lower()}.sys"
                place = f"{key}\\{values[name].name}"
                yield _of(
                    start("autostart.hook", "key-filter" if keyboard else "pointer-filter", place, path), values[name]
                )
                if keyboard:
                    yield _placed(Row("input.reader", each, attributes={"kind": "key-filter"}), values[name])


def _name_servers(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    interface = "" if key.lower().endswith("\\parameters") else key.rpartition("\\")[2]
    for each in _list(values, "nameserver"):
        row = Row("dns.server", each, attributes={"interface": interface, "reach": reach_of(each)})
        yield _placed(row, values["nameserver"])
    for each in _list(values, "dhcpnameserver"):
        # the network around gave it: whether it is a well-known one says nothing about this computer
        yield _placed(Row("dns.server", each, attributes={"interface": interface}), values["dhcpnameserver"])


def _terminal(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    deny = _number(values, "fdenytsconnections")
    if deny is not None:
        row = Row("remote.service", "Remote Desktop", attributes={"kind": "rdp", "enabled": deny == 0})
        yield _placed(row, values["fdenytsconnections"])


def _internet(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    server = _text(values, "proxyserver")
    if server and _number(values, "proxyenable") == 1:
        for each in server.split(";"):
            yield _placed(Row("proxy", without_access(each.rpartition("=")[2].strip())), values["proxyserver"])
    if _text(values, "autoconfigurl"):
        script = without_access(_text(values, "autoconfigurl"))
        yield _placed(Row("proxy.script", script), values["autoconfigurl"])


_EXCLUDED = {"paths": "path", "processes": "process", "extensions": "extension", "ipaddresses": "address"}


def _exclusions(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    kind = _EXCLUDED.get(key.rpartition("\\")[2].lower())
    for value in values.values() if kind else ():
        if value.name:
            yield _placed(Row("protection.exclusion", value.name, attributes={"kind": str(kind)}), value)


def _protection(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    for name in ("disableantispyware", "disablerealtimemonitoring"):
        if _number(values, name) == 1:
            yield _placed(
                Row("protection.off", "windows-defender", attributes={"value": values[name].name}), values[name]
            )


def _forced(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    for value in values.values():
        identity = str(value.data).partition(";")[0].strip().lower() if isinstance(value.data, str) else ""
        if identity:
            browser = key.split("\\")[-2]
            yield Of(
                identity,
                "id",
                _placed(Row("extension.forced", f"{key}\\{value.name}", attributes={"browser": browser}), value),
            )


def _outside_extension(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    identity = key.rpartition("\\")[2].lower()
    if values and identity != "extensions":
        value = next(iter(values.values()))
        row = Row("extension.place", key, attributes={"browser": "Chrome", "from": "program", "enabled": True})
        yield Of(identity, "id", _placed(row, value))


def _certificate(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    blob = values.get("blob")
    if blob is not None and isinstance(blob.data, bytes):
        for row in of_windows_blob(blob.data, account, blob.line):
            yield _placed(row, blob)


def _enrolment(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    provider = _text(values, "providerid")
    if provider:
        kind = "intune" if "ms dm" in provider.lower() else "mdm"
        server = _text(values, "discoveryservicefullurl")
        yield _placed(
            Row("management.enrolment", provider, attributes={"kind": kind, "server": server}), values["providerid"]
        )


def _joined(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    if _text(values, "tenantid"):
        row = Row("management.enrolment", _text(values, "tenantid"), attributes={"kind": "entra", "server": ""})
        yield _placed(row, values["tenantid"])


def _domain(key: str, values: Group, account: Account) -> Iterator[Record]:
    yield from _name_servers(key, values, account)
    name = _text(values, "nv domain") or _text(values, "domain")
    if name:
        value = values.get("nv domain") or values["domain"]
        yield _placed(Row("management.enrolment", name, attributes={"kind": "domain", "server": ""}), value)


def _hidden_accounts(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    for value in values.values():
        if value.data == 0 and value.name:
            yield _placed(Row("account.local", value.name, attributes={"kind": "standard", "hidden": True}), value)


def _product(key: str, values: Group, account: Account) -> Iterator[Record]:  # noqa: ARG001 - one form for all keys
    for name, shown in (("productname", "model"), ("currentbuild", "build"), ("displayversion", "os_version")):
        if _text(values, name):
            yield _placed(Row("device.property", _text(values, name), attributes={"key": shown}), values[name])


def _ends(*endings: str) -> Callable[[str], bool]:
    return lambda key: key.endswith(endings)


def _holds(part: str) -> Callable[[str], bool]:
    return lambda key: part in key


_KEYS: tuple[tuple[Callable[[str], bool], Callable[[str, Group, Account], Iterator[Record]]], ...] = (
    (_ends("\\run", "\\runonce", "\\runservices"), _run),
    (_holds("\\currentversion\\uninstall\\"), _uninstall),
    (_ends("\\currentversion\\winlogon"), _winlogon),
    (_ends("\\windows nt\\currentversion\\windows"), _windows),
    (_holds("\\image file execution options\\"), _image_options),
    (_holds("\\silentprocessexit\\"), _image_options),
    (_holds("\\active setup\\installed components\\"), _active_setup),
    (_ends("\\environment", "\\command processor", "\\control panel\\desktop"), _at_sign_in),
    (_ends("\\control\\lsa"), _lsa),
    (_holds("\\services\\"), _service),
    (_holds("\\control\\class\\{4d36e96"), _key_filters),
    (_holds("\\tcpip\\parameters\\interfaces\\"), _name_servers),
    (_holds("\\tcpip6\\parameters\\interfaces\\"), _name_servers),
    (_ends("\\services\\tcpip6\\parameters"), _name_servers),
    (_ends("\\control\\terminal server"), _terminal),
    (_ends("\\currentversion\\internet settings"), _internet),
    (_holds("\\windows defender\\exclusions\\"), _exclusions),
    (_holds("\\windows defender"), _protection),
    (_ends("\\extensioninstallforcelist"), _forced),
    (_holds("\\google\\chrome\\extensions\\"), _outside_extension),
    (_holds("\\systemcertificates\\root\\certificates\\"), _certificate),
    (_holds("\\enrollments\\"), _enrolment),
    (_holds("\\clouddomainjoin\\joininfo\\"), _joined),
    (_ends("\\services\\tcpip\\parameters"), _domain),
    (_ends("\\specialaccounts\\userlist"), _hidden_accounts),
    (_ends("\\windows nt\\currentversion"), _product),
)
"""Which keys mean what, by the end or a part of their path in small letters."""
