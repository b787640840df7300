"""What can go wrong between this computer and a connected device, each with what a person can do about it."""

from __future__ import annotations

from luciole.kernel.errors import CouldNotLook
from luciole.kernel.text import show_controls


class LiveError(CouldNotLook):
    """Base: a connected device could not be asked. kind: stable word for the record of an acquisition.

    Words of a device stand in the messages: what would change a terminal is shown as its code.
    """

    kind = "failed"

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(show_controls(message), remedy=show_controls(remedy))


class NoServer(LiveError):
    """Nobody answers at the address of the adb server."""

    kind = "no-server"


class NoDevice(LiveError):
    """No device is connected, or not the one that was named."""

    kind = "no-device"


class SeveralDevices(LiveError):
    """More than one device is connected and none was named."""

    kind = "several-devices"


class Unauthorised(LiveError):
    """The device does not trust this computer (yet)."""

    kind = "unauthorised"


class Offline(LiveError):
    """The device is connected and does not answer, or is in a state in which it cannot."""

    kind = "offline"


class Dropped(LiveError):
    """The connection ended in the middle of an answer. received: bytes that came before."""

    kind = "dropped"

    def __init__(self, message: str, *, remedy: str = "", received: int = 0) -> None:
        super().__init__(message, remedy=remedy)
        self.received = received


class TooSlow(LiveError):
    """An answer did not come within the time that it may take."""

    kind = "time-limit"


class TooLarge(LiveError):
    """An answer is longer than it may be."""

    kind = "size-limit"


class BadReply(LiveError):
    """An answer contradicts the protocol."""

    kind = "bad-reply"


class Refused(LiveError):
    """The server or the device said no, in words."""

    kind = "refused"


class NotListed(LiveError):
    """Something outside the list of read-only commands was to be sent; it was not."""

    kind = "not-listed"


class NotInstalled(LiveError):
    """An optional library is not there."""

    kind = "not-installed"


START_SERVER = (
    "Start it with the command: adb start-server (Android's platform tools, or the package adb of your system). "
    "If it runs elsewhere, name it with --adb-server HOST:PORT."
)
TRY_AGAIN = "Look at the cable and unlock the device, then try again."
TRUST = (
    "Unlock the device. It asks whether it may trust this computer: only the person it belongs to should say yes. "
    "The device keeps a list of the computers that it trusts."
)
CONNECT = (
    "Connect the device with a cable that carries data. Debugging has to be switched on in the developer options; "
    "that can be seen on the device, so talk about it first. Nothing is switched on from here."
)


def no_server(host: str, port: int, why: str) -> NoServer:
    """Nobody listens there."""
    return NoServer(f"no adb server answers at {host}:{port} ({why})", remedy=START_SERVER)


def dropped(what: str, received: int) -> Dropped:
    """The other side hung up. what: what was being read."""
    return Dropped(f"the connection ended after {received} bytes of {what}", remedy=TRY_AGAIN, received=received)


def too_slow(what: str, seconds: float) -> TooSlow:
    """No byte, or not the last one, came in time."""
    return TooSlow(f"{what} took longer than {seconds:g} seconds", remedy=TRY_AGAIN)


def bad_reply(what: str) -> BadReply:
    """Bytes that no adb server sends."""
    return BadReply(f"the answer is not of the adb protocol: {what}", remedy="Check that it is an adb server.")
