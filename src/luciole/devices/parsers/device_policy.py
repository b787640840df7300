"""Reads the device_policy section of dumpsys: device owner, profile owners and active device administrators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import (
    NAMED,
    Account,
    Component,
    Line,
    Row,
    between,
    component,
    components,
    indent,
    is_package,
    number,
    packages,
)
from luciole.kernel.facts import Value

SERVICE = "device_policy"
AREAS = ("device.admin",)
_FIRST_LINE = "Device Policy Manager"


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `device_owner`, `device_admin.active`, `device.managed`, and names of apps in further lists."""
    reader = _Reader(account)
    for at, text in lines:
        yield from reader.line(at, text)
    yield from reader.close()
    if account.anchors:
        yield Row("device.managed", reader.managed, reader.managed_line)


class _Reader:
    """The administrator whose policies are being listed, and the kind of block."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.part = ""
        self.user = 0
        self.managed = False
        self.managed_line = 0
        self.admin: tuple[int, Component] | None = None
        self.policies: list[str] = []
        self.policy_depth = -1
        self.owner_line = 0

    def line(self, at: int, text: str) -> Iterator[Row]:
        stripped = text.strip()
        if _FIRST_LINE in stripped:
            self.account.heading()
            self.managed_line = at
        elif stripped.startswith(("Device Owner:", "Profile Owner (User", "Enabled Device Admins (")):
            yield from self._begin(at, stripped)
        elif self.part == "admins":
            yield from self._admin(at, text, stripped)
        elif self.part in {"device", "profile"}:
            yield from self._owner(at, stripped)
        else:
            yield from (Row(NAMED, "", at, name) for name in packages(stripped) if "permission" not in name)

    def _begin(self, at: int, text: str) -> Iterator[Row]:
        yield from self.close()
        self.account.anchor()
        user = number(between(text, "(User ", ")").partition(",")[0])
        self.user = 0 if user is None else user
        self.part = {"D": "device", "P": "profile"}.get(text[0], "admins")
        self.owner_line = 0 if self.part == "admins" else at
        if self.part == "device":
            self.managed, self.managed_line = True, at

    def _owner(self, at: int, text: str) -> Iterator[Row]:
        found = components(text) if text.startswith("admin=") else []
        if found:
            self.owner_line = 0
            yield Row("device_owner", found[0].name, at, found[0].package, self.user, {"kind": self.part})
        elif text.startswith("package="):
            yield Row(NAMED, "", at, text.removeprefix("package=").strip(), self.user)
        elif not text:
            self.part = ""

    def _admin(self, at: int, text: str, stripped: str) -> Iterator[Row]:
        found = component(stripped[:-1]) if stripped.endswith(":") else None
        if found is not None:
            yield from self.close()
            self.admin = (at, found)
        elif stripped == "policies:":
            self.policy_depth = indent(text)
        elif stripped.startswith("mAlwaysOnVpnPackage=") and is_package(stripped.partition("=")[2]):
            yield Row("vpn.always_on", value=True, line=at, package=stripped.partition("=")[2], user=self.user)
        elif self.policy_depth >= 0 and indent(text) > self.policy_depth:
            self.policies.append(stripped)
        else:
            self.policy_depth = -1

    def close(self) -> Iterator[Row]:
        """The administrator that ends here; an owner without a component is lost."""
        if self.owner_line:
            self.account.lose(self.owner_line)
            self.owner_line = 0
        if self.admin is not None:
            at, found = self.admin
            attributes: dict[str, Value] = {"policies": self.policies}
            yield Row("device_admin.active", found.name, at, found.package, self.user, attributes)
        self.admin, self.policies, self.policy_depth = None, [], -1
