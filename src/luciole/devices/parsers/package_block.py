"""Reads one `Package [name]` or `SharedUser [name]` block of the package section."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from luciole.devices.parsers.rows import Account, Row, between, number
from luciole.devices.parsers.times import iso
from luciole.kernel.facts import Value

_FLAGS = {
    "DEBUGGABLE": "debuggable",
    "TEST_ONLY": "test_only",
    "ALLOW_BACKUP": "allow_backup",
    "HAS_CODE": "has_code",
    "PERSISTENT": "persistent",
}
_LISTS = {
    "requested permissions:": "requested",
    "install permissions:": "granted",
    "runtime permissions:": "granted",
    "disabledComponents:": "disabled",
    "enabledComponents:": "enabled",
}
_DISABLED = frozenset({"2", "3", "4"})
"""PackageManager.COMPONENT_ENABLED_STATE_DISABLED, _DISABLED_USER, _DISABLED_UNTIL_USED."""
_KEPT = frozenset({
    "userId", "appId", "codePath", "versionCode", "versionName", "firstInstallTime", "lastUpdateTime",
    "installerPackageName", "initiatingPackageName", "installInitiatingPackageName", "originatingPackageName",
    "installOriginatingPackageName", "sharedUser", "flags", "pkgFlags", "privateFlags", "privatePkgFlags",
    "archiveTime", "archiveState",
})  # fmt: skip
_ARCHIVED = frozenset({"archiveTime", "archiveState"})
"""Below a user from Android 15 on: the app's file was given back, its data and icon stay."""
_MOST_ITEMS = 20_000
_LAST_USER = 21_474
"""UserHandle.MAX_SECONDARY_USER_ID: user ids are numbers of 31 bits, 100,000 for each user."""


class UserState:
    """What a block says about one user. line: where; installed: None where it is not printed."""

    __slots__ = ("archived", "disabled", "enabled", "first_installed", "granted", "line", "text", "user")

    def __init__(self, user: int, line: int, text: str) -> None:
        self.user = user
        self.line = line
        self.text = text
        self.first_installed = ""
        self.archived = "archiveState=" in text and "archiveState=null" not in text
        self.granted: list[tuple[int, str]] = []
        self.disabled: list[str] = []
        self.enabled: list[str] = []

    def says(self, words: str) -> bool:
        """Whether the user's line holds the word, such as `hidden=true`."""
        return f" {words} " in f" {self.text} "

    @property
    def installed(self) -> bool:
        """Not printed counts as installed."""
        return not self.says("installed=false")


class PackageBlock:
    """One block, filled line by line. start: its first line; values: key → (line, value)."""

    __slots__ = (
        "_account",
        "_items",
        "_list",
        "_list_indent",
        "granted",
        "name",
        "requested",
        "start",
        "users",
        "values",
    )

    def __init__(self, name: str, start: int, account: Account) -> None:
        self.name = name
        self.start = start
        self._account = account
        self.values: dict[str, tuple[int, str]] = {}
        self.requested: list[tuple[int, str]] = []
        self.granted: list[tuple[int, str]] = []
        self.users: list[UserState] = []
        self._list = ""
        self._list_indent = 0
        self._items = 0

    def line(self, at: int, depth: int, text: str) -> None:
        """Takes one line. depth: its leading spaces; text: without them."""
        if self._list and depth > self._list_indent:
            self._item(at, text)
            return
        self._list = _LISTS.get(text, "") if text.endswith(":") else ""
        if self._list:
            self._list_indent = depth
        elif text.startswith("User ") and ":" in text:
            self._user(at, text)
        else:
            self._value(at, text)

    def _user(self, at: int, text: str) -> None:
        head, _, rest = text.partition(":")
        user = number(head.removeprefix("User ").strip())
        if user is None or not 0 <= user <= _LAST_USER:
            self._account.lose(at)
            return
        self.users.append(UserState(user, at, rest.strip()))

    def _item(self, at: int, text: str) -> None:
        self._items += 1
        if self._items > _MOST_ITEMS:
            self._account.skip(at)
        elif self._list == "requested":
            self.requested.append((at, sys.intern(text.partition(":")[0])))
        elif self._list == "granted":
            granted = self.users[-1].granted if self.users else self.granted
            if "granted=true" in text or ("granted=" not in text and ":" not in text):
                granted.append((at, text))
        elif self.users:
            (self.users[-1].disabled if self._list == "disabled" else self.users[-1].enabled).append(text)

    def _value(self, at: int, text: str) -> None:
        key, equals, value = text.partition("=")
        if not equals or key not in _KEPT:
            return
        if self.users:
            if key == "firstInstallTime":
                self.users[-1].first_installed = value
            elif key in _ARCHIVED and value != "null":
                self.users[-1].archived = True
            return
        self.values[key] = (at, value)

    # ------------------------------------------------------------------ what the block says

    def _get(self, *keys: str) -> tuple[int, str]:
        for key in keys:
            if key in self.values:
                return self.values[key]
        return self.start, ""

    @property
    def uid(self) -> int:
        """The app id number, -1 where it is not printed."""
        found = number(self._get("appId", "userId")[1].partition(" ")[0])
        return -1 if found is None else found

    @property
    def shared_user(self) -> str:
        """Name of the shared user id: `SharedUserSetting{abc name/10050}`."""
        text = self._get("sharedUser")[1]
        return between(text, " ", "}").partition("/")[0]

    @property
    def system(self) -> bool:
        """Part of the system image."""
        return " SYSTEM " in self._words("flags", "pkgFlags")

    def _words(self, *keys: str) -> str:
        """Flag words of all the keys between spaces: makers print one or both of the spellings."""
        return " ".join(f" {self.values[key][1].strip('[] ')} " for key in keys if key in self.values)

    def rows(self) -> Iterator[Row]:
        """Everything the block says."""
        yield from self._identity()
        yield from self._origin()
        for line, permission in self.requested:
            yield Row("permission.requested", permission, line, self.name)
        yield from self.permission_rows()
        yield from self._states()

    def _identity(self) -> Iterator[Row]:
        for name, key in (("app.code_path", "codePath"), ("app.version_name", "versionName")):
            if key in self.values:
                yield Row(name, self.values[key][1], self.values[key][0], self.name)
        line, text = self._get("versionCode")
        code, least, target = (
            number(part) for part in (text.partition(" ")[0], between(text, "minSdk="), between(text, "targetSdk="))
        )
        for name, found in (("app.version_code", code), ("app.min_sdk", least), ("app.target_sdk", target)):
            if found is not None:
                yield Row(name, found, line, self.name)
        if self.uid >= 0:
            yield Row("app.uid", self.uid, self._get("appId", "userId")[0], self.name)
        if self.shared_user:
            yield Row("app.shared_user", self.shared_user, self._get("sharedUser")[0], self.name)
        words = self._words("flags", "pkgFlags")
        line = self._get("flags", "pkgFlags")[0]
        for word, flag in _FLAGS.items():
            if f" {word} " in words:
                yield Row("app.flag", flag, line, self.name, attributes={"value": True})
        if self.system:
            privileged = " PRIVILEGED " in self._words("privateFlags", "privatePkgFlags")
            updated = " UPDATED_SYSTEM_APP " in words
            yield Row(
                "app.system",
                value=True,
                line=line,
                package=self.name,
                attributes={"updated": updated, "privileged": privileged},
            )

    def _origin(self) -> Iterator[Row]:
        line, installer = self._get("installerPackageName")
        others = {
            "initiator": self._get("initiatingPackageName", "installInitiatingPackageName")[1],
            "originator": self._get("originatingPackageName", "installOriginatingPackageName")[1],
        }
        named: dict[str, Value] = {key: value for key, value in others.items() if value and value != "null"}
        yield Row("app.installer", "" if installer == "null" else installer, line, self.name, attributes=named)
        for name, key in (("app.first_installed", "firstInstallTime"), ("app.last_updated", "lastUpdateTime")):
            line, text = self._get(key)
            if iso(text):
                yield Row(name, iso(text), line, self.name)

    def permission_rows(self) -> Iterator[Row]:
        """Granted permissions, of every user or of one."""
        yield from (self._granted(line, text, None) for line, text in self.granted)
        for state in self.users:
            yield from (self._granted(line, text, state.user) for line, text in state.granted)

    def _granted(self, line: int, text: str, user: int | None) -> Row:
        name, _, rest = text.partition(":")
        flags = between(rest, "flags=[", "]").replace("|", " ").split()
        return Row("permission.granted", sys.intern(name), line, self.name, user, {"flags": flags} if flags else {})

    def _states(self) -> Iterator[Row]:
        """For each user the one state that excludes others, then what is said besides about an installed app."""
        if not self.users:
            yield Row("app.state", "installed", self.start, self.name)
        for state in self.users:
            if state.installed:
                yield from self._installed(state)
            elif state.archived:
                yield Row("app.state", "archived", state.line, self.name, state.user)
        if self.users and not any(state.installed or state.archived for state in self.users):
            yield Row("app.state", "removed-data-kept", self.users[0].line, self.name, self.users[0].user)

    def _installed(self, state: UserState) -> Iterator[Row]:
        words = ["installed"]
        words += ["disabled"] if between(state.text, "enabled=") in _DISABLED else []
        words += [word for word in ("hidden", "suspended") if state.says(f"{word}=true")]
        for word in words:
            yield Row("app.state", word, state.line, self.name, state.user)
        first = iso(state.first_installed)
        if first:
            yield Row("app.first_installed", first, state.line, self.name, state.user)
