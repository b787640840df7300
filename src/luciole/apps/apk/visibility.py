"""Whether and how an app shows itself: entries of the home screen, and activities whose theme draws nothing.

Since Android 10 the home screen shows most apps without an entry of their own by a link to their page in Settings;
that link is not counted here.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from luciole.apps.apk import framework as fw
from luciole.apps.apk.manifest_losses import Losses
from luciole.apps.apk.manifest_model import Component, IntentFilter, Manifest
from luciole.apps.apk.resources import Table
from luciole.apps.apk.values import FRAMEWORK

State = Literal["shown", "disabled", "not-exported", "needs-data", "tv-only", "info-only"]

_MAIN = "android.intent.action.MAIN"
_LAUNCHER = "android.intent.category.LAUNCHER"
_TV = "android.intent.category.LEANBACK_LAUNCHER"
_INFO = "android.intent.category.INFO"
_ATTRIBUTES = frozenset({fw.WINDOW_NO_DISPLAY, fw.WINDOW_IS_TRANSLUCENT, fw.WINDOW_BACKGROUND})


class LauncherEntry(msgspec.Struct, frozen=True):
    """One component with a home-screen filter. needs-data: its filter never matches what a home screen asks for."""

    name: str
    kind: str
    state: State
    offset: int = 0


class InvisibleTheme(msgspec.Struct, frozen=True):
    """An activity whose theme draws no window ("no-display") or a transparent one ("translucent")."""

    activity: str
    theme: str
    kind: str
    offset: int = 0


def launcher_entries(manifest: Manifest) -> tuple[LauncherEntry, ...]:
    """Each activity or alias with a home-screen filter, with the state of its best entry."""
    entries = []
    enabled = manifest.application.enabled
    targets = {component.name: component for component in manifest.components if component.kind == "activity"}
    for component in manifest.components:
        if component.kind in {"activity", "alias"} and component.filters:
            state = _state(component, targets, application_enabled=enabled)
            if state is not None:
                entries.append(LauncherEntry(component.name, component.kind, state, component.offset))
    return tuple(entries)


def visible(entries: tuple[LauncherEntry, ...], losses: Losses) -> bool | None:
    """Whether the app shows itself on the home screen; None where what could not be read decides it."""
    if any(entry.state == "shown" and entry.offset not in losses.components for entry in entries):
        return None if losses.application else True
    return None if losses.entries or losses.components or losses.application else False


def _state(component: Component, targets: dict[str, Component], *, application_enabled: bool) -> State | None:
    kinds = [kind for item in component.filters if (kind := _filter_kind(item)) is not None]
    if not kinds:
        return None
    if "shown" not in kinds:
        return min(kinds, key=("needs-data", "tv-only", "info-only").index)
    target_missing = component.kind == "alias" and component.target not in targets
    if not component.enabled or not application_enabled or target_missing:
        return "disabled"
    return "shown" if component.exported else "not-exported"


def _filter_kind(item: IntentFilter) -> State | None:
    """What one filter would show if its component is enabled and exported."""
    if _MAIN not in item.actions:
        return None
    if _LAUNCHER in item.categories:
        # The home screen asks without data: a filter that demands data is not found.
        return "needs-data" if any(data.scheme or data.mime_type for data in item.data) else "shown"
    if _TV in item.categories:
        return "tv-only"
    return "info-only" if _INFO in item.categories else None


def invisible_themes(manifest: Manifest, table: Table | None) -> tuple[InvisibleTheme, ...]:
    """Activities that show nothing of themselves, by their own theme or the application's."""
    known: dict[int, tuple[str, str]] = {}
    found = []
    for component in manifest.components:
        theme = component.theme or manifest.application.theme
        if component.kind != "activity" or not theme:
            continue
        if theme not in known:
            known[theme] = _look(theme, table)
        name, kind = known[theme]
        if kind:
            found.append(InvisibleTheme(component.name, name, kind, component.offset))
    return tuple(found)


def _look(theme: int, table: Table | None) -> tuple[str, str]:
    """Name and kind of a theme; no kind when it draws a window or is not known."""
    if theme >> 24 == FRAMEWORK:
        return fw.STYLES.get(theme, ("", ""))
    if table is None:
        return "", ""
    style = table.style(theme, _ATTRIBUTES)
    parent = style.get(0, (0, 0))[1]
    inherited_name, inherited = fw.STYLES.get(parent, ("", ""))
    name = inherited_name or f"@0x{theme:08x}"
    if _is_true(style, fw.WINDOW_NO_DISPLAY, otherwise=inherited == fw.NO_DISPLAY):
        return name, fw.NO_DISPLAY
    if not _is_true(style, fw.WINDOW_IS_TRANSLUCENT, otherwise=bool(inherited)):
        return "", ""
    transparent = _background_is_clear(style, table, otherwise=bool(inherited))
    return (name, fw.TRANSLUCENT) if transparent else ("", "")


def _is_true(style: dict[int, tuple[int, int]], attribute: int, *, otherwise: bool) -> bool:
    item = style.get(attribute)
    return item[1] != 0 if item is not None else otherwise


def _background_is_clear(style: dict[int, tuple[int, int]], table: Table, *, otherwise: bool) -> bool:
    item = style.get(fw.WINDOW_BACKGROUND)
    if item is None:
        return otherwise
    kind, data = item
    if kind == 1 and data >> 24 != FRAMEWORK:
        found = table.default(data)
        if found is None:
            return False
        kind, data = found.kind, found.data
    is_color = 0x1C <= kind <= 0x1F  # noqa: PLR2004 - TypedValue.TYPE_FIRST_COLOR_INT, TYPE_LAST_COLOR_INT
    return data in {0, fw.TRANSPARENT_COLOR} if kind == 1 else is_color and data >> 24 == 0
