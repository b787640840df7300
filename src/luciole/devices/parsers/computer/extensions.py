"""Browser extensions → programs of their own, with what they may read and who put them there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from luciole.devices.parsers.computer.json_lines import BAD_JSON, json_lines
from luciole.devices.parsers.computer.records import Listed, Of, Record
from luciole.devices.parsers.rows import LOOK, Account, Row
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Value

_MOST = 300
"""Permissions of one extension that are kept."""
_POLICY, _UNPACKED = {7, 8}, {4}
_BY_PROGRAM = {2, 3, 6, 9}
_BROWSERS = (
    ("brave", "Brave"),
    ("edge", "Edge"),
    ("vivaldi", "Vivaldi"),
    ("chromium", "Chromium"),
    ("chrome", "Chrome"),
    ("firefox", "Firefox"),
)


class _Script(msgspec.Struct):
    matches: list[str] = []


class _Manifest(msgspec.Struct):
    name: str = ""
    version: str = ""
    permissions: list[msgspec.Raw] = []
    optional_permissions: list[msgspec.Raw] = []
    host_permissions: list[msgspec.Raw] = []
    content_scripts: list[_Script] = []
    update_url: str = ""
    manifest_version: int = 0


class _Settings(msgspec.Struct):
    location: int = 0
    from_webstore: bool = False
    state: int = 1
    path: str = ""
    manifest: _Manifest | None = None


class _Locale(msgspec.Struct):
    name: str = ""


class _Granted(msgspec.Struct):
    permissions: list[str] = []
    origins: list[str] = []


class _Addon(msgspec.Struct):
    id: str
    version: str = ""
    active: bool = True
    location: str = ""
    foreignInstall: bool = False  # noqa: N815 - as Firefox writes it
    signedState: int | None = None  # noqa: N815 - as Firefox writes it
    path: str | None = ""
    defaultLocale: _Locale | None = None  # noqa: N815 - as Firefox writes it
    userPermissions: _Granted | None = None  # noqa: N815 - as Firefox writes it
    type: str = "extension"


class _Line(msgspec.Struct):
    """A line of the collector."""

    kind: str
    path: str = ""
    id: str = ""
    manifest: _Manifest | None = None
    shown_name: str = ""
    settings: _Settings | None = None
    addon: _Addon | None = None


class _Addons(msgspec.Struct):
    addons: list[msgspec.Raw]


class _Extensions(msgspec.Struct):
    settings: dict[str, msgspec.Raw] = {}


class _Preferences(msgspec.Struct):
    extensions: _Extensions | None = None


def browser_of(path: str) -> str:
    """The browser whose folder a path lies in."""
    low = path.lower()
    return next((name for part, name in _BROWSERS if part in low), "")


def collected(data: bytes, account: Account) -> Iterator[Record]:
    """Lines of the collector, one for each extension that a browser's folder or settings name."""
    for number, line, found in json_lines(data, _Line, account):
        yield Row(LOOK, line.decode("utf-8", "replace"), number)
        if found.addon is not None:
            yield from _firefox(found.addon, found.path, number)
        elif found.id:
            yield from _chromium(found.id, found.manifest, found.shown_name, found.settings, found.path, number)


def manifest(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of manifest.json in a folder `…/Extensions/ID/VERSION`; path: where it lies."""
    parts = path.split("/")
    identity = parts[-3] if len(parts) > 2 else ""  # noqa: PLR2004 - id, version, file

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """Format: manifest of WebExtensions, versions 2 and 3."""
        try:
            found = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Manifest)
        except BAD_JSON:
            raise ParseError("no manifest of an extension") from None
        account.anchor()
        yield Row(LOOK, data.decode("utf-8", "replace"), 1)
        yield from _chromium(identity.lower(), found, "", None, path, 1)

    return parse


def preferences(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of the settings of a Chromium profile: only the part about extensions is looked at."""

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """Format: JSON, `extensions.settings.ID`, as Chromium writes it."""
        try:
            found = msgspec.json.decode(data, type=_Preferences)
        except BAD_JSON:
            raise ParseError("no settings of a browser") from None
        account.anchor()
        for identity, raw in (found.extensions.settings if found.extensions else {}).items():
            try:
                settings = msgspec.json.decode(raw, type=_Settings)
            except BAD_JSON:
                account.lose(1)
                continue
            yield Row(LOOK, bytes(raw).decode("utf-8", "replace"), 1)
            yield from _chromium(identity.lower(), settings.manifest, "", settings, path, 1)

    return parse


def firefox(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of extensions.json of a Firefox profile; path: where it lies."""

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """Format: JSON as the add-ons manager of Firefox writes it, schema 30 and later."""
        try:
            found = msgspec.json.decode(data, type=_Addons)
        except BAD_JSON:
            raise ParseError("no list of add-ons") from None
        account.anchor()
        for raw in found.addons:
            try:
                addon = msgspec.json.decode(raw, type=_Addon)
            except BAD_JSON:
                account.lose(1)
                continue
            yield Row(LOOK, bytes(raw).decode("utf-8", "replace"), 1)
            yield from _firefox(addon, path, 1)

    return parse


def _chromium(
    identity: str, found: _Manifest | None, shown: str, settings: _Settings | None, path: str, line: int
) -> Iterator[Record]:
    if settings is not None and settings.location == 5:  # noqa: PLR2004 - a part of the browser
        return
    if found is not None:
        name = shown or (settings.manifest.name if settings and settings.manifest else "") or found.name
        yield Listed(identity, name, found.version, "", (), line)
        for each in _permissions(found):
            yield Of(identity, "id", Row("permission.requested", each, line))
    place = settings.path if settings is not None and len(settings.path) > len(identity) + 20 else path
    source = _source(settings, found)
    enabled = settings is None or settings.state != 0
    yield Of(
        identity,
        "id",
        Row(
            "extension.place", place, line, attributes={"browser": browser_of(path), "from": source, "enabled": enabled}
        ),
    )


def _source(settings: _Settings | None, found: _Manifest | None) -> str:
    if settings is None:
        return (
            "unknown"
            if found is None or not found.update_url
            else "store"
            if "google.com" in found.update_url or "microsoft.com" in found.update_url
            else "unknown"
        )
    if settings.location in _POLICY:
        return "policy"
    if settings.location in _UNPACKED:
        return "unpacked"
    if settings.location in _BY_PROGRAM:
        return "program"
    return "store" if settings.from_webstore else "unknown"


def _permissions(found: _Manifest) -> list[str]:
    written = [bytes(each) for each in (*found.permissions, *found.host_permissions)[: 4 * _MOST]]
    asked = [msgspec.json.decode(each, type=str) for each in written if each.startswith(b'"')]
    asked += [match for script in found.content_scripts for match in script.matches]
    return list(dict.fromkeys(asked))[:_MOST]


def _firefox(addon: _Addon, path: str, line: int) -> Iterator[Record]:
    if addon.type != "extension" or (
        addon.location.startswith("app-") and addon.location not in {"app-profile", "app-global"}
    ):
        return
    identity = addon.id.lower()
    yield Listed(identity, addon.defaultLocale.name if addon.defaultLocale else "", addon.version, "", (), line)
    granted = addon.userPermissions or _Granted()
    for each in list(dict.fromkeys([*granted.permissions, *granted.origins]))[:_MOST]:
        yield Of(identity, "id", Row("permission.requested", each, line))
    unsigned = addon.signedState is not None and addon.signedState <= 0
    source = (
        "program" if addon.foreignInstall else "unpacked" if unsigned else "store" if addon.signedState else "unknown"
    )
    attributes: dict[str, Value] = {"browser": "Firefox", "from": source, "enabled": addon.active}
    yield Of(identity, "id", Row("extension.place", addon.path or path, line, attributes=attributes))
