"""How readings and results lie in the database: MessagePack, compressed."""

from __future__ import annotations

import zlib

import msgspec
from isal import isal_zlib

from luciole.assess.document import Result
from luciole.kernel.errors import ParseError
from luciole.kernel.reading import Reading

_LEVEL = 1
MOST = 512 << 20
"""Bytes of one unpacked document."""
_reading = msgspec.msgpack.Decoder(Reading)
_result = msgspec.msgpack.Decoder(Result)
_encoder = msgspec.msgpack.Encoder()


def packed(document: msgspec.Struct) -> bytes:
    """A reading or a result as it is kept."""
    return squeezed(_encoder.encode(document))


def squeezed(encoded: bytes) -> bytes:
    """An encoded document as it is kept: a zlib stream (RFC 1950)."""
    return isal_zlib.compress(encoded, _LEVEL)


def unpacked_reading(data: bytes) -> Reading:
    """The reading that was kept. Raises ParseError where it was changed since."""
    return decoded_reading(_spread(data))


def decoded_reading(encoded: bytes) -> Reading:
    """The reading as a reader handed it over. Raises ParseError where it is none."""
    try:
        return _reading.decode(encoded)
    except msgspec.MsgspecError as error:
        raise ParseError(f"this is no reading: {error}") from None


def unpacked_result(data: bytes) -> Result:
    """The result document that was kept. Raises ParseError where it was changed since."""
    try:
        return _result.decode(_spread(data))
    except msgspec.MsgspecError as error:
        raise ParseError(f"a kept result is damaged: {error}") from None


def _spread(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        clear = stream.decompress(data, MOST)
    except zlib.error:
        raise ParseError("a kept document is damaged") from None
    if not stream.eof or stream.unconsumed_tail:
        raise ParseError("a kept document is cut short, or too large")
    return clear
