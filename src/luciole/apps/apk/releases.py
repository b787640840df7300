"""Values of the manifest and of XML resources that are others on another release of Android."""

from __future__ import annotations

from itertools import pairwise

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.binary_xml import TYPE_STRING
from luciole.apps.apk.configuration import NEWEST_RELEASE
from luciole.apps.apk.resources import MEMBER, Found, Table
from luciole.apps.apk.values import coerce

_MOST_NOTED = 16
_MOST_TEXT = 80


def note_differences(table: Table, lowest: int, anomalies: list[Anomaly]) -> None:
    """Adds an anomaly for each looked-up resource whose value changes between releases the app can run on.

    lowest: the app's lowest API level. The value that was taken is that of the newest release.
    """
    noted = 0
    for resource, values in table.by_release.items():
        ordered = sorted((one for one in values if one.configuration.sdk <= NEWEST_RELEASE), key=_release)
        # A value holds up to the next one: those that end below the lowest release are never taken.
        held = [one for one, following in pairwise(ordered) if following.configuration.sdk > lowest] + ordered[-1:]
        if len({(one.kind, one.data) for one in held}) > 1 and noted < _MOST_NOTED:
            noted += 1
            detail = ", ".join(_say(one, table) for one in held[-3:])
            anomalies.append(
                Anomaly("resources.value-depends-on-release", f"0x{resource:08x}: {detail}", held[-1].offset, MEMBER)
            )


def _release(found: Found) -> int:
    return found.configuration.sdk


def _say(found: Found, table: Table) -> str:
    text = table.pool.text(found.data) if found.kind == TYPE_STRING else coerce(found.kind, found.data)
    start = f"from API level {found.configuration.sdk}" if found.configuration.sdk else "first"
    return f"{text[:_MOST_TEXT]!r} {start}"
