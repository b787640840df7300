"""Bodies of requests while they arrive: a file by itself, or a form of what is said of a file and the file, read once.

What breaks off is an error, never a shorter file. Nothing is kept here, in memory or anywhere, but the chunk at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import FIELD, FILE, LazyStream, MultiPartParserError, Parser
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext_noop as mark

from luciole.hub.samples.failures import NotTaken, TooLarge
from luciole.hub.site.sentences import sentence

CHUNK = 1 << 16
MOST_FIELD = 1 << 16
_MOST_BOUNDARY = 200
_MOST_PARTS = 8


class Unreadable(NotTaken):
    """The body is not what it says it is, or breaks off."""

    status = 400


class Part(NamedTuple):
    """One part of a form. file_name: None for a part that is no file."""

    name: str
    file_name: str | None
    stream: Any


class Body:
    """The body of a request, as an iterator over its chunks. Raises Unreadable where it is shorter than it says."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        length = request.META.get("CONTENT_LENGTH") or "0"
        self.left = int(length) if length.isdigit() else 0
        self.tail = b""

    def __iter__(self) -> Iterator[bytes]:
        """Chunks of at most 64 KiB."""
        while self.left > 0:
            yield self.read(CHUNK)

    def read(self, size: int) -> bytes:
        """The next bytes, none after the last. Raises Unreadable."""
        try:
            chunk = self._request.read(min(size, self.left)) if self.left > 0 else b""
        except OSError as error:
            raise Unreadable(mark("The request broke off.")) from error
        if not chunk and self.left > 0:
            raise Unreadable(mark("The request broke off."))
        self.left -= len(chunk)
        self.tail = (self.tail + chunk[-2 * _MOST_BOUNDARY :])[-2 * _MOST_BOUNDARY :]
        return chunk


class Form:
    """A form with one field `about` and one file `file`, in this order (RFC 7578). What has no name is passed over."""

    def __init__(self, request: HttpRequest) -> None:
        self._body = Body(request)
        self._boundary = _boundary(request)
        self._parts = self._read()

    def about(self) -> bytes:
        """The field `about`; empty where the file comes first. Raises Unreadable."""
        part = self._next()
        if part.file_name is not None and part.name == "file":
            self._file: Part = part
            return b""
        if part.name != "about":
            raise Unreadable(mark("The form has the fields `about` and `file`, in this order."))
        said: bytes = part.stream.read(MOST_FIELD + 1)
        if len(said) > MOST_FIELD:
            raise TooLarge(sentence("What is said of a file has at most {most} bytes.", most=MOST_FIELD))
        self._file = self._next()
        if self._file.name != "file" or self._file.file_name is None:
            raise Unreadable(mark("The form has the fields `about` and `file`, in this order."))
        return said

    @property
    def file_name(self) -> str:
        """The name that the file has in the form. After `about`."""
        return self._file.file_name or ""

    def chunks(self) -> Iterator[bytes]:
        """The bytes of the file. Raises Unreadable where the form does not end after it as a form does."""
        with _as_form():
            yield from self._file.stream
            if next(self._parts, None) is not None or self._body.left or not self._is_closed():
                raise Unreadable(mark("The form does not end after its file."))

    def _is_closed(self) -> bool:
        return b"--" + self._boundary + b"--" in self._body.tail

    def _next(self) -> Part:
        with _as_form():
            part = next(self._parts, None)
        if part is None:
            raise Unreadable(mark("The form has no file."))
        return part

    def _read(self) -> Iterator[Part]:
        stream = LazyStream(iter(self._body))  # type: ignore[arg-type] # its stub names Django's own iterators
        for number, (kind, headers, content) in enumerate(Parser(stream, self._boundary)):
            if number >= _MOST_PARTS:
                raise Unreadable(mark("The form has too many parts."))
            if kind in {FIELD, FILE}:
                said = headers["content-disposition"][1]
                name = said.get("filename")
                yield Part(_text(said.get("name")), None if name is None else _text(name), content)


class _as_form:  # noqa: N801 - used as a context manager, like a function
    """Turns what the parser of forms raises into Unreadable."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, at: object) -> None:
        if isinstance(error, (MultiPartParserError, SuspiciousOperation, UnicodeDecodeError, LookupError)):
            raise Unreadable(mark("This is not a form with a file.")) from error


def _boundary(request: HttpRequest) -> bytes:
    kind, parameters = parse_header_parameters(request.headers.get("Content-Type", ""))
    boundary = parameters.get("boundary", "")
    if kind != "multipart/form-data" or not boundary.isascii() or not 0 < len(boundary) <= _MOST_BOUNDARY:
        raise Unreadable(mark("Send a form, as multipart/form-data."))
    return str(boundary).encode()


def _text(value: bytes | str | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
