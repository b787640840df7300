"""What a person chose to have read: options of `check` turned into settings, and a connected phone into a path.

Loads little: the children that read are started from here before anything else is loaded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from luciole.apps.options import AppOptions
from luciole.cli import options
from luciole.cli.consent import agreed
from luciole.kernel.errors import UsageError
from luciole.kernel.text import Translator
from luciole.scale.settings import ReadSettings

if TYPE_CHECKING:
    from luciole.intel.index import Index

PRIVATE = ("messages", "calls", "contacts", "photos", "browsing")
"""What is read only when a person asks for that one thing."""


class Connected(NamedTuple):
    """The phone at the cable. server: HOST:PORT of the adb server; serial: which phone, where several are connected."""

    server: str
    serial: str | None


@contextlib.contextmanager
def everything(
    paths: tuple[Path, ...], phone: Connected | None, translate: Translator, *, yes: bool
) -> Iterator[tuple[Path, ...] | None]:
    """What to read: the paths, and the connected phone where it was asked for, of which no copy stays.

    None where the person does not want to go on. Raises UsageError where there is nothing to read.
    """
    if phone is None:
        if not paths:
            raise UsageError(
                "Nothing was handed in.", remedy="Name files or folders, or add --adb for a connected phone."
            )
        yield paths
        return
    from luciole.devices.live.unsaved import connected_android
    from luciole.guidance import collecting

    if not agreed(collecting.ANDROID_CHECKED, "", translate, yes=yes):
        yield None
        return
    with connected_android(phone.server, phone.serial) as path:
        yield (*paths, path)


def usual_options() -> AppOptions:
    """What is read of the app files that a person hands in, unless they ask for more."""
    return AppOptions(code_digests=True, tlsh=True, texts=True)


def settings_of(
    apps: AppOptions,
    *,
    identity: Path | None,
    password: bool,
    include: tuple[str, ...],
    screen_off: tuple[str, ...],
    language: str | None,
) -> ReadSettings:
    """How to read what was handed in. password: ask for it in this language. Raises UsageError for wrong values."""
    return ReadSettings(
        now=datetime.now(UTC).isoformat(timespec="seconds"),
        index=_installed_index,
        options=apps,
        identity=options.text_of(identity) if identity else None,
        password=options.ask_password(language) if password else None,
        include=frozenset(include),
        screen_off=spans_of(screen_off),
    )


def _installed_index() -> Index | None:
    """What is known on this computer, opened by the child that reads evidence of a device."""
    from luciole.packs.store import Store

    return Store().index()


def spans_of(spans: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Times such as 2026-11-20T23:00/2026-11-21T06:00 as pairs. Raises UsageError for what is none."""
    return tuple(_span(text) for text in spans)


def _span(text: str) -> tuple[str, str]:
    start, _, end = text.partition("/")
    try:
        if datetime.fromisoformat(start) < datetime.fromisoformat(end):
            return start, end
    except (ValueError, TypeError):
        pass
    raise UsageError(
        f"{text} is no span of time.", remedy="Write it as FROM/TO, such as 2026-11-20T23:00Z/2026-11-21T06:00Z."
    )
