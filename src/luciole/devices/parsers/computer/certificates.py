"""Certificate authorities that were added to a computer → rows, from PEM, DER and the store of Windows."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from luciole.apps.apk.signing.certificates import Certificate, read_certificate
from luciole.devices.parsers.computer.records import Record, text_of
from luciole.devices.parsers.computer.tables import WINDOWS_ROOTS
from luciole.devices.parsers.rows import LOOK, Account, Row
from luciole.kernel.errors import ParseError

_BEGIN = "-----BEGIN CERTIFICATE-----"
_END = "-----END CERTIFICATE-----"
_MOST = 2_000
_CERTIFICATE_PROPERTY = 32


def parse(data: bytes, account: Account) -> Iterator[Record]:
    """Certificates of a file: PEM (RFC 7468), any number of them, or one in DER."""
    if data[:1] == b"\x30":
        yield from _row(data, account, 1)
        return
    text = text_of(data)
    if not text.strip():
        account.anchor()
        return
    at, line, counted = text.find(_BEGIN), 1, 0
    for _ in range(_MOST):
        if at < 0:
            return
        stop = text.find(_END, at)
        line += text.count("\n", counted, at)
        counted = at
        if stop < 0:
            account.lose(line)
            return
        try:
            encoded = base64.b64decode("".join(text[at + len(_BEGIN) : stop].split()), validate=True)
            yield from _row(encoded, account, line)
        except binascii.Error:
            account.lose(line)
        at = text.find(_BEGIN, stop)
    if at >= 0:
        account.skip(line)


def of_windows_blob(blob: bytes, account: Account, line: int) -> Iterator[Row]:
    """The certificate in a value `Blob`: properties of id, a reserved number, length and content.

    Those that Windows brings itself are left out. Format: serialized certificate (MS-GPEF 2.2.1.2).
    """
    at = 0
    while at + 12 <= len(blob):
        kind = int.from_bytes(blob[at : at + 4], "little")
        size = int.from_bytes(blob[at + 8 : at + 12], "little")
        if size > len(blob) - at - 12:
            break
        if kind == _CERTIFICATE_PROPERTY:
            yield from _row(blob[at + 12 : at + 12 + size], account, line, of_windows=True)
            return
        at += 12 + size
    account.lose(line or 1)


def _row(encoded: bytes, account: Account, line: int, *, of_windows: bool = False) -> Iterator[Row]:
    try:
        found = read_certificate(encoded)
    except ParseError:
        account.lose(line or 1)
        return
    account.anchor()
    yield Row(LOOK, f"{found.sha256}\n{found.sha1}\n{found.md5}\n{found.subject}", line)
    if of_windows and _brought(found):
        account.remark("authorities with names of those that Windows brings are not listed")
        return
    yield Row("user_certificate", found.sha256, line, attributes={"subject": found.subject[:400], "sha1": found.sha1})


def _brought(found: Certificate) -> bool:
    subject = found.subject.lower()
    return any(word in subject for word in WINDOWS_ROOTS)
