"""What a simulated device is: frozen descriptions that a person writes in YAML and the writers turn into evidence."""

from __future__ import annotations

from typing import Literal

import msgspec

from luciole.kernel.errors import ContentError
from luciole.simulate.apps.description import AppDescription

Shape = Literal["aosp", "samsung"]
UserKind = Literal["owner", "secondary", "work-profile", "private-profile", "secure-folder", "clone", "guest"]
AppState = Literal["installed", "disabled", "hidden", "suspended", "archived", "removed-data-kept", "removed-traces"]
AccessibilityState = Literal["installed", "enabled", "bound", "crashed"]
Damage = Literal["cut", "garbled", "empty", "timeout", "denied"]
"""cut: ends in the middle; garbled: bytes that belong to no text; timeout, denied: what dumpsys prints itself."""
KeyboardState = Literal["installed", "enabled", "default"]


class User(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A user or profile of the device. id: 0 is the owner; work profiles are usually 10, secure folders 150."""

    id: int
    kind: UserKind = "secondary"
    name: str = ""
    running: bool = True


class AppOp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The use of one operation such as RECORD_AUDIO. Times: ISO 8601, UTC; seconds: length of the last use."""

    mode: Literal["allow", "ignore", "deny", "default", "foreground"] = "allow"
    last_foreground: str = ""
    last_background: str = ""
    last_rejected: str = ""
    seconds: float = 0


class Accessibility(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An accessibility service. service: its class, with a leading dot for the package's own."""

    service: str = ".AccessService"
    state: AccessibilityState = "enabled"
    label: str = ""
    tool: bool = False


class Admin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An active device administrator. policies: the names that Android prints, such as wipe-data."""

    receiver: str = ".AdminReceiver"
    policies: tuple[str, ...] = ("force-lock",)
    owner: Literal["", "device", "profile"] = ""


class Listener(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A service that was allowed to read notifications; live: it is connected now."""

    service: str = ".NotificationService"
    live: bool = True


class Keyboard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An input method."""

    service: str = ".KeyboardService"
    state: KeyboardState = "enabled"


class Usage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Use in the foreground. last_used: ISO 8601, UTC; empty where the app never came to the foreground."""

    last_used: str = ""
    seconds: int = 0
    launches: int = 0


class Digests(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Digests of an app's file or certificate in lower-case hexadecimal; made up from the package where empty."""

    md5: str = ""
    sha1: str = ""
    sha256: str = ""
    sha512: str = ""


class App(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One app of the device.

    permissions, granted: names without a dot mean android.permission.NAME. installer: None prints what Android
    prints where nobody is named. first_installed, last_updated: ISO 8601, UTC. removed_from: for a removed app,
    the places (`plant.PLACES`) that still name it; only_in: places that may name the app at all (empty: all).
    """

    package: str
    label: str = ""
    users: tuple[int, ...] = (0,)
    state: AppState = "installed"
    system: bool = False
    privileged: bool = False
    updated_system: bool = False
    installer: str | None = None
    initiator: str | None = None
    originator: str | None = None
    first_installed: str = "2024-01-10T09:00:00Z"
    last_updated: str = "2024-06-10T09:00:00Z"
    version_code: int = 100
    version_name: str = "1.0.0"
    target_sdk: int = 33
    min_sdk: int = 24
    uid: int = 0
    shared_user: str = ""
    code_path: str = ""
    permissions: tuple[str, ...] = ("INTERNET",)
    granted: tuple[str, ...] = ("INTERNET",)
    appops: dict[str, AppOp] = {}
    launcher: bool = True
    broadcasts: tuple[str, ...] = ()
    """Broadcast actions that the app's receivers answer to."""
    accessibility: tuple[Accessibility, ...] = ()
    admin: Admin | None = None
    listener: Listener | None = None
    keyboard: Keyboard | None = None
    autofill: bool = False
    """The app is the one that fills in forms."""
    roles: tuple[str, ...] = ()
    """Short names (SMS, DIALER, ASSISTANT …) or full role names."""
    battery_exempt: bool = False
    background_data: bool = False
    vpn: Literal["", "connected", "always-on", "lockdown"] = ""
    usage: Usage | None = None
    jobs: tuple[str, ...] = ()
    """Classes of scheduled jobs."""
    alarms: tuple[str, ...] = ()
    accounts: bool = False
    """The app registers an authenticator for accounts."""
    databases: tuple[str, ...] = ()
    process: bool = False
    file: Digests = Digests()
    certificate: Digests = Digests()
    certificate_subject: str = "CN=Example, O=Example"
    apk: AppDescription | None = None
    removed_at: str = ""
    removed_from: tuple[str, ...] = ()
    only_in: tuple[str, ...] = ()


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One setting; package: who set it last; at: when, ISO 8601, UTC."""

    namespace: Literal["global", "secure", "system"]
    key: str
    value: str
    package: str = "com.android.settings"
    user: int = 0
    at: str = ""
    before: str = ""
    """The value it had; printed as history where not empty."""


class TrustedKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A computer that may debug the device. name: such as user@laptop; last: ISO 8601, UTC."""

    name: str
    last: str = ""


class LogLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the system log. at: ISO 8601, UTC."""

    tag: str
    text: str
    at: str = ""
    level: Literal["V", "D", "I", "W", "E", "F"] = "I"


class IntrusionEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the intrusion log of Android 16.

    kind: dns, connect or a name of a security event; host: for dns and connect; sha256: for app_process_start.
    """

    kind: str
    package: str = ""
    host: str = ""
    address: str = "192.0.2.10"
    at: str = ""
    sha256: str = ""


class DeviceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the list of files; digests are printed where given."""

    path: str
    size: int = 1024
    mode: str = "-rw-rw----"
    modified: str = ""
    owner: int = 0
    digests: Digests = Digests()


class Planted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value put into one named place. kind: host, digest or certificate (packages are planted as apps)."""

    kind: Literal["host", "digest", "certificate"]
    value: str
    place: str


class Filler(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much ordinary material is added. megabytes are of 1,000,000 bytes."""

    files: int = 40
    system_packages: int = 25
    user_packages: int = 0
    dumpsys_megabytes: float = 0
    log_lines: int = 20
    processes: int = 15


class Root(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Traces of root access. binaries: paths; mounts: extra lines of the mount table."""

    binaries: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    permissive: bool = False
    debuggable: bool = False


class DeviceDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A simulated Android device at the time its evidence was taken.

    taken: ISO 8601, UTC; offset_minutes: local time minus UTC at that time, as the texts of the device show local time;
    at other times of the year the rules of `timezone` hold, where they are known and fit the offset.
    absent: names of acquisition files or dumpsys sections (as "dumpsys appops") that are left out; damage: the same
    names, with what happened to them.
    """

    model: str = "Example Phone 5"
    manufacturer: str = "Example"
    shape: Shape = "aosp"
    android_version: str = "14"
    patch_level: str = "2025-02-05"
    verified_boot: Literal["green", "yellow", "orange", "red", ""] = "green"
    serial: str = "0123456789ABCDEF"
    locale: str = "en-GB"
    timezone: str = "UTC"
    offset_minutes: int = 0
    taken: str = "2025-03-14T10:20:30Z"
    seed: int = 1
    root: Root = Root()
    users: tuple[User, ...] = (User(0, "owner", "Owner"),)
    apps: tuple[App, ...] = ()
    settings: tuple[Setting, ...] = ()
    adb_enabled: bool = True
    adb_keys: tuple[TrustedKey, ...] = ()
    proxy: str = ""
    private_dns: str = ""
    user_certificates: tuple[str, ...] = ()
    """Subjects of certificate authorities that a person added."""
    log: tuple[LogLine, ...] = ()
    intrusion: tuple[IntrusionEvent, ...] = ()
    files: tuple[DeviceFile, ...] = ()
    planted: tuple[Planted, ...] = ()
    filler: Filler = Filler()
    absent: tuple[str, ...] = ()
    damage: dict[str, Damage] = {}
    filters: bool = False
    """Resolver tables show the filters, as they do where one package or option -f was asked for."""
    windows_lines: bool = False
    """Texts have the line ends that a collector on Windows leaves."""
    processes_shape: Literal["json", "text"] = "json"
    files_shape: Literal["list", "lines"] = "list"
    absolute_hash_paths: bool = False
    bugreport: bool = False
    backup_password: str | None = None
    """None: no backup; empty: a backup without encryption; else AES-256 with this password."""

    @property
    def sdk(self) -> int:
        """The API level of the Android version."""
        return SDK_LEVELS.get(self.android_version.partition(".")[0], 34)


SDK_LEVELS = {"8": 27, "9": 28, "10": 29, "11": 30, "12": 31, "13": 33, "14": 34, "15": 35, "16": 36}


def load_description(text: str | bytes) -> DeviceDescription:
    """The description in a YAML (or JSON) text. Raises ContentError with what is wrong and where in the document."""
    try:
        return msgspec.yaml.decode(text, type=DeviceDescription)
    except msgspec.MsgspecError as error:
        raise ContentError([f"device description: {error}"]) from error
