"""Reads what the package manager and its neighbours list on a command line: apps, roles, owners, operations, keyboards.

Formats: PackageManagerShellCommand, RoleShellCommand, DevicePolicyManagerServiceShellCommand, AppOpsService.Shell and
InputMethodManagerService.ShellCommandImpl of Android 8 to 16.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from luciole.devices.parsers.rows import Account, Line, Row, component, is_package, number
from luciole.kernel.facts import Value

_PREFIX = "package:"
_ROLE = "android.app.role."
_SHORT = {
    "SMS": "sms", "DIALER": "dialer", "ASSISTANT": "assistant", "HOME": "home", "BROWSER": "browser",
    "CALL_SCREENING": "call-screening", "CALL_REDIRECTION": "call-redirection",
}  # fmt: skip
_OWNERS = (("DeviceOwner", "device"), ("ProfileOwner", "profile"), ("ManagedProfileOwner", "profile"))


class Listed(NamedTuple):
    """One line of `pm list packages`. path: of its file; installer: empty for none; uid: -1 where it is not printed."""

    package: str
    path: str = ""
    installer: str = ""
    uid: int = -1


def read(lines: Iterable[Line], account: Account) -> Iterator[tuple[int, Listed]]:
    """`package:[PATH=]NAME[  installer=NAME][ uid:NUMBER]`, with the number of each line; others are lost."""
    for at, text in lines:
        if not text.strip():
            continue
        found = _listed(text)
        if found is None:
            account.lose(at)
        else:
            account.anchor()
            yield at, found


def _listed(text: str) -> Listed | None:
    """A path may hold `=` (it does from Android 11 on), a name may not."""
    if not text.startswith(_PREFIX):
        return None
    head, _, installer = text.removeprefix(_PREFIX).partition("  installer=")
    tail = installer or head
    rest, marked, digits = tail.rpartition(" uid:")
    uid = number(digits.partition(",")[0].strip()) if marked else -1
    if uid is None:
        return None
    if marked:
        installer, head = (rest, head) if installer else ("", rest)
    path, equals, name = head.strip().rpartition("=")
    installer = installer.strip()
    if not is_package(name):
        return None
    kept = "" if not equals or path == "null" else path
    return Listed(name, kept, "" if installer == "null" else installer, uid)


def parse_packages(
    lines: Iterable[Line], account: Account, user: int, installed: set[str] | None, elsewhere: set[str]
) -> Iterator[Row]:
    """Rows about each app that the device knows for one user.

    installed: the apps installed for it, None where that list did not come; elsewhere: those of any user. An app that
    is installed for nobody was removed and its data kept.
    """
    account.note("the lists do not say which permissions were granted")
    for at, one in read(lines, account):
        name = one.package
        if installed is not None and name in installed:
            yield Row("app.state", "installed", at, name, user)
        elif installed is not None and name not in elsewhere:
            yield Row("app.state", "removed-data-kept", at, name, user)
        else:
            yield Row("app.named", "", at, name)
            continue
        if one.uid >= 0:
            yield Row("app.uid", one.uid % 100_000, at, name)
        yield Row("app.installer", one.installer, at, name)
        if one.path:
            yield Row("app.code_path", one.path.rpartition("/")[0], at, name)


def parse_marked(lines: Iterable[Line], account: Account, user: int, mark: str) -> Iterator[Row]:
    """Rows `app.state` disabled, or `app.system`, for each app of a list. mark: disabled or system."""
    account.note("the lists do not say which permissions were granted")
    for at, one in read(lines, account):
        if mark == "system":
            yield Row("app.system", value=True, line=at, package=one.package)
        else:
            yield Row("app.state", mark, at, one.package, user)


def parse_role(lines: Iterable[Line], account: Account, user: int, role: str) -> Iterator[Row]:
    """Rows `role.holder` from the holders of one role, separated by semicolons; nothing is printed for none."""
    account.anchor()
    name = _SHORT.get(role.removeprefix(_ROLE), role)
    for at, text in lines:
        for holder in text.replace(";", " ").split():
            if is_package(holder):
                yield Row("role.holder", name, at, holder, user)
            else:
                account.lose(at)


def parse_owners(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `device_owner` and `device.managed` from `User  0: admin=pkg/.Receiver,DeviceOwner,…` or `no owners`."""
    for at, text in lines:
        stripped = text.strip()
        if stripped == "no owners":
            account.anchor()
            yield Row("device.managed", value=False, line=at)
        elif stripped.startswith("User "):
            yield from _owner(at, stripped, account)
        elif stripped and not stripped.endswith((" owner:", " owners:")):
            account.lose(at)


def _owner(at: int, text: str, account: Account) -> Iterator[Row]:
    user = number(text[5:].partition(":")[0].strip())
    admin, *words = text.partition("admin=")[2].split(",")
    found = component(admin)
    if user is None or found is None:
        account.lose(at)
        return
    account.anchor()
    for word, kind in _OWNERS:
        if any(each.partition("(")[0] == word for each in words):
            attributes: dict[str, Value] = {"kind": kind}
            yield Row("device_owner", found.name, at, found.package, user, attributes)
    if "DeviceOwner" in words:
        yield Row("device.managed", value=True, line=at)


def parse_operation(lines: Iterable[Line], account: Account, user: int, operation: str) -> Iterator[Row]:
    """Rows `appop` from the apps that were allowed one operation; one name a line, or `No operations.`."""
    account.anchor()
    for at, text in lines:
        name = text.strip()
        if is_package(name):
            yield Row("appop", operation, at, name, user, {"mode": "allow"})
        elif name and not name.startswith("No operations"):
            account.lose(at)


def parse_keyboards(lines: Iterable[Line], account: Account, user: int) -> Iterator[Row]:
    """Rows `keyboard` with state enabled from the ids of `ime list -s`, one a line."""
    account.anchor()
    for at, text in lines:
        found = component(text.strip())
        if found is not None:
            yield Row("keyboard", found.name, at, found.package, user, {"state": "enabled"})
        elif text.strip() and not text.startswith("User #"):
            account.lose(at)
