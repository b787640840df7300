"""Reads what an app file says about itself: manifest, names, icon, and the XML resources they point to."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.anomaly_log import AnomalyLog
from luciole.apps.apk.binary_xml import BinaryXml
from luciole.apps.apk.icon import Icon, read_icon
from luciole.apps.apk.labels import Label, Labels, note_odd_labels, read_labels
from luciole.apps.apk.manifest_build import ManifestBuilder
from luciole.apps.apk.manifest_losses import Loss, find_losses
from luciole.apps.apk.manifest_model import Manifest
from luciole.apps.apk.releases import note_differences
from luciole.apps.apk.resources import Table
from luciole.apps.apk.values import FRAMEWORK, Values
from luciole.apps.apk.visibility import (
    InvisibleTheme,
    LauncherEntry,
    invisible_themes,
    launcher_entries,
    visible,
)
from luciole.apps.apk.xml_resources import Read, XmlResourceReader, XmlResources
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import DEFAULT, Limits
from luciole.kernel.outcome import Coverage, Reason, State

MANIFEST, RESOURCES = "AndroidManifest.xml", "resources.arsc"
_MANIFEST_NAME, _RESOURCES_NAME = MANIFEST.encode(), RESOURCES.encode()


_TABLE_LOSSES = frozenset({
    "strings.offset", "strings.index", "strings.length", "strings.start", "strings.header", "strings.cut-off",
    "strings.limit", "resources.chunk", "resources.entry-outside", "resources.entries", "resources.package",
})  # fmt: skip
"""Anomalies of the resource table after which something may be there that was not read."""


class ManifestReading(NamedTuple):
    """Everything that was read, and how far the areas "manifest" and "resources" were looked at.

    visible: whether the home screen shows an entry; None where what could not be read decides it.
    """

    manifest: Manifest
    resources: Table | None
    labels: tuple[Label, ...]
    icon: Icon | None
    configurations: XmlResources
    launcher: tuple[LauncherEntry, ...]
    invisible: tuple[InvisibleTheme, ...]
    visible: bool | None
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
    values = Values(xml.pool, table)
    manifest = ManifestBuilder(xml, values, AnomalyLog(anomalies, MANIFEST), limits).build()
    losses = find_losses(xml, values, manifest, [one for one in anomalies[known:] if one.member == MANIFEST])
    launcher = launcher_entries(manifest)
    labels = read_labels(manifest, launcher, table, MANIFEST, limits)
    note_odd_labels(labels.all, anomalies)
    reader = XmlResourceReader(read, names, table, anomalies, limits)
    configurations = reader.read_all(manifest)
    icon, icon_problem = _icon(manifest, table, read, names)
    if icon is not None and icon.kind in {"transparent", "blank"}:
        anomalies.append(Anomaly(f"icon.{icon.kind}", "the icon shows nothing", 0, icon.path))
    problems = [problem for problem in (icon_problem, *configurations.problems) if problem]
    invisible = invisible_themes(manifest, table)
    if table is not None:
        note_differences(table, manifest.min_level, anomalies)
    coverage = (
        _manifest_coverage(manifest, table_problem, losses.whole),
        _resources_coverage(
            manifest, table, labels, table_problem or _table_loss(anomalies[known:]), problems,
            limited=configurations.limited,
        ),
    )  # fmt: skip
    shown = visible(launcher, losses)
    return ManifestReading(
        manifest, table, labels.all, icon, configurations, launcher, invisible, shown, coverage
    )  # fmt: skip


def _table_loss(anomalies: list[Anomaly]) -> Loss | None:
    """The first anomaly of the resource table after which something may be missing."""
    for one in anomalies:
        if one.member == RESOURCES and one.id in _TABLE_LOSSES:
            return Loss(Reason.DAMAGED, f"{one.id}: {one.detail}", one.offset)
    return None


def _read_table(
    read: Read, names: Collection[bytes], anomalies: list[Anomaly], limits: Limits
) -> tuple[Table | None, Loss | None]:
    if _RESOURCES_NAME not in names:
        return None, Loss(Reason.MISSING, "there is no resources.arsc")
    try:
        return Table(read(_RESOURCES_NAME), anomalies, limits), None
    except ParseError as error:
        reason = Reason.LIMIT if error.limit else Reason.DAMAGED
        anomalies.append(Anomaly("resources.unreadable", error.message, error.offset, RESOURCES, refused=True))
        return None, Loss(reason, f"resources.arsc: {error.message}", error.offset)


def _icon(manifest: Manifest, table: Table | None, read: Read, names: Collection[bytes]) -> tuple[Icon | None, str]:
    resource = manifest.application.icon
    if not resource or table is None or resource >> 24 == FRAMEWORK:
        return None, ""
    try:
        icon = read_icon(resource, table, read, names)
    except ParseError as error:
        return None, f"icon: {error.message}"
    return icon, "" if icon is not None else f"icon 0x{resource:08x} is not in this file"


def _manifest_coverage(manifest: Manifest, table_problem: Loss | None, loss: Loss | None) -> Coverage:
    amount = len(manifest.components) + len(manifest.requested)
    if loss is not None:
        return Coverage("manifest", State.PARTIAL, loss.reason, amount, loss.detail, loss.offset)
    if manifest.unresolved and table_problem is not None:
        reason = table_problem.reason
        detail = f"{manifest.unresolved} values refer to resources that could not be read"
        return Coverage("manifest", State.PARTIAL, reason, amount, detail)
    return Coverage("manifest", State.EXAMINED, Reason.NONE, amount)


def _resources_coverage(
    manifest: Manifest,
    table: Table | None,
    labels: Labels,
    table_problem: Loss | None,
    problems: list[str],
    *,
    limited: bool,
) -> Coverage:
    """How far the names, icon and XML resources were looked at; a file that refers to none is fully examined."""
    if table_problem is not None and (_needs_table(manifest) or table_problem.reason is not Reason.MISSING):
        state = State.PARTIAL if labels.all or table is not None else State.NOT_LOOKED_AT
        detail = table_problem.detail
        if table_problem.reason is Reason.MISSING:
            detail += ", though the manifest refers to it"
        return Coverage("resources", state, table_problem.reason, len(labels.all), detail, table_problem.offset)
    bound = labels.problem or _table_bound(table) or ("a bound was reached" if limited else "")
    if bound:
        return Coverage("resources", State.PARTIAL, Reason.LIMIT, len(labels.all), bound)
    resource = manifest.application.label_resource
    if resource and not labels.all:
        framework = resource >> 24 == FRAMEWORK
        reason = Reason.NOT_IN_THIS_EVIDENCE if framework else Reason.MISSING
        detail = "the app's name is a text of Android itself" if framework else "the app's name is not in the table"
        return Coverage("resources", State.PARTIAL, reason, 0, detail)
    if problems:
        return Coverage("resources", State.PARTIAL, Reason.MISSING, len(labels.all), "; ".join(problems[:5]))
    return Coverage("resources", State.EXAMINED, Reason.NONE, len(labels.all))


def _table_bound(table: Table | None) -> str:
    """Which bound was reached in the look-ups of the table; empty for none."""
    if table is None:
        return ""
    return table.limited or ("a bound was reached in its strings" if table.pool.limited else "")


def _needs_table(manifest: Manifest) -> bool:
    application = manifest.application
    references = (application.label_resource, application.icon, application.network_security,
                  application.full_backup_content, application.data_extraction_rules)  # fmt: skip
    metadata = (data.resource for component in manifest.components for data in component.metadata)
    return any(resource >> 24 != FRAMEWORK for resource in (*references, *metadata) if resource)
