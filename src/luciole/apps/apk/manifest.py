"""Reads what an app file says about itself: manifest, names, icon, and the XML resources they point to."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from typing import NamedTuple

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.anomaly_log import AnomalyLog
from luciole.apps.apk.binary_xml import BinaryXml
from luciole.apps.apk.configuration import Configuration
from luciole.apps.apk.icon import Icon, read_icon
from luciole.apps.apk.manifest_build import ManifestBuilder
from luciole.apps.apk.manifest_model import Manifest
from luciole.apps.apk.resources import Table
from luciole.apps.apk.values import FRAMEWORK, Values
from luciole.apps.apk.visibility import InvisibleTheme, LauncherEntry, invisible_themes, launcher_entries
from luciole.apps.apk.xml_resources import Read, XmlResourceReader, XmlResources
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import DEFAULT, Limits
from luciole.kernel.outcome import Coverage, Reason, State

_LOSSES = frozenset({
    "manifest.no-package", "manifest.root", "xml.chunk", "xml.element-cut", "xml.attributes-outside", "strings.offset",
    "strings.index", "strings.length", "strings.start", "strings.header", "strings.cut-off", "resources.chunk",
    "resources.entry-outside", "resources.entries", "resources.package",
})  # fmt: skip
"""Anomalies after which something may be there that was not read."""

_PSEUDO_LOCALES = frozenset({"en-XA", "ar-XB"})
"""Made by build tools to test layouts; their texts hold controls on purpose."""
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that are drawn as nothing."""
_OVERRIDES = ("\u202d", "\u202e")

MANIFEST, RESOURCES = "AndroidManifest.xml", "resources.arsc"
_MANIFEST_NAME, _RESOURCES_NAME = MANIFEST.encode(), RESOURCES.encode()


class Label(NamedTuple):
    """A name of the app for people. locale: BCP 47, empty for the default; member, offset: where it was read."""

    locale: str
    text: str
    member: str
    offset: int


class ManifestReading(NamedTuple):
    """Everything that was read, and how far the areas "manifest" and "resources" were looked at."""

    manifest: Manifest
    resources: Table | None
    labels: tuple[Label, ...]
    icon: Icon | None
    configurations: XmlResources
    launcher: tuple[LauncherEntry, ...]
    invisible: tuple[InvisibleTheme, ...]
    coverage: tuple[Coverage, ...]


def read_manifest(
    read: Read, names: Collection[bytes], anomalies: list[Anomaly], limits: Limits = DEFAULT
) -> ManifestReading:
    """Reads AndroidManifest.xml, the names and icon of the app, and the XML resources that matter.

    read: an entry's bytes by its name; names: all entry names; anomalies: where deviations are added.
    Raises ParseError only when there is no readable manifest.
    """
    if _MANIFEST_NAME not in names:
        raise ParseError("no AndroidManifest.xml", file=MANIFEST)
    data = read(_MANIFEST_NAME)
    if len(data) > limits.manifest:
        raise ParseError(f"manifest of {len(data)} bytes", file=MANIFEST, limit=True)
    known = len(anomalies)
    xml = BinaryXml(data, anomalies, MANIFEST, limits)
    table, table_problem = _read_table(read, names, anomalies, limits)
    manifest = ManifestBuilder(xml, Values(xml.pool, table), AnomalyLog(anomalies, MANIFEST), limits).build()
    labels = _labels(manifest, table)
    _note_odd_labels(labels, anomalies)
    reader = XmlResourceReader(read, names, table, anomalies, limits)
    configurations = reader.read_all(manifest)
    icon, icon_problem = _icon(manifest, table, read, names)
    if icon is not None and icon.kind in {"transparent", "blank"}:
        anomalies.append(Anomaly(f"icon.{icon.kind}", "the icon shows nothing", 0, icon.path))
    problems = [problem for problem in (icon_problem, *configurations.problems) if problem]
    losses = {anomaly.member: anomaly for anomaly in reversed(anomalies[known:]) if anomaly.id in _LOSSES}
    if table_problem is None:
        table_problem = _loss(losses.get(RESOURCES))
    coverage = (
        _manifest_coverage(manifest, table_problem, _loss(losses.get(MANIFEST))),
        _resources_coverage(manifest, table, labels, table_problem, problems, limited=configurations.limited),
    )
    launcher = launcher_entries(manifest)
    invisible = invisible_themes(manifest, table)
    return ManifestReading(manifest, table, labels, icon, configurations, launcher, invisible, coverage)


class _Problem(NamedTuple):
    """Why there is no resource table, or what is missing in what was read."""

    reason: Reason
    detail: str
    offset: int | None = None


def _loss(anomaly: Anomaly | None) -> _Problem | None:
    return None if anomaly is None else _Problem(Reason.DAMAGED, f"{anomaly.id}: {anomaly.detail}", anomaly.offset)


def _read_table(
    read: Read, names: Collection[bytes], anomalies: list[Anomaly], limits: Limits
) -> tuple[Table | None, _Problem | None]:
    if _RESOURCES_NAME not in names:
        return None, _Problem(Reason.MISSING, "there is no resources.arsc")
    try:
        return Table(read(_RESOURCES_NAME), anomalies, limits), None
    except ParseError as error:
        reason = Reason.LIMIT if error.limit else Reason.DAMAGED
        anomalies.append(Anomaly("resources.unreadable", error.message, error.offset, RESOURCES, refused=True))
        return None, _Problem(reason, f"resources.arsc: {error.message}", error.offset)


def _labels(manifest: Manifest, table: Table | None) -> tuple[Label, ...]:
    application = manifest.application
    if application.label:
        return (Label("", application.label, MANIFEST, application.offset),)
    if not application.label_resource or table is None:
        return ()
    # The default language first; a language may have several texts, for other qualifiers such as the release.
    texts = sorted(table.strings(application.label_resource), key=lambda item: _label_rank(item[0]))
    found: dict[tuple[str, str], int] = {}
    for configuration, text, offset in texts:
        found.setdefault((configuration.locale, text), offset)
    return tuple(Label(locale, text, RESOURCES, offset) for (locale, text), offset in found.items())


def _label_rank(configuration: Configuration) -> tuple[bool, str, bool, int]:
    return configuration.locale != "", configuration.locale, configuration.others, configuration.sdk


def _note_odd_labels(labels: tuple[Label, ...], anomalies: list[Anomaly]) -> None:
    """Notes the first name that shows nothing, and the first whose letters are shown in another order."""
    for identifier, is_odd, detail in (
        ("label.blank", _is_blank, "the app's name has no visible character"),
        ("label.bidi-override", _has_override, "the app's name reverses the order in which it is shown"),
    ):
        label = next((label for label in labels if label.locale not in _PSEUDO_LOCALES and is_odd(label.text)), None)
        if label is not None:
            anomalies.append(Anomaly(identifier, detail, label.offset, label.member))


def _is_blank(text: str) -> bool:
    return all(unicodedata.category(character)[0] in "CZ" or character in _BLANKS for character in text)


def _has_override(text: str) -> bool:
    return not text.isascii() and any(character in text for character in _OVERRIDES)


def _icon(manifest: Manifest, table: Table | None, read: Read, names: Collection[bytes]) -> tuple[Icon | None, str]:
    resource = manifest.application.icon
    if not resource or table is None or resource >> 24 == FRAMEWORK:
        return None, ""
    try:
        icon = read_icon(resource, table, read, names)
    except ParseError as error:
        return None, f"icon: {error.message}"
    return icon, "" if icon is not None else f"icon 0x{resource:08x} is not in this file"


def _manifest_coverage(manifest: Manifest, table_problem: _Problem | None, loss: _Problem | None) -> Coverage:
    amount = len(manifest.components) + len(manifest.requested)
    if manifest.limited:
        return Coverage("manifest", State.PARTIAL, Reason.LIMIT, amount, "a bound was reached in the manifest")
    if loss is not None:
        return Coverage("manifest", State.PARTIAL, loss.reason, amount, loss.detail, loss.offset)
    if manifest.unresolved:
        reason = table_problem.reason if table_problem is not None else Reason.MISSING
        detail = f"{manifest.unresolved} values refer to resources that could not be read"
        return Coverage("manifest", State.PARTIAL, reason, amount, detail)
    return Coverage("manifest", State.EXAMINED, Reason.NONE, amount)


def _resources_coverage(
    manifest: Manifest,
    table: Table | None,
    labels: tuple[Label, ...],
    table_problem: _Problem | None,
    problems: list[str],
    *,
    limited: bool,
) -> Coverage:
    """How far the names, icon and XML resources were looked at; a file that refers to none is fully examined."""
    if table_problem is not None and (_needs_table(manifest) or table_problem.reason is not Reason.MISSING):
        state = State.PARTIAL if labels or table is not None else State.NOT_LOOKED_AT
        detail = table_problem.detail
        if table_problem.reason is Reason.MISSING:
            detail += ", though the manifest refers to it"
        return Coverage("resources", state, table_problem.reason, len(labels), detail, table_problem.offset)
    if limited or (table is not None and (table.limited or table.pool.limited)):
        return Coverage("resources", State.PARTIAL, Reason.LIMIT, len(labels), "a bound was reached")
    resource = manifest.application.label_resource
    if resource and not labels:
        framework = resource >> 24 == FRAMEWORK
        reason = Reason.NOT_IN_THIS_EVIDENCE if framework else Reason.MISSING
        detail = "the app's name is a text of Android itself" if framework else "the app's name is not in the table"
        return Coverage("resources", State.PARTIAL, reason, 0, detail)
    if problems:
        return Coverage("resources", State.PARTIAL, Reason.MISSING, len(labels), "; ".join(problems[:5]))
    return Coverage("resources", State.EXAMINED, Reason.NONE, len(labels))


def _needs_table(manifest: Manifest) -> bool:
    application = manifest.application
    references = (application.label_resource, application.icon, application.network_security,
                  application.full_backup_content, application.data_extraction_rules)  # fmt: skip
    metadata = (data.resource for component in manifest.components for data in component.metadata)
    return any(resource >> 24 != FRAMEWORK for resource in (*references, *metadata) if resource)
