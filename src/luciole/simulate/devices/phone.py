"""A description worked out: user ids, paths, times and invented numbers, the same for the same seed."""

from __future__ import annotations

import datetime as dt
import hashlib
import zoneinfo
from collections.abc import Iterable, Iterator

from luciole.simulate.apps.description import AppDescription
from luciole.simulate.apps.keys import signer
from luciole.simulate.devices import ordinary
from luciole.simulate.devices.description import App, DeviceDescription, Digests, User

UTC = dt.UTC
FIRST_USER_UID = 10_100
PER_USER = 100_000
_PRESENT = {"packages.json", "dumpsys package packages"}


class Phone:
    """What every writer reads. description: as written; apps: with the ordinary ones; now: when it was taken (UTC)."""

    def __init__(self, description: DeviceDescription) -> None:
        self.description = description
        self.sdk = description.sdk
        self._version = int(description.android_version.partition(".")[0])
        self.samsung = description.shape == "samsung"
        self.now = parse_time(description.taken)
        self.users: tuple[User, ...] = description.users
        self.apps: tuple[App, ...] = (*ordinary.apps(description), *description.apps)
        self._uids = _assign_uids(self.apps)
        self._zone = _zone(description.timezone, dt.timedelta(minutes=description.offset_minutes), self.now)

    def at(self, place: str) -> Iterator[App]:
        """The apps that `place` (a name of `places.PLACES`) may name."""
        return (app for app in self.apps if _named_at(app, place))

    def each(self, place: str) -> Iterator[tuple[App, int]]:
        """The same, once for each user that has the app."""
        return ((app, user) for app in self.at(place) for user in app.users)

    def planted(self, kind: str, place: str) -> list[str]:
        """The values of `kind` planted in `place`."""
        return [row.value for row in self.description.planted if row.kind == kind and row.place == place]

    def since(self, version: int) -> bool:
        """Whether the device runs this Android version or a later one."""
        return self._version >= version

    def leaves_out(self, name: str) -> bool:
        """Whether the description leaves out this file or section."""
        return name in self.description.absent

    def app_id(self, app: App) -> int:
        """The app's user id number without the Android user."""
        return self._uids.get(app.package, 10_999)

    def uid(self, app: App, user: int = 0) -> int:
        """The app's user id number for one Android user."""
        return user * PER_USER + self.app_id(app)

    def uid_name(self, app: App, user: int = 0) -> str:
        """The user id as Android's texts print it, such as u0a123."""
        app_id = self.app_id(app)
        return f"u{user}a{app_id - 10_000}" if app_id >= 10_000 else str(app_id)  # noqa: PLR2004 - the number is the format's

    def local(self, when: str) -> dt.datetime:
        """The device's local time of an ISO 8601 time."""
        return parse_time(when).astimezone(self._zone)

    def pid(self, app: App, user: int = 0) -> int:
        """The invented number of the app's process for one user."""
        return self.number(f"{app.package}:{user}:pid", 30_000) + 1000

    def stamp(self, when: str) -> str:
        """Local time as most sections print it; the epoch where `when` is empty."""
        return f"{self.local(when or '1970-01-01T00:00:00Z'):%Y-%m-%d %H:%M:%S}"

    def stamp_ms(self, when: str) -> str:
        """The same with milliseconds."""
        return f"{self.stamp(when)}.{self.local(when).microsecond // 1000:03d}"

    def ago(self, when: str) -> str:
        """The time since `when` as Android prints it, such as 4h50m23s772ms."""
        return duration((self.now - parse_time(when)).total_seconds())

    def epoch_ms(self, when: str) -> int:
        """Milliseconds since 1970 of an ISO 8601 time."""
        return int(parse_time(when).timestamp() * 1000)

    def number(self, text: str, below: int) -> int:
        """An invented number below `below`, always the same for this text and seed."""
        return int.from_bytes(self._hash(text)[:8], "big") % below

    def identity(self, text: str) -> str:
        """An invented identity of a Java object: up to seven hexadecimal digits."""
        return f"{self.number(text, 1 << 28):x}"

    def _hash(self, text: str) -> bytes:
        return hashlib.sha256(f"{self.description.seed}:{text}".encode()).digest()

    def code_path(self, app: App) -> str:
        """Where the app lies, in the form of the Android version."""
        if app.code_path:
            return app.code_path
        if app.system and not app.updated_system:
            name = "".join(part.capitalize() for part in app.package.split(".")[-2:])
            return f"/system/{'priv-app' if app.privileged else 'app'}/{name}"
        tail = _base64_like(self._hash(app.package + ":code"))
        if not self.since(11):
            return f"/data/app/{app.package}-{tail}"
        return f"/data/app/~~{_base64_like(self._hash(app.package + ':folder'))}/{app.package}-{tail}"

    def apk_path(self, app: App) -> str:
        """The path of the app's base file."""
        path = self.code_path(app)
        return f"{path}/base.apk" if path.startswith("/data") else f"{path}/{path.rpartition('/')[2]}.apk"

    def file_digests(self, app: App) -> Digests:
        """The digests of the app's file: those described, invented ones for the rest."""
        return _complete(app.file, self._hash(app.package + ":file"))

    def certificate_digests(self, app: App) -> Digests:
        """The digests of the app's certificate: true ones where it has a file; system apps share the platform's."""
        if app.apk:
            return digests_of(_certificate(app.apk))
        owner = "platform" if app.system else app.package
        return _complete(app.certificate, self._hash(owner + ":certificate"))

    def signature_hash(self, app: App) -> str:
        """The short number by which the package section prints a certificate: its Java hash code."""
        if app.apk:
            return f"{_java_hash(_certificate(app.apk)):x}"
        return f"{int(self.certificate_digests(app).sha256[:8], 16):x}"

    def user_apps(self, apps: Iterable[App], user: int) -> Iterator[App]:
        """Those of `apps` that one user of the device has."""
        return (app for app in apps if user in app.users)


def digests_of(data: bytes) -> Digests:
    """The digests of bytes."""
    names = ("md5", "sha1", "sha256", "sha512")
    return Digests(*(hashlib.new(name, data, usedforsecurity=False).hexdigest() for name in names))


def _certificate(apk: AppDescription) -> bytes:
    return signer(apk.rotation[-1] if apk.rotation else apk.key).certificate


def _java_hash(data: bytes) -> int:
    """Arrays.hashCode of Java over signed bytes, as an unsigned number."""
    value = 1
    for byte in data:
        value = (31 * value + (byte - 256 if byte > 127 else byte)) & 0xFFFFFFFF  # noqa: PLR2004 - the number is the format's
    return value


def _zone(name: str, offset: dt.timedelta, now: dt.datetime) -> dt.tzinfo:
    """The rules of the named zone, with its summers, where they are known and fit the offset; else the offset alone."""
    try:
        rules = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return dt.timezone(offset)
    return rules if now.astimezone(rules).utcoffset() == offset else dt.timezone(offset)


def parse_time(when: str) -> dt.datetime:
    """An ISO 8601 time as a moment in UTC."""
    moment = dt.datetime.fromisoformat(when)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def duration(seconds: float) -> str:
    """A length as Android's TimeUtils prints it: 22d4h22m19s762ms."""
    rest = max(0, round(seconds * 1000))
    text = ""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        count, rest = divmod(rest, size)
        if count or text or unit == "s":
            text += f"{count}{unit}"
    return f"{text}{rest}ms" if text != "0s" else f"{rest}ms"


def full(app: App, name: str) -> str:
    """A component with its whole class name: package/package.Class."""
    return f"{app.package}/{app.package}{name}" if name.startswith(".") else f"{app.package}/{name}"


def short(app: App, name: str) -> str:
    """A component as Android shortens it: package/.Class where the class lies in the package."""
    inside = name.startswith(app.package + ".")
    return f"{app.package}/{name[len(app.package) :] if inside else name}"


def permission(name: str) -> str:
    """The whole name of a permission."""
    return name if "." in name else f"android.permission.{name}"


def _named_at(app: App, place: str) -> bool:
    if app.only_in:
        return place in app.only_in
    if app.state == "removed-traces":
        return place in app.removed_from
    if app.state == "removed-data-kept":
        return place in app.removed_from or place in _PRESENT
    return True


def _assign_uids(apps: tuple[App, ...]) -> dict[str, int]:
    uids: dict[str, int] = {}
    following = FIRST_USER_UID
    for app in apps:
        if app.uid or app.shared_user == "android.uid.system":
            uids[app.package] = app.uid or 1000
            continue
        uids[app.package] = following
        following += 1
    return uids


def _base64_like(data: bytes) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return "".join(letters[byte & 63] for byte in data[:22]) + "=="


def _complete(given: Digests, invented: bytes) -> Digests:
    text = invented.hex()
    return Digests(
        md5=given.md5 or text[:32],
        sha1=given.sha1 or text[:40],
        sha256=given.sha256 or text,
        sha512=given.sha512 or text + text,
    )
