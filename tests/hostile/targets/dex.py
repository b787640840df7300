"""Fuzz target: any bytes as a DEX file."""

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.clusters import clusters, own_classes
from luciole.apps.apk.dex import check_order, decode_mutf8, first_unsorted, read_dex
from luciole.kernel.errors import ParseError


def target(data: bytes) -> None:
    """Reads every table, row and class name; only a ParseError may come out, and it ends here."""
    anomalies: list[Anomaly] = []
    try:
        files = read_dex(data, "classes.dex", anomalies)
    except ParseError:
        return
    for dex in files:
        check_order(dex, anomalies, "classes.dex")
        for rows in dex.rows():
            first_unsorted(dex, rows)
            assert len(rows.start) == len(rows.length) == len(rows.head) == len(rows.tail)
        for index in range(min(len(dex.strings), 200)):
            assert isinstance(decode_mutf8(dex.raw(index)), str)
        for kind in range(min(len(dex.types), 200)):
            dex.type_raw(kind)
        clusters(own_classes(dex))
    assert all(anomaly.member == "classes.dex" for anomaly in anomalies)
