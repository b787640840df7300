"""Reads the answers of an adb server: status words, lengths, lists of devices, packets of the shell.

Format: SERVICES.TXT, SYNC.TXT and shell_protocol.h of the Android Debug Bridge (packages/modules/adb of AOSP).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from luciole.devices.live import problems
from luciole.devices.live.wire import CHUNK, Stream, exactly

LONGEST_REQUEST = 0xFFFF
LONGEST_REPLY = 1 << 20
_LENGTH_DIGITS = 4
_HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")
_PACKET = struct.Struct("<BI")
_STDOUT, _STDERR, _EXIT = 1, 2, 3
_LARGEST_PACKET = 1 << 20
"""adbd fills packets of at most its buffer (64 KiB or, from Android 7 on, up to 1 MiB)."""
_KEPT_ERRORS = 4096
END_MARK = b"\nend:"
ASK_END = "; r=$?; echo; echo end:$r"
"""Added to a command where the device knows no exit codes, so that a cut answer can be told from a whole one."""
_LONGEST_END = len(END_MARK) + 7


class DeviceLine(NamedTuple):
    """One line of `devices -l`. state: device, unauthorized, offline, no permissions …; details: model and the like."""

    serial: str
    state: str
    details: dict[str, str]


class Ending(NamedTuple):
    """How a command ended. exit: None where the device says nothing of it; errors: the first of its standard error."""

    exit: int | None
    errors: str


def request(text: str) -> bytes:
    """A request with its length in front. Raises BadReply where it is longer than the protocol allows."""
    data = text.encode()
    if len(data) > LONGEST_REQUEST:
        raise problems.bad_reply("a request of more than 65535 bytes")
    return b"%04x" % len(data) + data


def length(stream: Stream, what: str) -> int:
    """Four hexadecimal digits."""
    digits = exactly(stream, _LENGTH_DIGITS, what)
    if not _HEXADECIMAL.issuperset(digits):
        raise problems.bad_reply(f"a length of {digits!r}")
    return int(digits, 16)


def text(stream: Stream, what: str) -> str:
    """A text with its length in front."""
    return exactly(stream, length(stream, what), what).decode("utf-8", "replace")


def status(stream: Stream, what: str) -> None:
    """Waits for OKAY. Raises Refused with the words of FAIL, BadReply for anything else."""
    word = exactly(stream, 4, what)
    if word == b"FAIL":
        raise problems.Refused(f"{what}: {text(stream, what)[:300]}")
    if word != b"OKAY":
        raise problems.bad_reply(f"{word!r} where OKAY or FAIL stands")


def device_lines(listing: str) -> list[DeviceLine]:
    """The devices in the answer to `host:devices-l`. Raises BadReply where a line has no state."""
    return [_device(line) for line in listing.splitlines() if line.strip()]


def _device(line: str) -> DeviceLine:
    serial, _, rest = line.strip().partition("\t" if "\t" in line else " ")
    rest = rest.strip()
    if not rest:
        raise problems.bad_reply("a device without a state")
    if rest.startswith("no permissions"):
        return DeviceLine(serial, "no permissions", {})
    state, _, more = rest.partition(" ")
    pairs = (word.partition(":") for word in more.split() if ":" in word)
    return DeviceLine(serial, state, {key: value for key, _, value in pairs})


def packets(stream: Stream, what: str, most: int) -> Iterator[bytes | Ending]:
    """Pieces of standard output, then one `Ending`. most: bytes of it. Raises Dropped where no exit packet comes."""
    received, errors = 0, bytearray()
    while True:
        kind, size = _PACKET.unpack(_header(stream, what, received))
        if kind not in {_STDOUT, _STDERR, _EXIT} or size > _LARGEST_PACKET:
            raise problems.bad_reply(f"a shell packet of kind {kind} with {size} bytes")
        if kind == _EXIT:
            if size != 1:
                raise problems.bad_reply("an exit packet of another size than 1")
            yield Ending(exactly(stream, 1, what)[0], errors.decode("utf-8", "replace"))
            return
        left = size
        while left:
            piece = stream.some(min(CHUNK, left), what)
            if not piece:
                raise problems.dropped(what, received)
            left -= len(piece)
            if kind == _STDERR:
                errors += piece[: max(0, _KEPT_ERRORS - len(errors))]
                continue
            received = _counted(received, piece, what, most)
            yield piece


def _header(stream: Stream, what: str, received: int) -> bytes:
    try:
        return exactly(stream, _PACKET.size, what)
    except problems.Dropped:
        raise problems.dropped(what, received) from None


def _counted(received: int, piece: bytes, what: str, most: int) -> int:
    received += len(piece)
    if received > most:
        raise problems.TooLarge(f"{what} gives more than {most} bytes")
    return received


def marked(stream: Stream, what: str, most: int, *, terminal: bool) -> Iterator[bytes | Ending]:
    """As `packets`, of a device without packets: everything to the end, which must be the line of `ASK_END`.

    terminal: the device writes line ends of a terminal, which are turned back.
    """
    received, held = 0, b""
    while piece := stream.some(CHUNK, what):
        received = _counted(received, piece, what, most)
        held += piece
        if terminal:
            held = held.replace(b"\r\n", b"\n")
        if len(held) > _LONGEST_END:
            yield held[:-_LONGEST_END]
            held = held[-_LONGEST_END:]
    at = held.rfind(END_MARK)
    digits = held[at + len(END_MARK) :].strip() if at >= 0 else b""
    if not digits.isdigit() or not held.endswith((b"\n", b"\r")):
        raise problems.dropped(what, received)
    if at:
        yield held[:at]
    yield Ending(int(digits), "")
