"""Reads the settings section of dumpsys, which also says which app set each setting, and settings_*.txt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Line, Row, between, is_package, number
from luciole.devices.parsers.setting_rows import LONGEST_SHOWN, NOBODY, Setting, setting_rows
from luciole.devices.parsers.times import iso

SERVICE = "settings"
AREAS = ("device.settings",)
_NAMESPACES = {"GLOBAL": "global", "SECURE": "secure", "SYSTEM": "system", "CONFIG": "config"}
_AFTER_VALUE = (" default:", " defaultSystemSet:", " tag:")


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows for `_id:1 name:K pkg:P value:V default:… ` lines, and `changed_setting` for the history of operations."""
    namespace, user, history = "", 0, ""
    for at, text in lines:
        if text.startswith("_id:"):
            found = _setting(at, text, namespace, user)
            if found is None:
                account.lose(at)
            else:
                account.anchor()
                yield from setting_rows(found) if namespace != "config" else ()
        elif " SETTINGS (user " in text:
            account.heading()
            namespace = _NAMESPACES.get(text.partition(" ")[0], "")
            user = number(between(text, "(user ", ")")) or 0
        elif text.startswith("\tHistory ("):
            history = between(text, "(", ")")
        elif history and "package:" in text and text.startswith("\t"):
            yield from _change(at, text, history, namespace, user)
        elif "Setting{" in text:
            yield from _operation(at, text, namespace, user)


def _setting(at: int, text: str, namespace: str, user: int) -> Setting | None:
    key, value = between(text, " name:", " pkg:").strip(), between(text, " value:", "\n")
    if not key or " value:" not in text:
        return None
    for mark in _AFTER_VALUE:
        value = value.partition(mark)[0]
    return Setting(at, namespace, key, value.strip(), user, between(text, " pkg:"))


def _change(at: int, text: str, key: str, namespace: str, user: int) -> Iterator[Row]:
    """A line of Samsung's history: `time:03-01 10:00:00 mode:update oldValue:0 newValue:1 package:P`."""
    who = between(text, "package:").strip()
    if is_package(who) and who not in NOBODY:
        value = between(text, "newValue:", " package:")[:LONGEST_SHOWN]
        yield Row("changed_setting", key, at, who, user, {"value": value, "namespace": namespace})


def _operation(at: int, text: str, namespace: str, user: int) -> Iterator[Row]:
    """`2024-03-01 10:00:00.000 update Setting{name=K value=V from P}`, as far as it is printed."""
    inner = between(text, "Setting{", "}")
    key = between(inner, "name=") or between(inner, "name:")
    who = between(inner, " from ").strip() or between(inner, "packageName=") or between(inner, "pkg:")
    value = (between(inner, "value=", " from ") if " from " in inner else between(inner, "value=")).strip()
    if key and is_package(who):
        when = iso(text.strip()[:23])
        yield Row("changed_setting", key, at, who, user, {"value": value[:LONGEST_SHOWN], "namespace": namespace}, when)


def parse_file(lines: Iterable[Line], account: Account, namespace: str, user: int = 0) -> Iterator[Row]:
    """Rows for the `key=value` lines of `settings list`; a value may itself contain `=`. It speaks of `user`."""
    account.note("it names neither who changed a setting nor the settings of other users")
    for at, text in lines:
        key, equals, value = text.partition("=")
        if not equals or not key or " " in key.strip():
            if text.strip():
                account.lose(at)
            continue
        account.anchor()
        yield from setting_rows(Setting(at, namespace, key.strip(), value.strip(), user))
