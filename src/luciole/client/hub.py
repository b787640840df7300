"""The hub's operations as typed calls."""

from __future__ import annotations

import base64
import json
import secrets
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import msgspec

from luciole.client import documents
from luciole.client.connection import OPENING, Connection, Stream
from luciole.client.documents import About, Comment, HandedIn, HandIn, Key, Organisation, SampleBrief, SampleWhole, Self
from luciole.client.failures import CannotReach, HubRefused
from luciole.client.sources import Source, of_path

AT_ONCE = 8 << 20
"""Bytes up to which a file goes in one request; larger ones go in pieces."""
PIECE = 8 << 20
_CONFLICT = 409
_TRIES = 8
"""Pieces in a row that may fail, with growing pauses between: some minutes without a connection."""
_JSON = {"Content-Type": "application/json"}
Document = TypeVar("Document")
Progress = Callable[[int, int], None]
"""Told bytes that arrived, and how many there are."""


class Hub:
    """A hub. address: as people write it, https://HOST; key: an API key; connection: instead of both."""

    def __init__(self, address: str, key: str, connection: Connection | None = None) -> None:
        self._connection = connection or Connection(address, key)

    def me(self) -> Self:
        """Whose key this is."""
        return self._get("/me", Self)

    def organisation(self) -> Organisation:
        """The own organisation."""
        return self._get("/organisation", Organisation)

    def keys(self) -> tuple[Key, ...]:
        """The keys of the person whose key this is."""
        return self._get("/keys", tuple[Key, ...])

    def search(self, query: str = "", most: int = 1_000) -> Iterator[SampleBrief]:
        """Samples that answer a search, newest first, at most so many; pages are asked for when they are needed."""
        after: str | None = ""
        while after is not None and most > 0:
            page = self._get(
                f"/samples?query={quote(query)}&after={quote(after)}&limit={min(most, 200)}", documents.SamplePage
            )
            yield from page.samples[:most]
            most, after = most - len(page.samples), page.next

    def sample(self, sha256: str) -> SampleWhole:
        """One sample."""
        return self._get(f"/samples/{_digest(sha256)}", SampleWhole)

    def result(self, sha256: str) -> bytes:
        """The result document as JSON, which `luciole report` renders."""
        return self._connection.ask("GET", f"/samples/{_digest(sha256)}/result").body

    def hand_ins(self, sha256: str) -> tuple[HandIn, ...]:
        """The hand-ins of a sample that may be seen."""
        return self._get(f"/samples/{_digest(sha256)}/hand-ins", tuple[HandIn, ...])

    def comments(self, sha256: str) -> tuple[Comment, ...]:
        """What members said about a sample."""
        return self._get(f"/samples/{_digest(sha256)}/comments", tuple[Comment, ...])

    def comment(self, sha256: str, text: str) -> Comment:
        """Says something about a sample, once, whatever happens on the way."""
        named = {"Idempotency-Key": secrets.token_hex(16)}
        return self._post(f"/samples/{_digest(sha256)}/comments", {"text": text}, Comment, named)

    def submit(self, file: Path | Source, about: About, progress: Progress = lambda *_: None) -> HandedIn:
        """Hands a file in, once, whatever happens on the way; one that is long goes in pieces and is gone on with.

        Of an archive under the usual password the hub takes every app file. Raises OSError where the file cannot be
        read, HubRefused, CannotReach.
        """
        source = of_path(file) if isinstance(file, Path) else file
        named = about if about.file_name else msgspec.structs.replace(about, file_name=source.name)
        made = self._whole(source, named, progress) if source.size <= AT_ONCE else self._pieces(source, named, progress)
        progress(source.size, source.size)
        return made

    def fetch(self, sha256: str, purpose: str, form: str = "age") -> Stream:
        """A sample on its way; see `Stream`. form: age, zip, or raw for a key with the scope fetch-raw."""
        path, asked = f"/samples/{_digest(sha256)}/fetches", {"purpose": purpose, "form": form}
        if form == "raw":
            path, asked = f"/samples/{_digest(sha256)}/raw-fetches", {"purpose": purpose}
        return self._connection.stream("POST", path, json.dumps(asked).encode(), headers=_JSON)

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def _whole(self, source: Source, about: About, progress: Progress) -> HandedIn:
        mark = secrets.token_hex(16)
        head, tail = _form(mark, about)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "Idempotency-Key": secrets.token_hex(16),
            "Repr-Digest": f"sha-256=:{base64.b64encode(source.digest).decode()}:",
        }

        def body() -> Iterator[bytes]:
            yield head
            sent = 0
            for chunk in source.read(0, source.size):
                progress(sent, source.size)
                yield chunk
                sent += len(chunk)
            yield tail

        length = len(head) + source.size + len(tail)
        answer = self._connection.ask("POST", "/samples", body, length=length, headers=headers, seconds=OPENING)
        return _decoded(answer.body, HandedIn)

    def _pieces(self, source: Source, about: About, progress: Progress) -> HandedIn:
        named = {"Idempotency-Key": secrets.token_hex(16)}
        asked = {"size": source.size, "about": msgspec.to_builtins(about)}
        begun = self._post("/uploads", asked, documents.Upload, named)
        received: int | None = begun.received
        failed = 0
        while received is None or received < source.size:
            try:
                if received is None:
                    received = self._get(f"/uploads/{begun.id}", documents.Upload).received
                progress(received, source.size)
                received, failed = self._piece(source, begun, received), 0
            except (CannotReach, HubRefused) as error:
                if (isinstance(error, HubRefused) and error.status != _CONFLICT) or failed >= _TRIES:
                    raise
                failed += 1
                received = None
                self._connection.wait(failed)
        said = json.dumps({"sha256": source.digest.hex()}).encode()
        finish = f"/uploads/{begun.id}/finish"
        return _decoded(self._connection.ask("POST", finish, said, headers=_JSON, seconds=OPENING).body, HandedIn)

    def _piece(self, source: Source, upload: documents.Upload, start: int) -> int:
        length = min(PIECE, upload.piece_most, upload.size - start)
        if upload.size - start - length < upload.piece_least:
            length = min(upload.piece_most, upload.size - start)
        answer = self._connection.ask(
            "PATCH", f"/uploads/{upload.id}", lambda: source.read(start, length), length=length, again=False,
            headers={"Content-Type": "application/octet-stream", "Upload-Offset": str(start)},
        )  # fmt: skip
        return _decoded(answer.body, documents.Upload).received

    def _get(self, path: str, kind: type[Document]) -> Document:
        return _decoded(self._connection.ask("GET", path).body, kind)

    def _post(self, path: str, asked: object, kind: type[Document], headers: dict[str, str]) -> Document:
        body = json.dumps(asked).encode()
        return _decoded(self._connection.ask("POST", path, body, headers=_JSON | headers).body, kind)


def _form(mark: str, about: About) -> tuple[bytes, bytes]:
    """What stands before and after the file (RFC 7578)."""
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="about"\r\nContent-Type: application/json\r\n\r\n'.encode()
        + msgspec.json.encode(about)
        + f'\r\n--{mark}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'.encode()
        + b"Content-Type: application/octet-stream\r\n\r\n"
    )
    return head, f"\r\n--{mark}--\r\n".encode()


def _decoded(body: bytes, kind: type[Document]) -> Document:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise CannotReach(f"This is no answer of a hub: {error}") from None


def _digest(sha256: str) -> str:
    return quote(sha256.strip().lower(), safe="")
