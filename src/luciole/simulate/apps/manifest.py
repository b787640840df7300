"""Turns a description into the tree of AndroidManifest.xml and the resources that it points at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from string import ascii_lowercase
from typing import NamedTuple

from luciole.simulate.apps.attributes import (
    ACCESSIBILITY_FLAGS,
    EVENT_TYPES,
    FEEDBACK,
    FOREGROUND_TYPES,
    THEME,
    THEME_NO_DISPLAY,
    THEME_TRANSLUCENT,
    WINDOW_NO_DISPLAY,
    WINDOW_TRANSLUCENT,
    flag_bits,
)
from luciole.simulate.apps.binary_xml import AttributeValue, Element, Flags, Reference
from luciole.simulate.apps.description import (
    Accessibility,
    Activity,
    Alias,
    AppDescription,
    Component,
    Filter,
    Launcher,
    MetadataValue,
    NetworkSecurity,
    Provider,
    Receiver,
    Service,
    Text,
    full_permission,
)
from luciole.simulate.apps.icons import icon
from luciole.simulate.apps.resources import Configuration, Plain, Style, Table

Attributes = dict[str, AttributeValue]
_ACCESSIBILITY_ACTION = "android.accessibilityservice.AccessibilityService"
_ADMIN_ACTION = "android.app.action.DEVICE_ADMIN_ENABLED"
_LAUNCHER_CATEGORIES = {
    True: "android.intent.category.LAUNCHER",
    "leanback": "android.intent.category.LEANBACK_LAUNCHER",
    "info": "android.intent.category.INFO",
}
_MAX_INT = 0xFFFFFFFF


class AppTree(NamedTuple):
    """The manifest, the table and the files below res/ of one app file."""

    manifest: Element
    table: Table
    xml: dict[str, Element]
    files: dict[str, bytes]


def app_tree(app: AppDescription) -> AppTree:
    """The manifest of `app` with everything that its attributes refer to."""
    return _Maker(app).tree()


class _Maker:
    """Walks one description and collects resources on the way."""

    def __init__(self, app: AppDescription) -> None:
        self._app = app
        self._table = Table(app.package)
        self._xml: dict[str, Element] = {}
        self._files: dict[str, bytes] = {}

    def tree(self) -> AppTree:
        manifest = Element("manifest", self._manifest_attributes(), tuple(self._manifest_children()))
        return AppTree(manifest, self._table, self._xml, self._files)

    def _manifest_attributes(self) -> Attributes:
        app = self._app
        attributes: Attributes = {"package": app.package, "versionCode": self._version_code()}
        if app.version_code > _MAX_INT:
            attributes["versionCodeMajor"] = app.version_code >> 32
        if app.version_name:
            by_reference = app.versions_by_reference
            attributes["versionName"] = self._text("version", app.version_name) if by_reference else app.version_name
        _put(attributes, "sharedUserId", app.shared_user)
        _put(attributes, "split", app.split)
        if app.is_feature_split:
            attributes["isFeatureSplit"] = True
        if app.config_for_split is not None:
            attributes["configForSplit"] = app.config_for_split
        if app.splits_required:
            attributes["isSplitRequired"] = True
        return attributes

    def _version_code(self) -> AttributeValue:
        low = self._app.version_code & _MAX_INT
        if not self._app.versions_by_reference:
            return low
        return Reference(self._table.add("integer", "version", Plain(0x10, low)))

    def _manifest_children(self) -> Iterator[Element]:
        app = self._app
        yield Element("uses-sdk", {"minSdkVersion": app.min_sdk, "targetSdkVersion": app.target_sdk})
        for name in app.permissions:
            yield Element("uses-permission", {"name": full_permission(name)})
        for name in app.declared_permissions:
            yield Element("permission", {"name": name, "protectionLevel": Flags(0)})
        for name in app.features:
            yield Element("uses-feature", {"name": name, "required": False})
        if app.queries:
            yield Element("queries", {}, tuple(Element("package", {"name": name}) for name in app.queries))
        yield Element("application", self._application_attributes(), tuple(self._application_children()))

    def _application_attributes(self) -> Attributes:
        app, flags = self._app, self._app.application
        attributes: Attributes = {}
        if app.label:
            attributes["label"] = self._text("app_name", app.label)
        if app.icon:
            attributes["icon"] = self._icon(app.icon)
        pairs = (
            ("debuggable", flags.debuggable), ("usesCleartextTraffic", flags.cleartext_traffic),
            ("allowBackup", flags.allow_backup), ("excludeFromRecents", flags.exclude_from_recents),
            ("testOnly", flags.test_only), ("hasCode", flags.has_code), ("persistent", flags.persistent),
        )  # fmt: skip
        attributes.update({name: value for name, value in pairs if value is not None})
        if app.network_security is not None:
            tree = _network_security(app.network_security)
            attributes["networkSecurityConfig"] = self._xml_file("network_security_config", tree)
        return attributes

    def _application_children(self) -> Iterator[Element]:
        app = self._app
        if app.splits_required:
            yield _metadata("com.android.vending.splits.required", value=True)
        yield from _all_metadata(app.metadata)
        yield from map(self._activity, app.activities)
        yield from map(self._alias, app.aliases)
        yield from map(self._service, app.services)
        yield from map(self._receiver, app.receivers)
        yield from map(self._provider, app.providers)

    def _activity(self, part: Activity) -> Element:
        attributes: Attributes = {}
        if part.theme:
            attributes["theme"] = Reference(self._theme(part.theme))
        if part.exclude_from_recents:
            attributes["excludeFromRecents"] = True
        if part.no_history:
            attributes["noHistory"] = True
        return self._component("activity", part, attributes, _launcher(part.launcher))

    def _alias(self, part: Alias) -> Element:
        attributes: Attributes = {"targetActivity": part.target} if part.target else {}
        return self._component("activity-alias", part, attributes, _launcher(part.launcher))

    def _service(self, part: Service) -> Element:
        attributes: Attributes = {}
        if part.foreground_types:
            attributes["foregroundServiceType"] = Flags(flag_bits(part.foreground_types, FOREGROUND_TYPES))
        if part.accessibility is None:
            return self._component("service", part, attributes)
        attributes["permission"] = full_permission(part.permission or "BIND_ACCESSIBILITY_SERVICE")
        tree = self._accessibility(part.name, part.accessibility)
        extra = _metadata("android.accessibilityservice", resource=self._xml_file(_key("accessibility", part), tree))
        return self._component("service", part, attributes, _if_missing(part, _ACCESSIBILITY_ACTION), (extra,))

    def _receiver(self, part: Receiver) -> Element:
        if part.device_admin is None:
            return self._component("receiver", part, {})
        attributes: Attributes = {"permission": full_permission(part.permission or "BIND_DEVICE_ADMIN")}
        policies = Element("uses-policies", {}, tuple(Element(name) for name in part.device_admin))
        tree = Element("device-admin", {}, (policies,))
        extra = _metadata("android.app.device_admin", resource=self._xml_file(_key("admin", part), tree))
        return self._component("receiver", part, attributes, _if_missing(part, _ADMIN_ACTION), (extra,))

    def _provider(self, part: Provider) -> Element:
        attributes: Attributes = {"authorities": ";".join(part.authorities)} if part.authorities else {}
        return self._component("provider", part, attributes)

    def _component(
        self, tag: str, part: Component, own: Attributes, filters: tuple[Filter, ...] = (),
        extra: tuple[Element, ...] = (),
    ) -> Element:  # fmt: skip
        """The element of a component: what all have in common, then its filters, then its meta-data."""
        short = (Filter(actions=part.actions, priority=part.priority),) if part.actions else ()
        every = (*filters, *short, *part.filters)
        attributes: Attributes = {"name": part.name}
        exported = part.exported if part.exported is not None else (True if every else None)
        for name, value in (("exported", exported), ("enabled", part.enabled)):
            if value is not None:
                attributes[name] = value
        _put(attributes, "permission", full_permission(part.permission) if part.permission else "")
        _put(attributes, "process", part.process)
        _put(attributes, "label", part.label)
        children = (*map(_filter, every), *extra, *_all_metadata(part.metadata))
        return Element(tag, attributes | own, children)

    def _accessibility(self, name: str, part: Accessibility) -> Element:
        attributes: Attributes = {
            "accessibilityEventTypes": Flags(flag_bits(part.event_types, EVENT_TYPES)),
            "accessibilityFlags": Flags(flag_bits(part.flags, ACCESSIBILITY_FLAGS)),
            "accessibilityFeedbackType": Flags(flag_bits(part.feedback, FEEDBACK)),
        }
        pairs = (
            ("canRetrieveWindowContent", part.can_retrieve_window_content),
            ("canPerformGestures", part.can_perform_gestures),
            ("canTakeScreenshot", part.can_take_screenshot),
            ("canRequestFilterKeyEvents", part.can_filter_keys),
        )
        attributes.update({key: True for key, value in pairs if value})
        if part.is_accessibility_tool is not None:
            attributes["isAccessibilityTool"] = part.is_accessibility_tool
        _put(attributes, "packageNames", ",".join(part.packages))
        _put(attributes, "settingsActivity", part.settings)
        if part.description:
            attributes["description"] = self._text(f"description_{name.strip('.').lower()}", part.description)
        return Element("accessibility-service", attributes)

    def _text(self, key: str, text: Text) -> Reference:
        """A string resource, with its translations."""
        texts = {"default": text} if isinstance(text, str) else text
        number = 0
        for locale, value in texts.items():
            configuration = Configuration("" if locale == "default" else locale)
            number = self._table.add("string", key, value, configuration)
        return Reference(number)

    def _icon(self, kind: str) -> Reference:
        path = self._path("res/drawable/icon.png")
        self._files[path] = icon(kind)
        return Reference(self._table.add("drawable", "icon", path))

    def _path(self, path: str) -> str:
        """The place of a resource file: as written, or a name that differs from another only in case."""
        if not self._app.short_file_names:
            return path
        letter, upper = divmod(len(self._xml) + len(self._files), 2)
        name = ascii_lowercase[letter % 26] * (1 + letter // 26)
        return f"r/{name.upper() if upper else name}.{path.rpartition('.')[2]}"

    def _theme(self, name: str) -> int:
        if name == "no-display":
            return THEME_NO_DISPLAY
        if name == "translucent":
            return THEME_TRANSLUCENT
        attribute = WINDOW_NO_DISPLAY if name == "own-no-display" else WINDOW_TRANSLUCENT
        key = "Invisible" if name == "own-no-display" else "Translucent"
        return self._table.add("style", key, Style(THEME, ((attribute, Plain(0x12, _MAX_INT)),)))

    def _xml_file(self, key: str, tree: Element) -> Reference:
        path = self._path(f"res/xml/{key}.xml")
        self._xml[path] = tree
        return Reference(self._table.add("xml", key, path))


def _put(attributes: Attributes, name: str, text: str) -> None:
    if text:
        attributes[name] = text


def _key(kind: str, part: Component) -> str:
    return f"{kind}_{part.name.strip('.').replace('.', '_').lower()}"


def _if_missing(part: Component, action: str) -> tuple[Filter, ...]:
    """The filter that makes a component work, unless the description already names its action."""
    named = set(part.actions).union(*(found.actions for found in part.filters))
    return () if action in named else (Filter(actions=(action,)),)


def _launcher(kind: Launcher) -> tuple[Filter, ...]:
    if kind is False:
        return ()
    return (Filter(actions=("android.intent.action.MAIN",), categories=(_LAUNCHER_CATEGORIES[kind],)),)


def _filter(part: Filter) -> Element:
    children = [
        *_named("action", part.actions),
        *_named("category", part.categories),
        *(Element("data", {"scheme": scheme}) for scheme in part.schemes or (("https",) if part.hosts else ())),
        *(Element("data", {"host": host}) for host in part.hosts),
        *(Element("data", {"mimeType": kind}) for kind in part.mime_types),
    ]
    return Element("intent-filter", {"priority": part.priority} if part.priority else {}, tuple(children))


def _named(tag: str, names: Iterable[str]) -> Iterator[Element]:
    for name in names:
        yield Element(tag, {"name": name})


def _metadata(name: str, value: MetadataValue | None = None, resource: Reference | None = None) -> Element:
    attributes: Attributes = {"name": name}
    if value is not None:
        attributes["value"] = value
    if resource is not None:
        attributes["resource"] = resource
    return Element("meta-data", attributes)


def _all_metadata(pairs: Mapping[str, MetadataValue]) -> Iterator[Element]:
    for name, value in pairs.items():
        yield _metadata(name, value)


def _network_security(part: NetworkSecurity) -> Element:
    anchors = [Element("certificates", {"src": "system"})]
    if part.user_certificates:
        anchors.append(Element("certificates", {"src": "user"}))
    inside = (Element("trust-anchors", {}, tuple(anchors)),)
    permitted: Attributes = {"cleartextTrafficPermitted": part.cleartext}
    trees = [Element("base-config", permitted, inside)]
    if part.domains:
        domains = tuple(Element("domain", {"includeSubdomains": True}, (), name) for name in part.domains)
        trees.append(Element("domain-config", permitted, domains))
    return Element("network-security-config", {}, tuple(trees))
