"""One acquisition of a connected iPhone or iPad through pymobiledevice3 (the optional extra `ios`): reads, never sets.

The archive holds property lists as the services of the device gave them, reduced to the keys of the tables below, and
`commands.json` with everything that was asked. docs/guides/helper/collect-iphone.md tells people of it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import importlib.util
import plistlib
import tempfile
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from luciole.devices.live import problems
from luciole.devices.live.record import MADE_BY, Answer, Asked, Clock, Log, Package, readable

if TYPE_CHECKING:
    from pymobiledevice3.lockdown import LockdownClient

FORMAT = 1
DEVICE_KEYS = (
    "DeviceClass", "ProductType", "ProductVersion", "BuildVersion", "HumanReadableProductVersionString", "SerialNumber",
    "UniqueDeviceID", "TimeZone", "PasswordProtected", "ActivationState", "TrustedHostAttached", "HostAttached",
)  # fmt: skip
"""What is kept of the device's own values: no name, no telephone number, no number of the SIM or the radio."""
DOMAINS = (
    ("com.apple.security.mac.amfi", "DeveloperModeStatus", "developer_mode"),
    ("com.apple.mobile.wireless_lockdown", "EnableWifiConnections", "wireless_sync"),
    ("com.apple.fmip", "IsAssociated", "find_my"),
    ("com.apple.mobile.backup", "WillEncrypt", "backup_encrypted"),
    ("com.apple.mobile.chaperone", "DeviceIsChaperoned", "chaperoned"),
)
"""Domain and key of single values, and the name under which they are kept."""
APP_KEYS = (
    "CFBundleIdentifier", "CFBundleDisplayName", "CFBundleName", "CFBundleShortVersionString", "CFBundleVersion",
    "ApplicationType", "SignerIdentity", "Entitlements", "UIBackgroundModes", "ProfileValidated", "UPPValidated",
    "IsUpgradeable", "SequenceNumber", "MinimumOSVersion", "iTunesMetadata",
)  # fmt: skip
"""What is asked for each app."""
_MOST_PROFILES = 2_000
_LARGEST = 64 << 20
_PAIR = (
    "Unlock the device. It asks whether it may trust this computer, and for its code: only the person it belongs to "
    "should answer. The device remembers the computer until it is told to forget all of them."
)
_INSTALL = "Install the extra that is needed for iPhones: pip install 'luciole[ios]'."
_PLUG = "Connect the device with a cable and unlock it. On Linux the service usbmuxd has to run; on Windows iTunes."


class Options(msgspec.Struct, frozen=True):
    """serial: which device; usbmux: address of the service where it is not the usual one; pair: may ask the device to
    trust this computer; seconds: that one service may take; clock, said, noted: as for Android."""  # noqa: D205, D209 - a list of fields

    serial: str | None = None
    usbmux: str | None = None
    pair: bool = False
    seconds: float = 60.0
    pair_seconds: float = 120.0
    clock: Clock = lambda: dt.datetime.now(dt.UTC)
    said: Callable[[str], None] = lambda _: None
    noted: Callable[[list[Asked]], None] = lambda _: None

    def asking(self) -> Options:
        """The same, with leave to ask the device to trust this computer."""
        return msgspec.structs.replace(self, pair=True)


def acquire(options: Options = Options()) -> Iterator[bytes]:  # noqa: B008 - frozen
    """The bytes of one acquisition. Raises LiveError: no library, no device, not trusted, nothing answered."""
    if importlib.util.find_spec("pymobiledevice3") is None:
        raise problems.NotInstalled("reading an iPhone needs a library that is not installed", remedy=_INSTALL)
    log = Log(options.clock)
    started = log.now()
    with tempfile.TemporaryDirectory(prefix="held-") as folder:
        members = _run(_Taking(options, log, Path(folder)).take())
    if all(one.problem for one in log.asked):
        raise problems.LiveError(f"nothing was answered: {log.asked[-1].problem}", remedy=problems.TRY_AGAIN)
    package = Package(options.clock)
    try:
        yield from _written(package, members, log, started)
    finally:
        package.abandon()
    options.noted(log.asked)


def _run(taking: Coroutine[object, object, dict[str, bytes]]) -> dict[str, bytes]:
    """Runs one talk. The library leaves connections that it gave up to the garbage collector, so that runs here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            return asyncio.run(taking)
        finally:
            gc.collect()


def _written(package: Package, members: dict[str, bytes], log: Log, started: str) -> Iterator[bytes]:
    for name, data in members.items():
        yield from package.add(name, [data])
    record = {
        "format": FORMAT,
        "made_by": MADE_BY,
        "server": "usbmux",
        "started": started,
        "completed": log.now(),
        "commands": log.asked,
    }
    yield from package.add("command.log", [log.text().encode("utf-8", "replace")])
    yield from package.add("commands.json", [readable(record)])
    yield from package.seal()


class _Taking:
    """One talk with one device. folder: where the library may keep records of trust; it is gone afterwards."""

    def __init__(self, options: Options, log: Log, folder: Path) -> None:
        self._options = options
        self._log = log
        self._folder = folder
        self.members: dict[str, bytes] = {}

    async def take(self) -> dict[str, bytes]:
        """Every file of the acquisition but the record."""
        lockdown = await self._connected()
        try:
            await self._device(lockdown)
            await self._domains(lockdown)
            await self._apps(lockdown)
            await self._provisioning(lockdown)
            await self._profiles(lockdown)
        finally:
            await lockdown.close()
        return self.members

    async def _connected(self) -> LockdownClient:
        """A session with a device that trusts this computer. Raises NoServer, NoDevice, Unauthorised or Offline."""
        client, problem = await self._opened()
        if client is None:
            raise problem or problems.Offline("the device cannot be asked", remedy=problems.TRY_AGAIN)
        if not client.paired:
            await client.close()
            raise problems.Unauthorised("the device does not trust this computer yet", remedy=_PAIR)
        return client

    async def _opened(self) -> tuple[LockdownClient | None, problems.LiveError | None]:
        """The session, or why there is none. The library's own error is let go here, with what it still holds open."""
        from pymobiledevice3 import exceptions, lockdown  # noqa: PLC0415 - an optional library

        options = self._options
        opening = lockdown.create_using_usbmux(
            options.serial,
            autopair=options.pair,
            pair_timeout=options.pair_seconds,
            pairing_records_cache_folder=self._folder,
            usbmux_address=options.usbmux,
        )
        try:
            seconds = options.seconds + (options.pair_seconds if options.pair else 0)
            return await asyncio.wait_for(opening, seconds), None
        except exceptions.ConnectionFailedToUsbmuxdError:
            return None, problems.NoServer("the service for iPhones (usbmuxd) does not answer", remedy=_PLUG)
        except (exceptions.NoDeviceConnectedError, exceptions.DeviceNotFoundError):
            return None, problems.NoDevice("no iPhone or iPad is connected, or not the one named", remedy=_PLUG)
        except (exceptions.PairingError, exceptions.PasswordRequiredError, exceptions.NotTrustedError) as error:
            return None, problems.Unauthorised(_why(error), remedy=_PAIR)
        except TimeoutError:
            return None, problems.TooSlow("the device did not answer in time", remedy=problems.TRY_AGAIN)
        except Exception as error:  # noqa: BLE001 - the library lets errors of any kind through where a device lies
            return None, problems.Offline(f"the device cannot be asked: {_why(error)}", remedy=problems.TRY_AGAIN)

    # ------------------------------------------------------------------ one question after the other

    async def _ask(
        self, name: str, command: str, areas: tuple[str, ...], member: str, asked: Awaitable[object]
    ) -> object:
        """Waits for one answer and notes how it ended; None where it failed."""
        self._options.said(command)
        answer = self._log.begin(name, command, areas, member)
        try:
            found = await asyncio.wait_for(asked, self._options.seconds)
        except TimeoutError:
            answer.end("time-limit", f"no answer within {self._options.seconds:g} seconds")
        except Exception as error:  # noqa: BLE001 - as above
            answer.end(_kind(error), _why(error))
        else:
            return self._kept(answer, member, found)
        return None

    def _kept(self, answer: Answer, member: str, found: object) -> object:
        try:
            data = plistlib.dumps(_plain({} if found is None else found), fmt=plistlib.FMT_BINARY, sort_keys=True)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            answer.end("bad-reply", f"an answer that is no property list ({type(error).__name__})")
            return None
        if len(data) > _LARGEST:
            answer.end("size-limit", f"an answer of {len(data)} bytes")
            return None
        answer.take(data)
        answer.end(*(() if found is not None else ("empty", "answered with nothing")))
        if found is not None and member:
            self.members[member] = data
        return found

    async def _device(self, lockdown: LockdownClient) -> None:
        async def values() -> object:
            found = await lockdown.get_value()
            return {key: found[key] for key in DEVICE_KEYS if isinstance(found, dict) and key in found}

        await self._ask("device", "lockdown GetValue", ("ios.device",), "device.plist", values())

    async def _domains(self, lockdown: LockdownClient) -> None:
        """Single values; one that the device does not have is no failure."""
        found: dict[str, object] = {}
        for domain, key, name in DOMAINS:

            async def value(domain: str = domain, key: str = key) -> object:
                from pymobiledevice3.exceptions import MissingValueError  # noqa: PLC0415 - an optional library

                try:
                    return [await lockdown.get_value(domain, key)]
                except MissingValueError:
                    return [None]

            answer = await self._ask("value", f"lockdown GetValue {domain} {key}", ("ios.settings",), "", value())
            self._log.asked[-1].member = "settings.plist"
            if isinstance(answer, list) and isinstance(answer[0], bool | int | str):
                found[name] = answer[0]
        self.members["settings.plist"] = plistlib.dumps(found, fmt=plistlib.FMT_BINARY)

    async def _apps(self, lockdown: LockdownClient) -> None:
        from pymobiledevice3.services.installation_proxy import (  # noqa: PLC0415 - an optional library
            InstallationProxyService,
        )

        async def browse() -> object:
            async with InstallationProxyService(lockdown) as service:
                return await service.browse({"ApplicationType": "Any"}, list(APP_KEYS))

        await self._ask("apps", "installation_proxy Browse", ("ios.apps",), "apps.plist", browse())

    async def _provisioning(self, lockdown: LockdownClient) -> None:
        from pymobiledevice3.services.misagent import MisagentService  # noqa: PLC0415 - an optional library

        async def copy() -> object:
            async with MisagentService(lockdown) as service:
                return [each.buf for each in await service.copy_all()][:_MOST_PROFILES]

        found = await self._ask("provisioning", "misagent CopyAll", ("ios.apps",), "", copy())
        self._log.asked[-1].member = "provisioning/"
        for number, data in enumerate(found if isinstance(found, list) else [], 1):
            self.members[f"provisioning/{number:04d}.mobileprovision"] = bytes(data)

    async def _profiles(self, lockdown: LockdownClient) -> None:
        from pymobiledevice3.services.mobile_config import MobileConfigService  # noqa: PLC0415 - an optional library

        async def profiles() -> object:
            async with MobileConfigService(lockdown) as service:
                return await service.get_profile_list()

        async def cloud() -> object:
            async with MobileConfigService(lockdown) as service:
                return await service.get_cloud_configuration() or {}

        await self._ask("profiles", "MCInstall GetProfileList", ("ios.profiles",), "profiles.plist", profiles())
        await self._ask(
            "supervision", "MCInstall GetCloudConfiguration", ("ios.management",), "cloud_configuration.plist", cloud()
        )


Listed = dict[str, "Listed"] | list["Listed"] | str | int | float | bool | bytes | dt.datetime
"""What a property list holds."""


def _plain(value: object) -> Listed:
    """The same with only what a property list can hold. Raises TypeError where it holds anything else."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value if each is not None]
    if isinstance(value, str | int | float | bytes | dt.datetime):
        return value
    raise TypeError(type(value).__name__)


def _kind(error: Exception) -> str:
    name = type(error).__name__
    if name in {"ConnectionTerminatedError", "ConnectionResetError", "IncompleteReadError", "BrokenPipeError"}:
        return "dropped"
    return "permission" if name in {"PasswordRequiredError", "MCProtectedError", "GetProhibitedError"} else "refused"


def _why(error: Exception) -> str:
    words = str(error).partition("\n")[0][:200]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
