"""Reads the resolver tables of the package section: which events an app answers to, and whether it shows an icon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from luciole.devices.parsers.package_block import PackageBlock
from luciole.devices.parsers.rows import Account, Component, Row, component, indent, number
from luciole.kernel.facts import Value

MAIN = "android.intent.action.MAIN"
LAUNCHER = "android.intent.category.LAUNCHER"
EVENTS: Final = frozenset({
    "android.intent.action.BOOT_COMPLETED", "android.intent.action.LOCKED_BOOT_COMPLETED",
    "android.intent.action.QUICKBOOT_POWERON", "android.intent.action.USER_PRESENT",
    "android.intent.action.MY_PACKAGE_REPLACED", "android.intent.action.PACKAGE_ADDED",
    "android.intent.action.PACKAGE_REMOVED", "android.intent.action.PHONE_STATE",
    "android.intent.action.NEW_OUTGOING_CALL", "android.intent.action.ACTION_POWER_CONNECTED",
    "android.intent.action.SIM_STATE_CHANGED", "android.intent.action.SCREEN_ON",
    "android.provider.Telephony.SMS_RECEIVED", "android.provider.Telephony.SMS_DELIVER",
    "android.provider.Telephony.WAP_PUSH_RECEIVED", "android.provider.Telephony.WAP_PUSH_DELIVER",
    "android.provider.Telephony.SECRET_CODE", "android.telephony.action.SECRET_CODE",
    "android.app.action.DEVICE_ADMIN_ENABLED", "android.app.action.DEVICE_ADMIN_DISABLE_REQUESTED",
    "android.accessibilityservice.AccessibilityService", "android.net.VpnService", "android.view.InputMethod",
    "android.service.notification.NotificationListenerService", "android.telecom.InCallService",
    "android.telecom.CallScreeningService", "android.telecom.CallRedirectionService",
    "android.service.voice.VoiceInteractionService", "com.google.firebase.MESSAGING_EVENT",
    "com.google.android.c2dm.intent.RECEIVE", "android.net.conn.CONNECTIVITY_CHANGE", "android_secret_code",
})  # fmt: skip
"""Actions and schemes that say something about watching, staying alive or opening in secret."""
_KEY_DEPTH = 6
_ENTRY_DEPTH = 8


class Resolvers:
    """Filled by the lines of the four tables and by the package blocks that follow them."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.entries = 0
        self._key = ""
        self._entry: Component | None = None
        self._main: dict[str, list[str]] = {}
        self._launchers: dict[str, list[str]] = {}
        self._categories = False
        self._blocks: list[tuple[str, list[tuple[int, int, frozenset[str]]]]] = []

    def line(self, table: str, at: int, text: str) -> Iterator[Row]:
        """One line of `table` (activity, receiver, service or provider)."""
        depth, stripped = indent(text), text.strip()
        if depth <= _KEY_DEPTH and stripped.endswith(":"):
            self._key, self._entry = stripped[:-1], None
        elif depth <= _ENTRY_DEPTH and stripped and ("/" in stripped or " filter " in stripped):
            yield from self._entry_row(table, at, stripped)
        elif self._entry is not None and stripped.startswith("Category:"):
            self._categories = True
            if table == "activity" and self._key == MAIN and LAUNCHER in stripped:
                self._launchers.setdefault(self._entry.package, []).append(self._entry.name)

    def _entry_row(self, table: str, at: int, text: str) -> Iterator[Row]:
        parts = text.split()
        self._entry = component(parts[1]) if len(parts) > 1 else None
        if self._entry is None:
            self._account.lose(at)
            return
        self._account.anchor()
        self.entries += 1
        if table == "activity" and self._key == MAIN:
            self._main.setdefault(self._entry.package, []).append(self._entry.name)
        elif self._key in EVENTS:
            attributes: dict[str, Value] = {"component": self._entry.name}
            priority = number(parts[parts.index("priority") + 1]) if "priority" in parts[:-1] else None
            if priority is not None:
                attributes["priority"] = priority
            yield Row("resolver", self._key, at, self._entry.package, attributes=attributes)

    def package(self, block: PackageBlock) -> None:
        """Notes for whom a package is installed and which of its components that user has switched off."""
        users = [(state.user, state.line, frozenset(state.disabled)) for state in block.users if state.installed]
        self._blocks.append((block.name, users))

    def end(self) -> Iterator[Row]:
        """`launcher.visible` for each app and user; without categories only the apps with no opening at all."""
        if not self.entries and self._account.anchors:
            self._account.note("no entry of a resolver table in the section", "device.resolvers")
        if not self._main:
            return
        if not self._categories:
            self._account.note(
                "the tables are printed without categories: icons are only partly known", "device.resolvers"
            )
        for package, users in self._blocks:
            names = self._launchers.get(package, []) if self._categories else self._main.get(package, [])
            for user, line, disabled in users:
                visible = any(name not in disabled for name in names)
                if self._categories or not visible:
                    yield Row("launcher.visible", visible, line, package, user)
