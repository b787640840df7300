"""Fuzz target: any bytes as an archive under the usual password, and what is in it."""

import contextlib
import mmap
import tempfile

from luciole.hub.samples.unpacking import (
    LARGEST_MEMBER,
    MOST_INFLATED,
    MOST_MEMBERS,
    contents,
    is_encrypted_archive,
    is_other_archive,
    unpack,
)
from luciole.kernel.errors import CouldNotLook

MOST = 1 << 20


def target(data: bytes) -> None:
    """Looks into the archive and unpacks every file; only CouldNotLook may come out, and it ends here."""
    assert isinstance(is_encrypted_archive(data), bool)
    assert isinstance(is_other_archive(data), bool)
    try:
        found = contents(data)
    except CouldNotLook:
        return
    assert len(found.files) <= MOST_MEMBERS
    assert sum(one.size for one in found.files) <= MOST_INFLATED
    for one in found.files:
        assert 0 <= one.size <= LARGEST_MEMBER
        if 0 < one.size <= MOST:
            with tempfile.TemporaryFile() as held:
                held.truncate(one.size)
                place = mmap.mmap(held.fileno(), one.size)
                with contextlib.suppress(CouldNotLook):
                    unpack(data, one.number, place)
