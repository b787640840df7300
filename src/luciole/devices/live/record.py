"""The record of one acquisition: what was asked, when, and the digest of every answer; and the archive it goes into."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator

import msgspec

from luciole import __version__

Clock = Callable[[], dt.datetime]
"""Gives the time now, in UTC."""
MADE_BY = f"luciole {__version__}"
_NEVER_PACKED = (".apk", ".zip")


class Asked(msgspec.Struct, omit_defaults=True):
    """One thing that was asked of the device. Times: UTC, RFC 3339; member, offset: where the answer begins.

    exit: its exit code, None where the device tells none; bytes, sha256: of the answer as it came; areas: what it says
    something about; kind, problem: what went wrong, as a stable word and in words; note: what the answer cannot tell.
    """

    name: str
    command: str
    started: str
    areas: tuple[str, ...] = ()
    member: str = ""
    offset: int = 0
    ended: str = ""
    exit: int | None = None
    bytes: int = 0
    sha256: str = ""
    errors: str = ""
    kind: str = ""
    problem: str = ""
    note: str = ""


class Log:
    """Everything that was asked, in order."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.asked: list[Asked] = []

    def now(self) -> str:
        """The time, as the record has it."""
        return self.clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def begin(self, name: str, command: str, areas: tuple[str, ...], member: str = "", offset: int = 0) -> Answer:
        """Notes that something is asked now."""
        one = Asked(name, command, self.now(), areas, member, offset)
        self.asked.append(one)
        return Answer(one, self)

    def skip(self, name: str, command: str, areas: tuple[str, ...], kind: str, problem: str) -> None:
        """Notes that something was not asked, and why."""
        now = self.now()
        self.asked.append(Asked(name, command, now, areas, ended=now, kind=kind, problem=problem))

    def text(self) -> str:
        """The same for people, one line each (command.log)."""
        lines = [
            f"{one.ended or one.started} {'ERROR' if one.problem else 'INFO'} {one.command}: "
            f"{one.problem or f'exit {one.exit}, {one.bytes} bytes, SHA-256 {one.sha256}'}"
            for one in self.asked
        ]
        return "".join(f"{line}\n" for line in lines)


class Answer:
    """An answer on its way: counts and hashes what passes."""

    def __init__(self, asked: Asked, log: Log) -> None:
        self.asked = asked
        self._log = log
        self._digest = hashlib.sha256()

    def take(self, piece: bytes) -> None:
        """A piece of the answer."""
        self._digest.update(piece)
        self.asked.bytes += len(piece)

    def end(self, kind: str = "", problem: str = "") -> None:
        """The answer is over, or broke off. kind, problem: as in `Asked`."""
        self.asked.ended = self._log.now()
        self.asked.sha256 = self._digest.hexdigest()
        self.asked.kind, self.asked.problem = kind, problem


class _Sink(io.RawIOBase):
    """Takes what the archive writes until it is fetched."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type] # checked at run time
        self._held += view
        return view.nbytes

    def fetch(self) -> bytes:
        data = bytes(self._held)
        self._held.clear()
        return data


class Package:
    """A ZIP archive that is written as a stream; every method hands out the bytes that became ready."""

    def __init__(self, clock: Clock) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._clock = clock
        self.digests: dict[str, str] = {}

    def add(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """One file. name: made here, never by the device without a check; each name once."""
        entry = zipfile.ZipInfo(name, self._clock().timetuple()[:6])
        entry.compress_type = zipfile.ZIP_STORED if name.endswith(_NEVER_PACKED) else zipfile.ZIP_DEFLATED
        entry.external_attr = 0o100600 << 16
        digest = hashlib.sha256()
        with self._zip.open(entry, "w", force_zip64=False) as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
                if ready := self._sink.fetch():
                    yield ready
        self.digests[name] = digest.hexdigest()
        yield self._sink.fetch()

    def seal(self) -> Iterator[bytes]:
        """hashes.csv with the digest of every file, and the end of the archive."""
        table = io.StringIO()
        csv.writer(table, lineterminator="\n").writerows(self.digests.items())
        yield from self.add("hashes.csv", [table.getvalue().encode()])
        self._zip.close()
        yield self._sink.fetch()

    def abandon(self) -> None:
        """The archive will not be finished; what is still held is let go."""
        with contextlib.suppress(ValueError):  # an entry that is still open
            self._zip.close()


def readable(value: object) -> bytes:
    """JSON with four spaces, as androidqf writes it."""
    return msgspec.json.format(msgspec.json.encode(value), indent=4)
