"""A trick or damage by which a file differs from what its format says: a fact of its own, with its address."""

from __future__ import annotations

from typing import NamedTuple


class Anomaly(NamedTuple):
    """One deviation.

    id: stable name such as "zip.local-method-differs"; detail: plain words with the values seen; offset: byte in
    `member` (in the file itself when member is empty); refused: current Android would not install or load it.
    """

    id: str
    detail: str = ""
    offset: int | None = None
    member: str = ""
    refused: bool = False
