"""What the manifest and the resources say, as facts of the common vocabulary, each with its place."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

from luciole.apps.apk.manifest import MANIFEST, ManifestReading
from luciole.apps.apk.manifest_model import Component, IntentFilter, Manifest, MetaData, Sdk
from luciole.apps.apk.plain_name import plain_name
from luciole.apps.apk.xml_resources import AccessibilityService
from luciole.kernel.facts import Fact, Place, Scalar, Value
from luciole.kernel.limits import DEFAULT, Limits
from luciole.kernel.outcome import Coverage, Reason, State

_SECTION = "manifest"
_RESOURCES = "resources"
_NOTHING: Mapping[str, Value] = {}


def manifest_facts(
    reading: ManifestReading, file: str = "", limits: Limits = DEFAULT
) -> tuple[tuple[Fact, ...], tuple[Coverage, ...]]:
    """The facts of the areas "manifest" and "resources", and how far these were looked at.

    file: name of the evidence file for the places. Beyond `limits.facts` facts the coverage says so.
    """
    writer = _Writer(file)
    facts: list[Fact] = []
    for fact in _all(reading, writer):
        if len(facts) >= limits.facts:
            return tuple(facts), tuple(_limited(line, limits.facts) for line in reading.coverage)
        facts.append(fact)
    return tuple(facts), reading.coverage


def unreadable_manifest(problem: str, offset: int | None, reason: Reason = Reason.DAMAGED) -> tuple[Coverage, ...]:
    """The coverage of both areas when `read_manifest` raised: neither was looked at."""
    return tuple(
        Coverage(area, State.NOT_LOOKED_AT, reason, 0, problem, offset) for area in ("manifest", "resources")
    )  # fmt: skip


def _limited(line: Coverage, most: int) -> Coverage:
    if line.state is State.NOT_LOOKED_AT:
        return line
    return Coverage(line.area, State.PARTIAL, Reason.LIMIT, line.amount, f"more than {most} facts")


class _Writer:
    """Makes facts with places in one evidence file."""

    __slots__ = ("file",)

    def __init__(self, file: str) -> None:
        self.file = file

    def manifest(self, name: str, value: Scalar, offset: int, attributes: Mapping[str, Value] = _NOTHING) -> Fact:
        """A fact read in the manifest at `offset`."""
        return Fact(name, value, Place(self.file, MANIFEST, offset, section=_SECTION), attributes)

    def resource(
        self, name: str, value: Scalar, member: str, offset: int, attributes: Mapping[str, Value] = _NOTHING
    ) -> Fact:
        """A fact read in the resources: the table or a file it names."""
        return Fact(name, value, Place(self.file, member, offset, section=_RESOURCES), attributes)


def _all(reading: ManifestReading, writer: _Writer) -> Iterator[Fact]:
    manifest = reading.manifest
    yield from _identity(manifest, writer)
    yield from _sdk(manifest, writer)
    yield from _flags(manifest, writer)
    yield from _permissions(manifest, writer)
    yield from _others(manifest, writer)
    yield from _visibility(reading, writer)
    yield from _resources(reading, writer)
    for component in manifest.components:
        yield from _component(component, writer)
    for data in manifest.application.metadata:
        yield _metadata(data, "", writer)


def _identity(manifest: Manifest, writer: _Writer) -> Iterator[Fact]:
    at, split = manifest.offset, manifest.split
    if manifest.package:
        yield writer.manifest("app.package", manifest.package, at)
    if manifest.version_name:
        yield writer.manifest("app.version_name", manifest.version_name, at)
    if manifest.version_code is not None:
        yield writer.manifest("app.version_code", manifest.version_code, at)
    if manifest.shared_user:
        yield writer.manifest("app.shared_user", manifest.shared_user, at)
    if split.name:
        yield writer.manifest("app.split", split.name, at, {"config_for": split.config_for, "feature": split.feature})
    if manifest.overlay_target:
        yield writer.manifest("app.overlay_target", manifest.overlay_target, at)


def _sdk(manifest: Manifest, writer: _Writer) -> Iterator[Fact]:
    stated: tuple[tuple[str, Sdk | None], ...] = (
        ("min", manifest.min_sdk),
        ("target", manifest.target_sdk),
        ("max", manifest.max_sdk),
        ("compile", manifest.compile_sdk),
    )
    for kind, sdk in stated:
        if sdk is not None:
            yield writer.manifest("app.sdk", sdk.text, sdk.offset, {"kind": kind})
    if not manifest.split.name:
        # A split leaves the levels to its base; elsewhere Android's defaults hold where nothing is stated.
        yield writer.manifest("app.min_sdk", manifest.min_level, _offset(manifest.min_sdk, manifest))
        yield writer.manifest("app.target_sdk", manifest.target_level, _offset(manifest.target_sdk, manifest))


def _offset(sdk: Sdk | None, manifest: Manifest) -> int:
    return sdk.offset if sdk is not None else manifest.offset


def _flags(manifest: Manifest, writer: _Writer) -> Iterator[Fact]:
    application = manifest.application
    flags = (
        ("debuggable", application.debuggable),
        ("test_only", application.test_only),
        ("allow_backup", application.allow_backup),
        ("cleartext_traffic", application.cleartext_traffic),
        ("has_code", application.has_code),
        ("persistent", application.persistent),
        ("exclude_from_recents", application.exclude_from_recents),
    )
    for name, value in flags:
        if value is not None:
            yield writer.manifest("app.flag", name, application.offset, {"value": value})


def _permissions(manifest: Manifest, writer: _Writer) -> Iterator[Fact]:
    for permission in manifest.requested:
        limit: dict[str, Value] = {} if permission.max_sdk is None else {"max_sdk": permission.max_sdk}
        yield writer.manifest("permission.requested", permission.name, permission.offset, limit)
    for declared in manifest.declared:
        protection: dict[str, Value] = {"protection": declared.protection}
        yield writer.manifest("permission.declared", declared.name, declared.offset, protection)


def _others(manifest: Manifest, writer: _Writer) -> Iterator[Fact]:
    for query in manifest.queries:
        yield writer.manifest("query", query.name, query.offset, {"kind": query.kind})
    for feature in manifest.features:
        yield writer.manifest("feature", feature.name, feature.offset, {"required": feature.required})


def _visibility(reading: ManifestReading, writer: _Writer) -> Iterator[Fact]:
    for entry in reading.launcher:
        attributes: dict[str, Value] = {"kind": entry.kind, "state": entry.state}
        yield writer.manifest("launcher.entry", entry.name, entry.offset, attributes)
    visible = reading.visible
    if visible is not None and reading.manifest.application.present and not reading.manifest.split.name:
        yield writer.manifest("launcher.visible", visible, reading.manifest.application.offset)
    for theme in reading.invisible:
        yield writer.manifest(
            "theme.invisible", theme.activity, theme.offset, _stated(theme=theme.theme, kind=theme.kind)
        )


def _component(component: Component, writer: _Writer) -> Iterator[Fact]:
    attributes: dict[str, Value] = {
        "kind": component.kind,
        "exported": component.exported,
        "enabled": component.enabled,
        "exclude_from_recents": component.exclude_from_recents,
        "no_history": component.no_history,
        **_stated(
            permission=component.permission or component.read_permission or component.write_permission,
            process=component.process,
            label=component.label,
            theme=f"@0x{component.theme:08x}" if component.theme else "",
            target=component.target,
            authorities=component.authorities,
            foreground_types=component.foreground_types,
        ),
    }
    yield writer.manifest("component", component.name, component.offset, attributes)
    for item in component.filters:
        yield writer.manifest("intent_filter", component.name, item.offset, _filter(component, item))
    for data in component.metadata:
        yield _metadata(data, component.name, writer)


def _filter(component: Component, item: IntentFilter) -> dict[str, Value]:
    data = item.data
    return {
        "kind": component.kind,
        "priority": item.priority,
        "exported": component.exported,
        "enabled": component.enabled,
        **_stated(
            actions=item.actions,
            categories=item.categories,
            schemes=_unique(part.scheme for part in data) if data else (),
            hosts=_unique(part.host for part in data) if data else (),
            mime_types=_unique(part.mime_type for part in data) if data else (),
            permission=component.permission,
        ),
    }


def _metadata(data: MetaData, owner: str, writer: _Writer) -> Fact:
    resource = data.file or (f"@0x{data.resource:08x}" if data.resource else "")
    attributes = {"owner": owner, **_stated(value=data.value, resource=resource)}
    return writer.manifest("metadata", data.name, data.offset, attributes)


def _resources(reading: ManifestReading, writer: _Writer) -> Iterator[Fact]:
    for label in reading.labels:
        named: dict[str, Value] = {"locale": label.locale, "of": label.of, "plain": plain_name(label.text)}
        yield writer.resource("app.label", label.text, label.member, label.offset, named)
    icon = reading.icon
    if icon is not None:
        data = base64.b64encode(icon.data).decode("ascii")
        attributes = _stated(path=icon.path, data=data, kind=icon.kind)
        yield writer.resource("app.icon", icon.sha256, icon.path, 0, {"size": icon.size, **attributes})
    found = reading.configurations
    for service in found.accessibility:
        yield writer.resource(
            "accessibility.service", service.service, service.file or MANIFEST, service.offset, _accessibility(service)
        )
    for admin in found.admins:
        member, attributes = admin.file or MANIFEST, _stated(policies=admin.policies, visible=admin.visible)
        yield writer.resource("device_admin.policies", admin.receiver, member, admin.offset, attributes)
    for rules in found.network_security:
        attributes = _stated(
            cleartext=rules.cleartext, user_certificates=rules.user_certificates, domains=rules.domains
        )
        yield writer.resource("network_security", rules.file, rules.file, rules.offset, attributes)
    for backup in found.backup:
        attributes = _stated(include=backup.include, exclude=backup.exclude)
        yield writer.resource("backup.rules", backup.file, backup.file, backup.offset, attributes)


def _accessibility(service: AccessibilityService) -> dict[str, Value]:
    return _stated(
        can_retrieve_window_content=service.can_retrieve_window_content,
        can_perform_gestures=service.can_perform_gestures,
        can_take_screenshot=service.can_take_screenshot,
        can_filter_keys=service.can_filter_keys,
        is_accessibility_tool=service.is_accessibility_tool,
        event_types=service.event_types,
        flags=service.flags,
        feedback=service.feedback,
        packages=service.packages,
        description=service.description,
        settings=service.settings,
    )


def _unique(texts: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _stated(**attributes: str | bool | tuple[str, ...] | None) -> dict[str, Value]:
    """The attributes that say something: no None, no empty text, no empty list."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in attributes.items()
        if value is not None and value not in ("", ())
    }
