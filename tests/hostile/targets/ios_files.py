"""Fuzz target: any bytes as each file of iOS that has a reader, as a key bag, and as a record of a file."""

import contextlib

from luciole.devices import ios_files
from luciole.devices.collect import Collector, Origin, Request
from luciole.devices.parsers.ios import asked, keybag, manifest
from luciole.devices.parsers.ios.keybag import Decryptor, unpadded
from luciole.devices.readers import sysdiagnose
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import Limits
from luciole.kernel.vocabulary import AREAS, FACTS

_READERS = (
    *ios_files.READERS.values(),
    ios_files.PROFILE,
    ios_files.PAIRING,
    ios_files.INSTALL_STATE,
    ios_files.PROVISIONING,
    *(ios_files.asked_reader(word) for word in sorted(asked.WORDS)),
    *(reader for path in ("ps.txt", "taskinfo.txt") if (reader := sysdiagnose.reader_of(path)) is not None),
)
READERS = {id(reader.rows): reader for reader in _READERS}
LIMITS = Limits(facts=5_000)


def target(data: bytes) -> None:
    """Hands `data` to every reader; only names of the vocabulary come out, and gaps are marked in known areas."""
    for reader in READERS.values():
        collector = Collector(Request(limits=LIMITS))
        ios_files.take(collector, Origin("f", "", "", "f", "f"), reader, data)
        ios_files.finish(collector)
        assert {row.name for row, _ in collector.rows} <= {*FACTS, "app.named"}
        assert set(collector.marks) <= set(AREAS)
    with contextlib.suppress(ParseError):
        manifest.locked(data)
    if not data.count(b"DPIC") and not data.count(b"ITER"):
        with contextlib.suppress(ParseError):
            keybag.unlock(data, "x")
    unpadded(bytearray(Decryptor(bytes(32)).update(data)), len(data))
