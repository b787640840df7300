"""Fuzz target: any bytes as binary XML."""

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.binary_xml import BinaryXml
from luciole.kernel.errors import ParseError


def target(data: bytes) -> None:
    """Reads every element and every text; only a ParseError may come out, and it ends here."""
    anomalies: list[Anomaly] = []
    try:
        document = BinaryXml(data, anomalies, "AndroidManifest.xml")
    except ParseError:
        return
    for element in document.elements():
        assert element.depth >= 1
        assert isinstance(element.tag + element.text, str)
        element.named("package")
    for index in range(min(document.pool.count, 1000)):
        document.pool.text(index)
    assert len({anomaly.id for anomaly in anomalies}) == len(anomalies)
