"""Looks into a data folder as no part of the hub does: which rows there are, and whether each file opens."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import NamedTuple

from Cryptodome.Cipher import AES
from Cryptodome.Hash import SHA256
from Cryptodome.Protocol.KDF import HKDF

FULL = 65_536 + 16


class Found(NamedTuple):
    """What was found wrong. lost: acknowledged without rows; corrupt: acknowledged whose bytes are not there or wrong;
    rows_without_blob, orphans, drafts: as they say; integrity: what SQLite says of its file."""

    lost: int
    corrupt: int
    rows_without_blob: int
    orphans: int
    drafts: int
    integrity: str

    @property
    def is_whole(self) -> bool:
        return not (self.lost or self.corrupt or self.rows_without_blob) and self.integrity == "ok"


class Row(NamedTuple):
    name: str
    size: int
    wrapped_key: bytes
    hub_key: str


def check_folder(folder: Path, acknowledged: dict[str, int], rows: dict[str, Row], integrity: str = "ok") -> Found:
    """Compares rows, files and what was acknowledged. rows: by digest; of blobs and, under their names, pieces."""
    lying = {path.name for path in (folder / "blobs").glob("[0-9a-f][0-9a-f]/*")}
    named = {row.name for row in rows.values()}
    lost = [digest for digest in acknowledged if digest not in rows]
    corrupt = [digest for digest in acknowledged if digest in rows and opened(folder, rows[digest]) != digest]
    drafts = list((folder / "blobs" / "arriving").glob("*"))
    return Found(len(lost), len(corrupt), len(named - lying), len(lying - named), len(drafts), integrity)


def opened(folder: Path, row: Row) -> str:
    """The SHA-256 of a file's clear bytes, by another implementation of the format; empty where it does not open."""
    try:
        master = bytes.fromhex((folder / "keys" / f"hub-{row.hub_key}").read_text())
        key = _decrypted(master, row.wrapped_key[:12], row.hub_key.encode(), row.wrapped_key[12:])
        data = (folder / "blobs" / row.name[:2] / row.name).read_bytes()
        own = HKDF(key, 32, data[8:32], SHA256, context=b"luciole vault file")
        digest, size = hashlib.sha256(), 0
        for number, begin in enumerate(range(32, len(data), FULL)):
            nonce = number.to_bytes(11, "big") + bytes([begin + FULL >= len(data)])
            clear = _decrypted(own, nonce, data[:32], data[begin : begin + FULL])
            digest.update(clear)
            size += len(clear)
    except (OSError, ValueError):
        return ""
    return digest.hexdigest() if size == row.size else ""


def _decrypted(key: bytes, nonce: bytes, bound: bytes, sealed: bytes) -> bytes:
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce)
    cipher.update(bound)
    return cipher.decrypt_and_verify(sealed[:-16], sealed[-16:])


BLOBS = "select digest, name, size, wrapped_key, hub_key from samples_blob where state = 'stored'"
PIECES = "select name from samples_piece"
SAMPLES = "select sha256 from samples_sample s join samples_handin h on h.sample_id = s.id"


def sqlite_rows(path: Path) -> tuple[dict[str, Row], str]:
    """The rows of a hub's file, and what SQLite says of it. A file without tables has no rows."""
    import pysqlite3

    connection = pysqlite3.connect(path)
    try:
        integrity = connection.execute("pragma integrity_check").fetchone()[0]
        return _rows(connection.execute), integrity
    except pysqlite3.Error as error:
        return {}, str(error)
    finally:
        connection.close()


def postgresql_rows(address: str) -> tuple[dict[str, Row], str]:
    """The same of a PostgreSQL."""
    import psycopg

    with psycopg.connect(address) as connection:
        return _rows(connection.execute), "ok"


def _rows(execute) -> dict[str, Row]:  # noqa: ANN001 - of either library
    handed_in = {bytes(digest) for (digest,) in execute(SAMPLES).fetchall()}
    found = {
        bytes(digest).hex(): Row(name, size, bytes(wrapped), hub_key)
        for digest, name, size, wrapped, hub_key in execute(BLOBS).fetchall()
        if bytes(digest) in handed_in
    }
    return found | {name: Row(name, 0, b"", "") for (name,) in execute(PIECES).fetchall()}


if __name__ == "__main__":
    print(sqlite_rows(Path(sys.argv[1]) / "hub.db")[1])  # noqa: T201 - a look by hand
