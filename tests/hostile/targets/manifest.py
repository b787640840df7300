"""Fuzz target: any bytes as a manifest with a resource table and an XML resource beside it."""

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.manifest import read_manifest
from luciole.apps.apk.manifest_facts import manifest_facts
from luciole.kernel.errors import ParseError
from luciole.kernel.vocabulary import FACTS


class AnyFile(dict[bytes, bytes]):
    """An archive that has every file it is asked for: those not given are the manifest's own bytes."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: bytes) -> bytes:
        return self[b"AndroidManifest.xml"]


def target(data: bytes) -> None:
    """The first four bytes say where the manifest ends and the table begins; only a ParseError may come out."""
    cut = int.from_bytes(data[:4], "little") % (len(data) + 1)
    files = AnyFile({b"AndroidManifest.xml": data[4:cut], b"resources.arsc": data[max(cut, 4) :]})
    anomalies: list[Anomaly] = []
    try:
        reading = read_manifest(files.__getitem__, files, anomalies)
    except ParseError:
        return
    facts, coverage = manifest_facts(reading, "app.apk")
    for fact in facts:
        assert set(fact.attributes) <= set(FACTS[fact.name].attributes)
    assert {line.area for line in coverage} == {"manifest", "resources"}
