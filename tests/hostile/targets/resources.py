"""Fuzz target: any bytes as a resource table."""

from luciole.apps.apk import framework as fw
from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.resources import Table
from luciole.kernel.errors import ParseError

ATTRIBUTES = frozenset({fw.WINDOW_NO_DISPLAY, fw.WINDOW_IS_TRANSLUCENT})


def target(data: bytes) -> None:
    """Looks up the first resources of each type in every way; only a ParseError may come out, and it ends here."""
    anomalies: list[Anomaly] = []
    try:
        table = Table(data, anomalies)
    except ParseError:
        return
    for package in {*table.packages[:4], 0x7F}:
        for kind in range(1, 12):
            for entry in (0, 1, 2, 7, 0xFFFF):
                resource = package << 24 | kind << 16 | entry
                table.strings(resource)
                table.default(resource)
                table.style(resource, ATTRIBUTES)
    assert len({anomaly.id for anomaly in anomalies}) == len(anomalies)
