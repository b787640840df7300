"""Fuzz target: any bytes as the contents of a diagnosis archive, and as its members."""

import gzip

from luciole.devices import ios_files
from luciole.devices.collect import Collector, Origin, Request
from luciole.devices.opened import Opened
from luciole.devices.readers.sysdiagnose import reader_of
from luciole.devices.sources import sysdiagnose
from luciole.kernel.limits import Limits
from luciole.kernel.vocabulary import AREAS

LIMITS = Limits(archive_total=8 << 20, facts=5_000)
PATHS = (
    "logs/SystemVersion/SystemVersion.plist",
    "remotectl_dumpstate.txt",
    "logs/MobileInstallation/mobile_installation.log.0",
    "logs/MobileContainerManager/containermanagerd.log.0",
    "logs/appinstallation/AppUpdates.sqlitedb",
    "logs/powerlogs/powerlog.PLSQL",
    "WiFi/a.plist",
    "ps.txt",
    "taskinfo.txt",
    "system_logs.logarchive/Extra/shutdown.log",
    "crashes_and_spins/a.ips",
)


def target(data: bytes) -> None:
    """Reads `data` as an archive, and as each of its files; only known areas are marked."""
    for content in (data, gzip.compress(data, 1)):
        collector = Collector(Request(limits=LIMITS))
        opened = Opened.data(content, "sysdiagnose.tar.gz")
        sysdiagnose.recognise(opened)
        if opened.tree is None:
            sysdiagnose.read(opened, collector)
        assert set(collector.marks) <= set(AREAS)
    for path in PATHS:
        reader = reader_of(path)
        assert reader is not None
        collector = Collector(Request(limits=LIMITS))
        ios_files.take(collector, Origin("f", path, path, path, path), reader, data)
