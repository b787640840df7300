"""The labelled phones: a labelled app on a simulated phone, with where it came from and what it was given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal

import msgspec

from luciole.kernel.errors import ContentError
from luciole.simulate.apps.description import AppDescription, Filter
from luciole.simulate.devices.description import (
    Accessibility,
    Admin,
    App,
    AppOp,
    DeviceDescription,
    Filler,
    Keyboard,
    Listener,
    Usage,
)
from luciole.simulate.labelled.model import Case, Half, Label, cases, read_rows, root

TAKEN = "2025-03-14T10:20:30Z"
PLAY, FDROID, FILES = "com.android.vending", "org.fdroid.fdroid", "com.google.android.packageinstaller"
LAUNCHER = "android.intent.category.LAUNCHER"
_LATE = "2025-03-14T02:11:05Z"
Circumstance = Literal[
    "store", "free-store", "sideload", "computer", "granted", "opened", "never-opened", "help-on", "notices-on",
    "admin-on", "owner", "keyboard-on", "vpn-on", "exempt", "used-place", "used-sound", "used-camera", "file",
    "system",
]  # fmt: skip
"""What can be so on a phone: where the app came from, what it was given, what it used, whether its file is there."""


class WrittenPhone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phone as written. app: id of a labelled app; given: circumstances, with spaces between."""

    app: str
    given: str


class PhoneCase(msgspec.Struct, frozen=True):
    """A labelled app on a phone. It belongs to the half of its app, so that no app stands in both."""

    id: str
    case: Case
    given: tuple[Circumstance, ...]

    @property
    def label(self) -> Label:
        """What the app stands for."""
        return self.case.label

    @property
    def half(self) -> Half:
        """The half of its app."""
        return self.case.half

    @property
    def kinds(self) -> tuple[str, ...]:
        """The mechanisms, or the kind, of its app."""
        return self.case.kinds


@cache
def phone_cases() -> tuple[PhoneCase, ...]:
    """Every labelled phone. Raises ContentError for a name that there is not."""
    known = {case.id: case for case in cases()}
    return tuple(_phone(name, row, known) for name, row in read_rows(root() / "phones.yml", WrittenPhone).items())


def device_of(phone: PhoneCase) -> DeviceDescription:
    """The phone: ordinary parts of the system, a few ordinary apps, and the labelled app."""
    number = sum(phone.id.encode())
    return DeviceDescription(
        seed=number,
        taken=TAKEN,
        shape="samsung" if number % 2 else "aosp",
        android_version=("11", "12", "13", "14")[number % 4],
        apps=(_app(phone.case.app, set(phone.given)),),
        filler=Filler(files=6, system_packages=12, user_packages=3, log_lines=5, processes=4),
    )


def _phone(name: str, row: WrittenPhone, known: dict[str, Case]) -> PhoneCase:
    if row.app not in known:
        raise ContentError([f"phones.yml: {name} names the app {row.app!r}, and there is none"])
    try:
        return PhoneCase(name, known[row.app], msgspec.convert(tuple(row.given.split()), tuple[Circumstance, ...]))
    except msgspec.ValidationError as error:
        raise ContentError([f"phones.yml: {name}: {error}"]) from error


def _app(app: AppDescription, given: set[Circumstance]) -> App:
    installer = (
        PLAY if "store" in given else FDROID if "free-store" in given else FILES if "sideload" in given else None
    )
    asked = app.permissions + tuple(one for split in app.splits.values() for one in split.permissions)
    return App(
        app.package,
        label=app.label if isinstance(app.label, str) else app.label["default"],
        system="system" in given,
        privileged="system" in given,
        installer=installer,
        initiator="com.android.shell" if "computer" in given else installer,
        originator="com.android.chrome" if "sideload" in given else None,
        first_installed="2025-02-20T21:22:51Z",
        last_updated="2025-02-20T21:22:51Z",
        target_sdk=app.target_sdk if isinstance(app.target_sdk, int) else 33,
        permissions=asked,
        granted=asked if "granted" in given else ("INTERNET",),
        launcher=shows_icon(app),
        broadcasts=tuple(dict.fromkeys(action for one in app.receivers for action in one.actions)),
        appops=_used(given),
        accessibility=(Accessibility(_service(app), "bound", str(app.label)),) if "help-on" in given else (),
        admin=_admin(given),
        listener=Listener() if "notices-on" in given else None,
        keyboard=Keyboard(state="default") if "keyboard-on" in given else None,
        battery_exempt="exempt" in given,
        vpn="always-on" if "vpn-on" in given else "",
        usage=Usage("2025-03-13T18:00:00Z", 640, 12)
        if "opened" in given
        else Usage()
        if "never-opened" in given
        else None,
        process=True,
        apk=app if "file" in given and not app.splits else None,
    )


def shows_icon(app: AppDescription) -> bool:
    """Whether a launcher would show the app: an enabled activity or alias in the category LAUNCHER."""
    parts = [*((one, one.launcher) for one in app.activities), *((one, one.launcher) for one in app.aliases)]
    return any(one.enabled is not False and (way is True or _filtered(one.filters)) for one, way in parts)


def _filtered(filters: tuple[Filter, ...]) -> bool:
    return any(LAUNCHER in one.categories for one in filters)


def _service(app: AppDescription) -> str:
    return next((one.name for one in app.services if one.accessibility is not None), ".AccessService")


def _admin(given: set[Circumstance]) -> Admin | None:
    if "owner" in given:
        return Admin(policies=("force-lock", "wipe-data"), owner="device")
    return Admin(policies=("force-lock",)) if "admin-on" in given else None


def _used(given: set[Circumstance]) -> dict[str, AppOp]:
    return dict(_uses(given))


def _uses(given: set[Circumstance]) -> Iterator[tuple[str, AppOp]]:
    if "used-place" in given:
        yield "FINE_LOCATION", AppOp(last_background=_LATE)
    if "used-sound" in given:
        yield "RECORD_AUDIO", AppOp(last_background=_LATE, seconds=900)
    if "used-camera" in given:
        yield "CAMERA", AppOp(last_background=_LATE, seconds=4)
