"""A simulated adb server: speaks the real protocol to any client, with devices from descriptions, and breaks as told.

Format: SERVICES.TXT, SYNC.TXT, shell_protocol.h and file_sync_protocol.h of the Android Debug Bridge.
"""

from __future__ import annotations

import contextlib
import socket
import stat
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import msgspec

from luciole.simulate.devices.description import DeviceDescription
from luciole.simulate.live.android_shell import Node, Output, Shell, splits_of
from luciole.simulate.live.listening import Hung, Listening, read_exactly

VERSION = 41
FEATURES = ("shell_v2", "cmd", "stat_v2", "ls_v2", "apex", "abb")
_PIECE = 60_000
_LONGEST = 0xFFFF
State = Literal["device", "unauthorized", "offline", "recovery", "no permissions"]


class Fault(msgspec.Struct, frozen=True):
    """What goes wrong. on: beginning of the request; after: bytes of its answer that are sent as they should be.

    then: drop (hang up), stall (send nothing more until the client hangs up), lie (change the next four bytes to a
    huge number and go on), garbage (send bytes that fit no protocol, then hang up), refuse (say FAIL instead).
    """

    on: str
    after: int = 0
    then: Literal["drop", "stall", "lie", "garbage", "refuse"] = "drop"


class SimulatedDevice:
    """One device of the server. broken: beginning of a command → another answer; features: what it says it can do."""

    def __init__(
        self,
        serial: str,
        description: DeviceDescription,
        *,
        state: State = "device",
        features: tuple[str, ...] = FEATURES,
        broken: dict[str, Output] | None = None,
    ) -> None:
        self.serial = serial
        self.state = state
        self.features = features
        self.shell = Shell(description, broken)
        self.model = description.model.replace(" ", "_")

    def line(self, number: int) -> str:
        """Its line in `devices -l`."""
        if self.state == "no permissions":
            words = "no permissions (missing udev rules? user is in the plugdev group); see [http://example.invalid]"
            return f"{self.serial:<22} {words} usb:1-{number} transport_id:{number}"
        more = f" product:example model:{self.model} device:example" if self.state == "device" else ""
        return f"{self.serial:<22} {self.state} usb:1-{number}{more} transport_id:{number}"


class AdbServer(Listening):
    """Listens on a port of this computer. Use as a context manager. requests: everything that was asked, in order."""

    def __init__(self, *devices: SimulatedDevice, faults: Iterable[Fault] = (), version: int = VERSION) -> None:
        super().__init__(lambda connection: _Talk(self, connection).serve())
        self.devices = devices
        self.faults = list(faults)
        self.version = version
        self.requests: list[str] = []


class _Talk:
    """One connection."""

    def __init__(self, server: AdbServer, connection: socket.socket) -> None:
        self._server = server
        self._connection = connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._device: SimulatedDevice | None = None
        self._fault: Fault | None = None
        self._left = 0

    # ------------------------------------------------------------------ bytes

    def _read(self, size: int) -> bytes:
        return read_exactly(self._connection, size)

    def _send(self, data: bytes) -> None:
        """Sends as the faults allow."""
        fault = self._fault
        if fault is None:
            self._connection.sendall(data)
            return
        if len(data) < self._left or (len(data) == self._left and fault.then == "lie"):
            self._connection.sendall(data)
            self._left -= len(data)
            return
        self._connection.sendall(data[: self._left])
        rest, self._left = data[self._left :], 0
        self._break(fault, rest)

    def _break(self, fault: Fault, rest: bytes) -> None:
        if fault.then == "lie":
            self._fault = None
            self._connection.sendall(b"\xff" * min(4, len(rest)) + rest[4:])
            return
        if fault.then == "garbage":
            self._connection.sendall(b"\x00\x91GARBAGE\xff" * 9)
        if fault.then == "stall":
            while self._connection.recv(4096):
                pass
        raise Hung

    def _begin(self, request: str) -> None:
        """From here on the answer to `request` is sent."""
        fault = next((each for each in self._server.faults if request.startswith(each.on)), None)
        self._fault = fault
        self._left = fault.after if fault is not None else 0
        if fault is not None and fault.then == "refuse":
            self._fault = None
            self._fail(f"{request[:40]}: refused")

    def _fail(self, words: str) -> None:
        self._send(b"FAIL%04x" % len(words) + words.encode())
        raise Hung

    def _say(self, text: str) -> None:
        self._send(b"OKAY%04x" % len(text.encode()) + text.encode())

    # ------------------------------------------------------------------ requests to the server

    def serve(self) -> None:
        while True:
            digits = self._read(4)
            try:
                size = int(digits, 16)
            except ValueError:
                raise Hung from None
            request = self._read(size).decode("utf-8", "replace")
            self._server.requests.append(request)
            self._begin(request)
            if self._device is not None:
                self._local(request)
                return
            self._host(request)
            if self._device is None:  # only the way to a device stays open for a second request
                self._linger()
                return

    def _host(self, request: str) -> None:
        if request == "host:version":
            self._say(f"{self._server.version:04x}")
        elif request in {"host:devices", "host:devices-l"}:
            self._say("".join(line + "\n" for line in self._lines(whole=request.endswith("-l"))))
        elif request in {"host:features", "host:host-features"}:
            self._say(",".join(self._only().features))
        elif request.startswith("host-serial:"):
            self._of_serial(request.removeprefix("host-serial:"))
        elif request.startswith(("host:transport", "host:tport")):
            self._transport(request)
        else:
            self._fail("unknown host service")

    def _lines(self, *, whole: bool) -> Iterator[str]:
        for number, device in enumerate(self._server.devices, 1):
            yield device.line(number) if whole else f"{device.serial}\t{device.state}"

    def _only(self) -> SimulatedDevice:
        ready = [each for each in self._server.devices if each.state == "device"]
        if not ready:
            self._fail("no devices/emulators found")
        if len(ready) > 1:
            self._fail("more than one device/emulator")
        return ready[0]

    def _named(self, serial: str) -> SimulatedDevice:
        found = next((each for each in self._server.devices if each.serial == serial), None)
        if found is None:
            self._fail(f"device '{serial}' not found")
        if found is not None and found.state != "device":
            self._fail(f"device {found.state}")
        assert found is not None  # noqa: S101 - _fail does not return
        return found

    def _of_serial(self, rest: str) -> None:
        serial, _, wanted = rest.rpartition(":")
        device = self._named(serial)
        answers = {"features": ",".join(device.features), "get-state": device.state, "get-serialno": device.serial}
        if wanted not in answers:
            self._fail("unknown host service")
        self._say(answers[wanted])

    def _transport(self, request: str) -> None:
        kind, _, serial = request.removeprefix("host:").partition(":")
        any_ = kind != "transport" and not serial.startswith("serial:")
        self._device = self._only() if any_ else self._named(serial.removeprefix("serial:"))
        number = struct.pack("<Q", 1 + self._server.devices.index(self._device)) if kind == "tport" else b""
        self._send(b"OKAY" + number)

    # ------------------------------------------------------------------ services of a device

    def _local(self, request: str) -> None:
        service, _, rest = request.partition(":")
        name = service.split(",")[0]
        if name == "shell" and ",v2" in service:
            self._packets(rest)
        elif name in {"shell", "exec"} and not (name == "exec" and "no_exec" in self._shell().features):
            self._marked(rest, terminal=name == "shell")
        elif name == "sync":
            self._send(b"OKAY")
            _Sync(self._shell(), self._read, self._send, self._server.requests, self._begin).serve()
        else:
            self._fail("closed")
        self._linger()

    def _shell(self) -> SimulatedDevice:
        assert self._device is not None  # noqa: S101 - the caller chose one
        return self._device

    def _linger(self) -> None:
        """The client hangs up first, so that it reads everything."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
            while self._connection.recv(4096):
                pass

    def _packets(self, command: str) -> None:
        self._send(b"OKAY")
        answer = self._shell().shell.run(command)
        for piece in answer.standard:
            for at in range(0, len(piece), _PIECE):
                part = piece[at : at + _PIECE]
                self._send(struct.pack("<BI", 1, len(part)) + part)
        if answer.errors:
            self._send(struct.pack("<BI", 2, len(answer.errors)) + answer.errors)
        self._send(struct.pack("<BIB", 3, 1, answer.exit))

    def _marked(self, command: str, *, terminal: bool) -> None:
        self._send(b"OKAY")
        found = splits_of(command)
        answer = self._shell().shell.run(found[1] if found else command)
        for piece in (*answer.standard, answer.errors, b"\nend:%d\n" % answer.exit if found else b""):
            self._send(piece.replace(b"\n", b"\r\n") if terminal else piece)


class _Sync:
    """The sync service of a device, reading only."""

    def __init__(
        self,
        device: SimulatedDevice,
        read: Callable[[int], bytes],
        send: Callable[[bytes], None],
        requests: list[str],
        begin: Callable[[str], None],
    ) -> None:
        self._nodes = device.shell.nodes
        self._read = read
        self._send = send
        self._requests = requests
        self._begin = begin
        self._second = "stat_v2" in device.features

    def serve(self) -> None:
        while True:
            word, size = struct.unpack("<4sI", self._read(8))
            path = self._read(min(size, _LONGEST))
            asked = f"{word.decode('latin-1')} {path.decode('utf-8', 'replace')}".strip()
            self._requests.append(asked)
            self._begin(asked)
            if word == b"QUIT":
                return
            answer = {
                b"STAT": self._stat, b"STA2": self._stat_2, b"LST2": self._stat_2, b"LIST": self._list,
                b"LIS2": self._list, b"RECV": self._receive, b"RCV2": self._receive_2,
            }.get(word)  # fmt: skip
            if answer is None:
                self._send(b"FAIL" + struct.pack("<I", 12) + b"unknown word")
                return
            answer(word, path)

    def _node(self, path: bytes) -> Node | None:
        return self._nodes.get(path.rstrip(b"/") or b"/")

    def _stat(self, _: bytes, path: bytes) -> None:
        node = self._node(path) or Node(0, 0)
        self._send(b"STAT" + struct.pack("<III", node.mode, node.size, node.modified))

    def _stat_2(self, word: bytes, path: bytes) -> None:
        node = self._node(path)
        self._send(word + _state_2(node))

    def _list(self, word: bytes, path: bytes) -> None:
        second = word == b"LIS2"
        node = self._node(path)
        base = path.rstrip(b"/") + b"/"
        if node is not None and node.readable and stat.S_ISDIR(node.mode):
            inside = {
                name[len(base) :]: each
                for name, each in self._nodes.items()
                if name.startswith(base) and name != base and b"/" not in name[len(base) :]
            }
            for name, each in [(b".", node), (b"..", node), *sorted(inside.items())]:
                if second:
                    self._send(b"DNT2" + _state_2(each) + struct.pack("<I", len(name)) + name)
                else:
                    self._send(
                        b"DENT" + struct.pack("<IIII", each.mode, each.size, each.modified, len(name)) + name
                    )  # fmt: skip
        self._send(b"DONE" + bytes(72 if second else 16))

    def _receive_2(self, word: bytes, path: bytes) -> None:
        self._read(8)
        self._receive(word, path)

    def _receive(self, _: bytes, path: bytes) -> None:
        node = self._node(path)
        if node is None or not stat.S_ISREG(node.mode) or not node.readable:
            words = b"open failed: No such file or directory"
            self._send(b"FAIL" + struct.pack("<I", len(words)) + words)
            return
        for at in range(0, len(node.content), 64 * 1024):
            piece = node.content[at : at + 64 * 1024]
            self._send(b"DATA" + struct.pack("<I", len(piece)) + piece)
        self._send(b"DONE" + struct.pack("<I", 0))


def _state_2(node: Node | None) -> bytes:
    if node is None:
        return struct.pack("<IQQIIIIQqqq", 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    when = node.modified
    return struct.pack("<IQQIIIIQqqq", 0, 1, 1, node.mode, 1, 0, 0, node.size, when, when, when)
