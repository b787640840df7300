"""Talks to a running adb server in its own protocol: lists devices, sends commands of the list, reads files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import msgspec

from luciole.devices.live import commands, frames, problems, sync
from luciole.devices.live.frames import DeviceLine, Ending
from luciole.devices.live.wire import Waits, Wire
from luciole.kernel.errors import UsageError

DEFAULT_SERVER = "127.0.0.1:5037"
_OLDEST = 0x1F
"""adb 1.0.31 of 2013: the first with the requests that are used here."""
_LAST_PORT = 65_535
_GIB = 1 << 30


class Bounds(msgspec.Struct, frozen=True):
    """What one answer may take. output, file: bytes; entries: names of files in all folders together."""

    waits: Waits = Waits()
    output: int = _GIB
    file: int = _GIB
    entries: int = 200_000
    depth: int = 12


class Address(msgspec.Struct, frozen=True):
    """Where an adb server listens."""

    host: str
    port: int


def address(text: str = DEFAULT_SERVER) -> Address:
    """HOST:PORT as written. Raises UsageError."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) <= _LAST_PORT:
        raise UsageError(f"{text!r} is no address of an adb server.", remedy="Write HOST:PORT, as 127.0.0.1:5037.")
    return Address(host.strip("[]"), int(port))


class Server:
    """An adb server. Every request is a connection of its own, as the protocol has it."""

    def __init__(self, where: Address, bounds: Bounds = Bounds()) -> None:  # noqa: B008 - frozen
        self.where = where
        self.bounds = bounds

    def connect(self) -> Wire:
        """A new connection. Raises NoServer."""
        return Wire(self.where.host, self.where.port, self.bounds.waits)

    def _answer(self, request: str, what: str) -> str:
        with self.connect() as wire:
            wire.send(frames.request(request))
            frames.status(wire, what)
            return frames.text(wire, what)

    def version(self) -> int:
        """The version of the server's protocol. Raises BadReply where it is no adb server, or an ancient one."""
        answer = self._answer("host:version", "the version of the adb server")
        try:
            version = int(answer, 16)
        except ValueError:
            raise problems.bad_reply(f"a version of {answer[:20]!r}") from None
        if version < _OLDEST:
            raise problems.BadReply(f"the adb server is too old (protocol {version})", remedy="Install a newer adb.")
        return version

    def devices(self) -> list[DeviceLine]:
        """Every device that the server knows, in whatever state."""
        return frames.device_lines(self._answer("host:devices-l", "the list of devices"))

    def device(self, serial: str | None = None) -> Device:
        """The device `serial`, or the only one. Raises NoDevice, SeveralDevices, Unauthorised or Offline."""
        self.version()
        found = _chosen(self.devices(), serial)
        _usable(found)
        features = self._answer(f"host-serial:{found.serial}:features", "what the device can do")
        return Device(self, found, frozenset(features.split(",")))


def _chosen(lines: list[DeviceLine], serial: str | None) -> DeviceLine:
    if serial is not None:
        named = next((line for line in lines if line.serial == serial), None)
        if named is None:
            raise problems.NoDevice("no device with this serial is connected", remedy=_names(lines))
        return named
    if not lines:
        raise problems.NoDevice("no device is connected", remedy=problems.CONNECT)
    ready = [line for line in lines if line.state == "device"]
    if len(ready) > 1 or (not ready and len(lines) > 1):
        raise problems.SeveralDevices("several devices are connected", remedy=f"Name one: {_names(lines)}")
    return (ready or lines)[0]


def _names(lines: list[DeviceLine]) -> str:
    shown = "; ".join(f"--serial {each.serial} ({each.details.get('model', each.state)})" for each in lines[:8])
    return shown or problems.CONNECT


def _usable(line: DeviceLine) -> None:
    if line.state == "device":
        return
    if line.state in {"unauthorized", "authorizing"}:
        raise problems.Unauthorised("the device does not trust this computer yet", remedy=problems.TRUST)
    if line.state == "no permissions":
        remedy = "Ask who keeps this computer to allow it (on Linux: a udev rule, or the group plugdev)."
        raise problems.Offline("this account may not open the device", remedy=remedy)
    raise problems.Offline(f"the device cannot be asked: it is {line.state[:40]}", remedy=problems.TRY_AGAIN)


class Device:
    """One device that trusts this computer. line: as the server lists it; features: as the device names them."""

    def __init__(self, server: Server, line: DeviceLine, features: frozenset[str]) -> None:
        self.server = server
        self.line = line
        self.features = features
        self._exec = True

    @property
    def second_sync(self) -> bool:
        """Whether the device has the second form of the sync requests, which tells owners and errors."""
        return {"stat_v2", "ls_v2"} <= self.features

    @property
    def tells_exit(self) -> bool:
        """Whether the device sends output, errors and exit code apart."""
        return "shell_v2" in self.features

    @contextlib.contextmanager
    def _service(self, service: str, what: str) -> Iterator[Wire]:
        with self.server.connect() as wire:
            wire.send(frames.request(f"host:transport:{self.line.serial}"))
            frames.status(wire, "the way to the device")
            wire.send(frames.request(service))
            frames.status(wire, what)
            yield wire

    def run(self, text: str, most: int | None = None) -> Iterator[bytes | Ending]:
        """Pieces of the output of a listed command, then its `Ending`. most: bytes of it, if fewer than the bounds say.

        Raises NotListed before anything is sent, TooLarge, and every other LiveError.
        """
        if not commands.is_listed(text):
            raise problems.NotListed(f"not on the list of what may be sent: {text[:80]!r}")
        most = min(self.server.bounds.output, most or self.server.bounds.output)
        if self.tells_exit:
            with self._service(f"shell,v2,raw:{text}", text) as wire:
                yield from frames.packets(wire, text, most)
            return
        yield from self._without_packets(text, most)

    def _without_packets(self, text: str, most: int) -> Iterator[bytes | Ending]:
        """exec: gives bytes as they are (Android 5 and 6); before it only shell:, with a terminal's line ends."""
        if self._exec:
            try:
                with self._service(f"exec:{text}{frames.ASK_END}", text) as wire:
                    yield from frames.marked(wire, text, most, terminal=False)
            except problems.Refused:
                self._exec = False
            else:
                return
        with self._service(f"shell:{text}{frames.ASK_END}", text) as wire:
            yield from frames.marked(wire, text, most, terminal=True)

    @contextlib.contextmanager
    def files(self) -> Iterator[Wire]:
        """A connection to the sync service, for the functions of `sync`."""
        with self._service("sync:", "the sync service") as wire:
            yield wire
            with contextlib.suppress(problems.LiveError):
                sync.end(wire)

    def pull(self, path: str) -> Iterator[bytes]:
        """The bytes of an app file. Raises NotListed for any other path, and what `sync.content` raises."""
        if not commands.may_copy(path):
            raise problems.NotListed(f"not a file that may be copied: {path[:120]!r}")
        with self.files() as wire:
            yield from sync.content(wire, path.encode(), self.server.bounds.file)
