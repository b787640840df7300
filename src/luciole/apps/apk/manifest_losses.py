"""What in a manifest could not be read for certain, and what depends on it: whether the app shows itself, or more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from luciole.apps.apk import framework as fw
from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.binary_xml import TYPE_STRING, BinaryXml, Element
from luciole.apps.apk.binary_xml import Value as Attribute
from luciole.apps.apk.manifest_model import Manifest
from luciole.apps.apk.values import REFERENCES, Values
from luciole.kernel.outcome import Reason

_ELEMENTS_LOST: Final = frozenset(
    {"xml.chunk", "xml.element-cut", "strings.start", "strings.header", "strings.cut-off"}
)
"""Anomalies after which elements may be there that were not read."""
_REFUSED_WHOLE: Final = frozenset({"manifest.no-package", "manifest.root"})
"""Anomalies by which the manifest says less than one that Android takes."""
_ENTRY_TAGS: Final = frozenset({"activity", "activity-alias"})
_COMPONENT_TAGS: Final = _ENTRY_TAGS | {"service", "receiver", "provider"}
_IN_APPLICATION, _IN_COMPONENT, _IN_FILTER = 3, 4, 5
_TAGS: Final[dict[int, frozenset[str]]] = {
    1: frozenset({"manifest"}),
    2: frozenset({"application", "uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m", "uses-sdk",
                  "permission"}),
    _IN_APPLICATION: _COMPONENT_TAGS | {"meta-data"},
    _IN_COMPONENT: frozenset({"intent-filter", "meta-data"}),
    _IN_FILTER: frozenset({"action", "category", "data"}),
}  # fmt: skip
"""Elements that are read, by depth; what stands on others changes nothing."""
_FOR_ENTRIES: Final = frozenset({fw.NAME, fw.ENABLED, fw.EXPORTED, fw.TARGET_ACTIVITY, fw.SCHEME, fw.MIME_TYPE})
_MATTERS: Final = _FOR_ENTRIES | {
    fw.PERMISSION, fw.READ_PERMISSION, fw.WRITE_PERMISSION, fw.SHARED_USER_ID, fw.AUTHORITIES, fw.PRIORITY,
    fw.MAX_SDK_VERSION, fw.MIN_SDK_VERSION, fw.TARGET_SDK_VERSION, fw.FOREGROUND_SERVICE_TYPE, fw.HOST, fw.RESOURCE,
    fw.TEST_ONLY, fw.PROTECTION_LEVEL,
}  # fmt: skip
"""Attributes whose values are looked for; the others are only shown."""


class Loss(NamedTuple):
    """Why something is missing. offset: in the manifest, where it is known."""

    reason: Reason
    detail: str
    offset: int | None = None


class Losses(NamedTuple):
    """What could not be read for certain. whole: in the manifest; None when everything that matters was read.

    entries: any activity or alias may be missing or another than read; application: so may whether all are switched
    off; components: offsets of the activities and aliases that may be another than read.
    """

    whole: Loss | None = None
    entries: bool = False
    application: bool = False
    components: frozenset[int] = frozenset()


def find_losses(xml: BinaryXml, values: Values, manifest: Manifest, anomalies: Iterable[Anomaly]) -> Losses:
    """What is uncertain in `manifest`, which was built from `xml` with `values`. anomalies: those of its file."""
    noted = [one for one in anomalies if one.id in _ELEMENTS_LOST or one.id in _REFUSED_WHOLE]
    whole = Loss(Reason.LIMIT, "a bound was reached in the manifest") if manifest.limited else None
    if noted and whole is None:
        whole = Loss(Reason.DAMAGED, f"{noted[0].id}: {noted[0].detail}", noted[0].offset)
    entries = manifest.elements_left_out or any(one.id in _ELEMENTS_LOST for one in noted)
    if not (xml.partial or xml.pool.odd or values.missed):
        return Losses(whole, entries)
    search = _Search(xml, values)
    search.walk()
    doubtful = frozenset(search.components)
    return Losses(whole or search.first, entries or search.entries, search.application, doubtful)


class _Search:
    """A second walk over the elements, for manifests in which something was odd: what the odd things belong to."""

    __slots__ = (
        "_component", "_entry", "_in_application", "_odd", "_values", "_xml", "application", "components", "entries",
        "first",
    )  # fmt: skip

    def __init__(self, xml: BinaryXml, values: Values) -> None:
        self._xml = xml
        self._values = values
        self._odd = xml.pool.odd
        self._in_application = self._entry = False
        self._component = 0
        self.first: Loss | None = None
        self.entries = self.application = False
        self.components: set[int] = set()

    def walk(self) -> None:
        """Looks at every element that is read."""
        for element in self._xml.elements():
            if element.depth <= _IN_FILTER:
                self._enter(element)
                self._look(element)

    def _enter(self, element: Element) -> None:
        if element.depth == 2:  # noqa: PLR2004 - children of the root
            self._in_application = element.tag == "application" or element.name_index in self._odd
        if element.depth <= _IN_APPLICATION:
            self._component = element.offset if element.depth == _IN_APPLICATION else 0
            self._entry = self._in_application and element.depth == _IN_APPLICATION and element.tag in _ENTRY_TAGS

    def _look(self, element: Element) -> None:
        depth = element.depth
        if element.name_index in self._odd:
            self._lose(element, Reason.DAMAGED, "the name of an element could not be read", for_entry=True)
            self.entries = self.entries or (depth <= _IN_APPLICATION and (depth == 2 or self._in_application))  # noqa: PLR2004 - the number is the format's
            return
        if element.tag not in _TAGS[depth]:
            return
        if element.offset in self._xml.partial:
            self.application = self.application or element.tag == "application"
            self._lose(element, Reason.DAMAGED, f"not all attributes of <{element.tag}> could be read", for_entry=True)
        for identifier, value in element.attributes.items():
            if identifier in _MATTERS and self._is_odd(value):
                detail = f"a value of <{element.tag}> could not be read"
                self.application = self.application or (element.tag == "application" and identifier == fw.ENABLED)
                reason = Reason.DAMAGED if value[0] == TYPE_STRING else Reason.MISSING
                self._lose(element, reason, detail, for_entry=identifier in _FOR_ENTRIES)

    def _is_odd(self, value: Attribute) -> bool:
        kind, data, _ = value
        return data in self._odd if kind == TYPE_STRING else kind in REFERENCES and data in self._values.missed

    def _lose(self, element: Element, reason: Reason, detail: str, *, for_entry: bool) -> None:
        if self.first is None:
            self.first = Loss(reason, detail, element.offset)
        if for_entry and self._entry and element.tag != "meta-data":
            self.components.add(self._component)
