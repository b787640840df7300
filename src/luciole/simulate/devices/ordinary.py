"""The ordinary apps that any phone has, so that a simulated one is not only made of what a test is about."""

from __future__ import annotations

from luciole.simulate.devices.description import App, DeviceDescription, Usage

SYSTEM_DATE = "2009-01-01T00:00:00Z"

_SYSTEM = (
    "android",
    "com.android.settings",
    "com.android.systemui",
    "com.android.shell",
    "com.android.phone",
    "com.android.providers.telephony",
    "com.android.providers.contacts",
    "com.android.providers.media",
    "com.android.providers.settings",
    "com.android.providers.calendar",
    "com.google.android.packageinstaller",
    "com.google.android.setupwizard",
    "com.android.permissioncontroller",
    "com.android.packageinstaller",
    "com.android.vending",
    "com.google.android.gms",
    "com.google.android.gsf",
    "com.google.android.apps.messaging",
    "com.google.android.dialer",
    "com.google.android.inputmethod.latin",
    "com.google.android.marvin.talkback",
    "com.google.android.webview",
    "com.android.chrome",
    "com.android.bluetooth",
    "com.android.nfc",
    "com.android.location.fused",
    "com.android.vpndialogs",
    "com.android.launcher3",
)
_SAMSUNG = (
    "com.sec.android.app.launcher",
    "com.samsung.android.messaging",
    "com.samsung.android.dialer",
    "com.samsung.accessibility",
    "com.samsung.android.honeyboard",
    "com.samsung.knox.securefolder",
)
_AS_SYSTEM = {"android", "com.android.settings", "com.android.providers.settings", "com.samsung.accessibility"}


def apps(description: DeviceDescription) -> list[App]:
    """The ordinary apps of a device, except those that the description describes itself."""
    described = {app.package for app in description.apps}
    names = _system_names(description)
    every = (user.id for user in description.users)
    users = tuple(every)
    found = [_system_app(name, users) for name in names if name not in described]
    found += [_user_app(index, description) for index in range(description.filler.user_packages)]
    return found


def _system_names(description: DeviceDescription) -> list[str]:
    known = [*_SYSTEM, *(_SAMSUNG if description.shape == "samsung" else ())]
    count = description.filler.system_packages
    more = (f"com.android.overlay.part{index:03d}" for index in range(max(0, count - len(known))))
    return [*known, *more][:count]


def _system_app(name: str, users: tuple[int, ...]) -> App:
    return App(
        package=name,
        users=users,
        system=True,
        privileged=True,
        first_installed=SYSTEM_DATE,
        last_updated=SYSTEM_DATE,
        version_code=34,
        version_name="14",
        target_sdk=34,
        shared_user="android.uid.system" if name in _AS_SYSTEM else "",
        permissions=("INTERNET", "READ_CONTACTS", "RECEIVE_BOOT_COMPLETED"),
        granted=("INTERNET", "RECEIVE_BOOT_COMPLETED"),
        launcher=False,
        process=name in _SYSTEM[:5],
    )


def _user_app(index: int, description: DeviceDescription) -> App:
    return App(
        package=f"org.example.ordinary.app{index:03d}",
        label=f"Ordinary {index}",
        installer="com.android.vending",
        initiator="com.android.vending",
        permissions=("INTERNET", "CAMERA", "POST_NOTIFICATIONS", "ACCESS_NETWORK_STATE"),
        granted=("INTERNET", "ACCESS_NETWORK_STATE", "POST_NOTIFICATIONS"),
        usage=Usage(description.taken, 600 + index, 3),
    )
