"""Evidence: a capture of network traffic (pcap, pcapng, also gzip), or the folder of TinyCheck or SpyGuard with one.

Passive, always: nothing that is found is looked up or contacted.
"""

from __future__ import annotations

from luciole.devices.collect import Collector
from luciole.devices.opened import Opened
from luciole.devices.parsers.network.compressed import MAGIC, unpacked
from luciole.devices.parsers.network.records import is_capture
from luciole.devices.tree import head
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import DEFAULT

KIND = "capture"
TITLE = "captures of network traffic (pcap, pcapng)"
ORDER = 70
AREAS = (
    "network.packets", "network.names", "network.tls", "network.certificates", "network.http", "network.alerts",
)  # fmt: skip
_SUFFIXES = (".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz", ".cap.gz")
_LEVELS = 3
_HEAD = 4_096


def recognise(opened: Opened) -> bool:
    """The first bytes of a capture, unpacked if need be; or a folder or archive with such a file and no app data."""
    if opened.tree is None:
        return _begins_like_one(opened.head)
    return bool(captures(opened))


def _begins_like_one(first: bytes) -> bool:
    if not first.startswith(MAGIC):
        return is_capture(first)
    try:
        return is_capture(next(unpacked([first[:_HEAD]], DEFAULT), b""))
    except ParseError:
        return False


def captures(opened: Opened) -> list[str]:
    """Names of the captures in a folder, at most three levels deep."""
    tree = opened.tree
    if tree is None:
        return []
    named = [name for name in tree.names() if name.lower().endswith(_SUFFIXES) and name.count("/") < _LEVELS]
    return [name for name in named if _begins_like_one(head(tree, name, _HEAD))]


def read(opened: Opened, collector: Collector) -> None:
    """Reads every capture; its local devices become the subjects."""
    from luciole.devices.readers import capture  # noqa: PLC0415 - loaded only where there is such evidence

    capture.read(opened, collector)
