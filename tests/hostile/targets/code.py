"""Fuzz target: any bytes as the code of an app, and as a file it carries."""

from typing import NamedTuple

from luciole.apps.apk.addresses import find_addresses, host_of
from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.carried import Entry, peek_entry
from luciole.apps.apk.code import read_code
from luciole.apps.apk.code_facts import code_facts
from luciole.apps.apk.phrases import find_phrases
from luciole.kernel.outcome import State


class Given(NamedTuple):
    """An entry of an archive that is not there."""

    name: bytes
    method: int
    compressed: int
    size: int
    header: int = 0


def target(data: bytes) -> None:
    """Reads the data as loaded code and as carried file; nothing may come out but facts and coverage."""
    entries = [Given(b"classes.dex", 0, len(data), len(data)), Given(b"assets/a.bin", 8, len(data), len(data))]
    entries.append(Given(b"lib/x86/liba.so", 0, len(data), len(data)))

    def first(entry: Entry, size: int) -> bytes:
        return peek_entry(data, entry, size) + data[:size]

    anomalies: list[Anomaly] = []
    code = read_code(lambda _: data, entries, anomalies, peek=first)
    areas = {row.area: row.state for row in code.coverage}
    assert set(areas) == {"code", "native", "rules"}
    assert code.dex or areas["code"] is not State.EXAMINED
    assert all(fact.value is not None for fact in code_facts(code, "a.apk"))
    for url in find_addresses(data, 0, len(data)).urls:
        assert host_of(url)
    find_phrases(data)
