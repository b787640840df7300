"""The digests by which a file is known: SHA-256, SHA-1 and MD5, and similarity digests on request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from luciole.apps.apk.end_record import Buffer
from luciole.kernel.canon import FileDigests
from luciole.kernel.facts import Fact, Place

WHOLE = ("sha256", "sha1", "md5")
"""The digests of a whole file, in the order of FileDigests."""
STEP = 256 << 10
"""Bytes hashed at a time: small enough for the second and third digest to find them in the processor's cache."""


def whole_digest(data: Buffer, kind: str) -> str:
    """One of the digests of `WHOLE` in one go: the interpreter is asked for once only, which suits a thread."""
    return hashlib.new(kind, memoryview(data), usedforsecurity=kind == "sha256").hexdigest()


def file_digests(data: Buffer) -> FileDigests:
    """The three digests of the whole file."""
    sha256, sha1, md5 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), hashlib.md5(usedforsecurity=False)
    view = memoryview(data)
    for start in range(0, len(view), STEP):
        part = view[start : start + STEP]
        sha256.update(part)
        sha1.update(part)
        md5.update(part)
    return FileDigests(sha256.hexdigest(), sha1.hexdigest(), md5.hexdigest())


def digest_facts(data: Buffer, name: str, digests: FileDigests, kind: str) -> Iterator[Fact]:
    """The facts of area "file" about one app file."""
    place = Place(name)
    yield Fact("file.kind", kind, place)
    yield Fact("file.size", len(data), place)
    yield Fact("file.sha256", digests.sha256, place)
    yield Fact("file.sha1", digests.sha1, place)
    yield Fact("file.md5", digests.md5, place)


def similarity_facts(name: str, tlsh: str, ssdeep: str) -> Iterator[Fact]:
    """The facts of the two similarity digests, where there are any."""
    if tlsh:
        yield Fact("file.tlsh", tlsh, Place(name))
    if ssdeep:
        yield Fact("file.ssdeep", ssdeep, Place(name))


def tlsh_digest(data: Buffer) -> str:
    """TLSH in its form with version ("T1…"), or empty where the file is too small or too uniform for one."""
    import tlsh  # noqa: PLC0415 - loaded only when asked for

    digest: str = tlsh.hash(bytes(data))
    return "" if digest in {"", "TNULL"} else digest


def ssdeep_digest(data: Buffer) -> str:
    """The context-triggered piecewise hash of ssdeep, or empty where its library is not installed."""
    try:
        import ssdeep  # noqa: PLC0415 - an optional extra
    except ImportError:
        return ""
    digest: str = ssdeep.hash(bytes(data))
    return digest
