"""Asks a device one thing of the list after another; whatever fails is noted, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from luciole.devices.live import commands, problems, sync
from luciole.devices.live.adb import Device
from luciole.devices.live.commands import Command
from luciole.devices.live.frames import Ending
from luciole.devices.live.record import Answer, Log
from luciole.devices.live.wire import Stream
from luciole.kernel.errors import CouldNotLook

_GONE = frozenset({"dropped", "time-limit", "no-server", "offline", "no-device"})
_MOST_GONE = 3
"""After so many failures of the connection in a row the device is taken to be gone, and nothing more is asked."""
_REFUSED_WORDS = ("Permission", "SecurityException", "not allowed", "INTERACT_ACROSS_USERS")
_ACCESS = 13
_ABSENT = 2
"""EACCES and ENOENT, as the second form of the sync protocol tells them."""
_SHOWN_ERRORS = 300


class Asking:
    """What is asked of one device. said: called with a few words before each thing, for people who wait."""

    def __init__(self, device: Device, log: Log, said: Callable[[str], None]) -> None:
        self.device = device
        self.log = log
        self._said = said
        self._gone = 0
        self._entries = 0

    @property
    def gone(self) -> bool:
        """Whether the device stopped answering."""
        return self._gone >= _MOST_GONE

    @property
    def answered(self) -> int:
        """How many things were answered whole."""
        return sum(not one.problem for one in self.log.asked)

    def stream(self, command: Command, /, *, at: int = 0, **values: str) -> Iterator[bytes]:
        """The output of a command, piece by piece, as far as it comes; the log says how it ended. at: offset there."""
        member = commands.member_of(command, **values) if command.member else ""
        try:
            text = commands.fill(command, **values)
        except problems.NotListed as error:
            self.log.skip(command.name, command.text, command.areas, error.kind, error.message)
            return
        if self.gone:
            self.log.skip(command.name, text, command.areas, "not-asked", "not asked: the device stopped answering")
            return
        self._said(command.about)
        answer = self.log.begin(command.name, text, command.areas, member, at)
        try:
            yield from self._pieces(text, command.most, answer)
            self._judge(command, answer)
        except problems.LiveError as error:
            self._failed(answer, error)

    def _pieces(self, text: str, most: int, answer: Answer) -> Iterator[bytes]:
        for piece in self.device.run(text, most):
            if isinstance(piece, Ending):
                answer.asked.exit = piece.exit
                answer.asked.errors = piece.errors[:_SHOWN_ERRORS]
            else:
                answer.take(piece)
                yield piece
        self._gone = 0

    @staticmethod
    def _judge(command: Command, answer: Answer) -> None:
        """An answer that came whole may still be a refusal in words, or nothing."""
        asked = answer.asked
        if asked.exit not in command.ordinary:
            words = asked.errors.strip().partition("\n")[0]
            kind = "permission" if any(word in asked.errors for word in _REFUSED_WORDS) else "exit"
            answer.end(kind, f"ended with exit code {asked.exit}" + (f": {words}" if words else ""))
        elif asked.bytes < command.least:
            answer.end("empty", f"answered with {asked.bytes} bytes")
        else:
            answer.end()

    def _failed(self, answer: Answer, error: CouldNotLook) -> None:
        kind = getattr(error, "kind", "failed")
        self._gone = self._gone + 1 if kind in _GONE or _is_gone(error) else 0
        answer.end(kind, error.message)

    def output(self, command: Command, /, **values: str) -> bytes:
        """The whole output of a command that says little."""
        return b"".join(self.stream(command, at=0, **values))

    def pull(self, path: str, member: str) -> Iterator[bytes]:
        """The bytes of an app file, as far as they come."""
        if self.gone:
            self.log.skip("copy", f"sync RECV {path}", ("device.apks",), "not-asked", "the device stopped answering")
            return
        answer = self.log.begin("copy", f"sync RECV {path}", ("device.apks",), member)
        try:
            for piece in self.device.pull(path):
                answer.take(piece)
                yield piece
            answer.end(*(() if answer.asked.bytes else ("empty", "the file came without a byte")))
        except problems.LiveError as error:
            self._failed(answer, error)

    # ------------------------------------------------------------------ names of files

    def folder(self, root: str, areas: tuple[str, ...], note: str) -> Iterator[tuple[bytes, sync.FileState, str]]:
        """Every name below a folder: path, state, and why a folder could not be listed."""
        if self.gone:
            self.log.skip("files", f"sync LIST {root}", areas, "not-asked", "the device stopped answering")
            return
        self._said(f"names of files in {root}")
        answer = self.log.begin("files", f"sync LIST {root}", areas, "files.json")
        answer.asked.note = note
        try:
            with self.device.files() as wire:
                second = self.device.second_sync
                state = sync.state_of(wire, root.encode(), second=second)
                if not state.is_folder:
                    answer.end(*_not_there(state, second=second))
                    return
                for path, found, why in self._below(wire, root.encode(), 0):
                    answer.take(path + b"\n")
                    yield path, found, why
                    if why and path.rstrip(b"/") == root.rstrip("/").encode():
                        answer.end("permission", f"{root} may not be listed")
                        return
            answer.end()
        except problems.LiveError as error:
            self._failed(answer, error)

    def _below(self, wire: Stream, path: bytes, depth: int) -> Iterator[tuple[bytes, sync.FileState, str]]:
        entries = list(self._bounded(wire, path))
        if not any(entry.name in {b".", b".."} for entry in entries):
            yield path, sync.FileState(0o040000, 0, 0), "the folder may not be listed"
            return
        for entry in entries:
            if entry.name in {b".", b"..", b""} or b"/" in entry.name or b"\0" in entry.name:
                continue
            whole = path.rstrip(b"/") + b"/" + entry.name
            yield whole, entry.state, f"error {entry.state.error}" if entry.state.error else ""
            if not entry.state.is_folder:
                continue
            if depth >= self.device.server.bounds.depth or len(whole) > sync.LONGEST_PATH:
                yield whole, entry.state, "lies too deep to be listed"
            else:
                yield from self._below(wire, whole, depth + 1)

    def _bounded(self, wire: Stream, path: bytes) -> Iterator[sync.Entry]:
        for entry in sync.listing(wire, path, second=self.device.second_sync):
            self._entries += 1
            if self._entries > self.device.server.bounds.entries:
                raise problems.TooLarge(f"more than {self.device.server.bounds.entries} names of files")
            yield entry


def _is_gone(error: CouldNotLook) -> bool:
    """What an adb server says about a device that was unplugged."""
    return isinstance(error, problems.Refused) and any(
        word in error.message for word in ("not found", "offline", "no devices", "closed")
    )


def _not_there(state: sync.FileState, *, second: bool) -> tuple[str, str]:
    if second and state.error == _ACCESS:
        return "permission", "the folder may not be seen"
    if second and state.error == _ABSENT:
        return "absent", "there is no such folder"
    return "absent", "no such folder, or it may not be seen"
