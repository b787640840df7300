"""What a worker and its reader's process say to each other, and how it is written on a pipe."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Literal, TypeVar

import msgspec

LENGTH = struct.Struct("<I")
LARGEST = 1 << 30
"""Bytes of one message; more is never asked for and never believed."""
Kind = TypeVar("Kind")


class Setup(msgspec.Struct, frozen=True):
    """What a reader is told once. rules: YARA rules as (name space, text), compiled by the reader itself; reads:
    whether it is to read apps, and gets ready for that."""  # noqa: D205, D209 - a list of fields follows the sentence

    rules: tuple[tuple[str, str], ...] = ()
    reads: bool = True


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The reader has started. without_network: nothing it does can reach one."""

    without_network: bool


class Request(msgspec.Struct, frozen=True):
    """One file, which lies in the shared memory. name: shown as the file of every place; what: all facts of it, only
    which rules it fits, what an archive holds, or one file of it; number, inside: of that file, and its bytes."""  # noqa: D205, D209 - a list of fields follows the sentence

    name: str
    size: int
    what: Literal["facts", "rules", "contents", "unpack"] = "facts"
    number: int = 0
    inside: int = 0


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """An encoded `Reading`, list of the names of rules, `Contents` or `Unpacked`."""

    body: bytes


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """Why a file could not be read. place: member and byte where reading ended, if that is known."""

    problem: str
    remedy: str = ""
    place: str = ""


Reply = Ready | Answer | Refusal


def frame(message: msgspec.Struct) -> bytes:
    """A message as it goes through a pipe: its length (4 bytes, little endian) and MessagePack."""
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body


def receive(read: Callable[[int], bytes], kind: type[Kind]) -> Kind:
    """The next message. read: returns so many bytes, fewer only at the end. Raises EOFError, msgspec.MsgspecError."""
    head = read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    if length > LARGEST:
        raise EOFError
    body = read(length)
    if len(body) < length:
        raise EOFError
    return msgspec.msgpack.decode(body, type=kind)
