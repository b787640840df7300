"""Builds the typed manifest from the elements of AndroidManifest.xml, as Android's package parser takes them."""

from __future__ import annotations

import re
from typing import Final

from luciole.apps.apk import framework as fw
from luciole.apps.apk.anomaly_log import AnomalyLog
from luciole.apps.apk.binary_xml import TYPE_REFERENCE, TYPE_STRING, BinaryXml, Element
from luciole.apps.apk.manifest_model import (
    Application,
    Component,
    ComponentKind,
    Data,
    DeclaredPermission,
    Feature,
    Instrumentation,
    IntentFilter,
    Library,
    Manifest,
    MetaData,
    Query,
    RequestedPermission,
    Sdk,
    Split,
)
from luciole.apps.apk.values import Values, parse_number, reference
from luciole.kernel.limits import Limits

_COMPONENTS: Final[dict[str, ComponentKind]] = {
    "activity": "activity", "activity-alias": "alias", "service": "service", "receiver": "receiver",
    "provider": "provider",
}  # fmt: skip
_LIBRARIES = frozenset(
    {"uses-library", "uses-native-library", "uses-static-library", "library", "static-library", "uses-package"}
)
_PERMISSIONS = frozenset({"uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m"})
_PATHS = ((fw.PATH, "path"), (fw.PATH_PREFIX, "prefix"), (fw.PATH_PATTERN, "pattern"))
_PACKAGE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)+", re.ASCII)
_LONGEST_PACKAGE_NAME = 223
_EXPORTED_MUST_BE_STATED = 31
_PROVIDERS_NOT_EXPORTED = 17
_IN_APPLICATION, _IN_COMPONENT, _IN_FILTER = 3, 4, 5
_NO_ID = 0xFFFFFFFF


class _OpenFilter:
    """An intent filter whose children are still being read."""

    __slots__ = ("actions", "categories", "data", "element")

    def __init__(self, element: Element) -> None:
        self.element = element
        self.actions: list[str] = []
        self.categories: list[str] = []
        self.data: list[Data] = []


class _OpenComponent:
    """A component whose children are still being read."""

    __slots__ = ("element", "filters", "kind", "metadata")

    def __init__(self, kind: ComponentKind, element: Element) -> None:
        self.kind = kind
        self.element = element
        self.filters: list[_OpenFilter] = []
        self.metadata: list[MetaData] = []


class ManifestBuilder:
    """Takes the elements of one manifest in their order and makes the `Manifest`."""

    def __init__(self, xml: BinaryXml, values: Values, log: AnomalyLog, limits: Limits) -> None:
        self._xml = xml
        self._values = values
        self._log = log
        self._limits = limits
        self._root: Element | None = None
        self._application: Element | None = None
        self._package = ""
        self._section = ""
        self._component: _OpenComponent | None = None
        self._filter: _OpenFilter | None = None
        self._query: Element | None = None
        self._components: list[_OpenComponent] = []
        self._metadata: list[MetaData] = []
        self._libraries: list[Library] = []
        self._requested: list[RequestedPermission] = []
        self._declared: list[DeclaredPermission] = []
        self._features: list[Feature] = []
        self._queries: list[Query] = []
        self._instrumentation: list[Instrumentation] = []
        self._sdk: dict[int, Sdk] = {}
        self._overlay = ""
        self._limited = self._left_out = False

    def build(self) -> Manifest:
        """The manifest; everything that is not stated has Android's default."""
        for element in self._xml.elements():
            if element.depth == 1:
                self._root = element
                self._package = self._values.text(element.named("package"))
                if element.tag != "manifest":
                    self._log.note("manifest.root", f"root element {element.tag[:40]!r}", element.offset, refused=True)
            elif element.depth == 2:  # noqa: PLR2004 - children of the root
                self._top(element)
            elif element.depth == _IN_APPLICATION:
                self._inner(element)
            elif element.depth == _IN_COMPONENT:
                self._component_child(element)
            elif element.depth == _IN_FILTER and self._filter is not None:
                self._filter_child(element, self._filter)
        return self._finish()

    def _top(self, element: Element) -> None:
        tag, values, attributes = element.tag, self._values, element.attributes
        self._section = tag
        self._component = self._filter = self._query = None
        if tag in _PERMISSIONS:
            self._permission(element, tag)
        elif tag == "application":
            self._start_application(element)
        elif tag == "uses-sdk":
            self._uses_sdk(element)
        elif tag == "uses-feature":
            self._feature(element)
        elif tag == "permission":
            level = values.number(attributes.get(fw.PROTECTION_LEVEL)) or 0
            name = self._name(element)
            self._declared.append(DeclaredPermission(name, fw.protection_name(level & _NO_ID), element.offset))
        elif tag == "instrumentation":
            target = values.text(attributes.get(fw.TARGET_PACKAGE))
            self._instrumentation.append(Instrumentation(self._class(self._name(element)), target, element.offset))
        elif tag == "overlay":
            self._overlay = self._overlay or values.text(attributes.get(fw.TARGET_PACKAGE))

    def _start_application(self, element: Element) -> None:
        if self._application is None:
            self._application = element
        else:
            self._section = ""
            self._log.note("manifest.several-applications", "only the first <application> counts", element.offset)

    def _permission(self, element: Element, tag: str) -> None:
        value = element.attributes.get(fw.NAME)
        if value is not None and value[0] == TYPE_REFERENCE:
            self._log.note("manifest.permission-by-reference", "a permission named by a resource", element.offset)
        name = self._values.text(value)
        if name:
            maximum = self._values.number(element.attributes.get(fw.MAX_SDK_VERSION))
            self._requested.append(RequestedPermission(name, tag, maximum, element.offset))

    def _uses_sdk(self, element: Element) -> None:
        for attribute in (fw.MIN_SDK_VERSION, fw.TARGET_SDK_VERSION, fw.MAX_SDK_VERSION):
            sdk = self._sdk_value(element, attribute)
            if sdk is not None:
                self._sdk[attribute] = sdk

    def _sdk_value(self, element: Element, attribute: int) -> Sdk | None:
        value = element.attributes.get(attribute)
        if value is None:
            return None
        text = self._values.text(value)
        level = self._values.number(value)
        if level is None:
            level = fw.CODE_NAME_LEVEL if text and not text.startswith("@") else 0
        return Sdk(text, level, element.offset)

    def _feature(self, element: Element) -> None:
        name = self._name(element)
        version = self._values.number(element.attributes.get(fw.GL_ES_VERSION))
        if not name and version is not None:
            name = f"opengles 0x{version & _NO_ID:08x}"
        required = self._values.flag(element.attributes.get(fw.REQUIRED)) is not False
        if name:
            self._features.append(Feature(name, required, element.offset))

    def _inner(self, element: Element) -> None:
        self._component = self._filter = self._query = None
        if self._section == "queries":
            self._query_element(element)
            return
        if self._section != "application":
            return
        tag = element.tag
        kind = _COMPONENTS.get(tag)
        if kind is not None:
            self._start_component(kind, element)
        elif tag == "meta-data":
            self._metadata.append(self._meta_data(element))
        elif tag in _LIBRARIES:
            required = self._values.flag(element.attributes.get(fw.REQUIRED)) is not False
            self._libraries.append(Library(self._name(element), tag, required))

    def _start_component(self, kind: ComponentKind, element: Element) -> None:
        if len(self._components) >= self._limits.components:
            self._limited = self._left_out = True
            self._log.note("manifest.limit", f"more than {self._limits.components} components", element.offset)
            return
        self._component = _OpenComponent(kind, element)
        self._components.append(self._component)

    def _query_element(self, element: Element) -> None:
        if len(self._queries) >= self._limits.components:
            self._limited = True
            return
        tag = element.tag
        if tag == "package":
            self._queries.append(Query("package", self._name(element), element.offset))
        elif tag == "provider":
            authorities = self._values.texts(element.attributes.get(fw.AUTHORITIES), ";")
            self._queries += [Query("provider", name, element.offset) for name in authorities]
        elif tag == "intent":
            self._query = element

    def _component_child(self, element: Element) -> None:
        self._filter = None
        tag = element.tag
        if self._query is not None:
            if tag == "action" and len(self._queries) < self._limits.components:
                self._queries.append(Query("intent", self._name(element), element.offset))
        elif self._component is not None:
            if tag == "intent-filter":
                self._filter = _OpenFilter(element)
                self._component.filters.append(self._filter)
            elif tag == "meta-data":
                self._component.metadata.append(self._meta_data(element))

    def _filter_child(self, element: Element, opened: _OpenFilter) -> None:
        tag = element.tag
        if tag == "action":
            opened.actions.append(self._name(element))
        elif tag == "category":
            opened.categories.append(self._name(element))
        elif tag == "data":
            opened.data.append(self._data(element))

    def _data(self, element: Element) -> Data:
        text, attributes = self._values.text, element.attributes
        paths = (f"{kind}:{text(attributes[number])}" for number, kind in _PATHS if number in attributes)
        return Data(
            text(attributes.get(fw.SCHEME)),
            text(attributes.get(fw.HOST)),
            text(attributes.get(fw.PORT)),
            next(paths, ""),
            text(attributes.get(fw.MIME_TYPE)),
        )

    def _meta_data(self, element: Element) -> MetaData:
        attributes = element.attributes
        resource = reference(attributes.get(fw.RESOURCE))
        table = self._values.table
        found = table.default(resource) if resource and table is not None else None
        path = table.pool.text(found.data) if found is not None and table and found.kind == TYPE_STRING else ""
        value = self._values.text(attributes.get(fw.VALUE), needed=False)
        return MetaData(
            self._name(element), value, resource, path if "/" in path and "://" not in path else "", element.offset
        )

    def _name(self, element: Element) -> str:
        return self._values.text(element.attributes.get(fw.NAME))

    def _class(self, name: str) -> str:
        """A class name as Android completes it (ParsingUtils.buildClassName)."""
        if not name or name.startswith("@"):
            return name
        package = self._package
        if name.startswith("."):
            return package + name
        return name if "." in name else f"{package}.{name}"

    def _finish(self) -> Manifest:
        root, values, sdk = self._root, self._values, self._sdk
        package = self._package
        attributes = root.attributes if root is not None else {}
        split = self._split(root) if root is not None else Split()
        minimum, target = sdk.get(fw.MIN_SDK_VERSION), sdk.get(fw.TARGET_SDK_VERSION)
        min_level = minimum.level if minimum is not None else 1
        target_level = target.level if target is not None else min_level
        application = self._build_application()
        components = tuple(self._build_component(c, application, target_level) for c in self._components)
        self._check(package, split)
        self._check_aliases(components)
        return Manifest(
            package=package,
            version_code=self._version_code(attributes.get(fw.VERSION_CODE), attributes.get(fw.VERSION_CODE_MAJOR)),
            version_name=values.text(attributes.get(fw.VERSION_NAME)),
            shared_user=values.text(attributes.get(fw.SHARED_USER_ID)),
            min_sdk=minimum,
            target_sdk=target,
            max_sdk=sdk.get(fw.MAX_SDK_VERSION),
            compile_sdk=self._compile_sdk(root),
            min_level=min_level,
            target_level=target_level,
            application=application,
            components=components,
            requested=tuple(self._requested),
            declared=tuple(self._declared),
            features=tuple(self._features),
            queries=tuple(self._queries),
            instrumentation=tuple(self._instrumentation),
            overlay_target=self._overlay,
            split=split,
            offset=root.offset if root is not None else 0,
            unresolved=values.unresolved,
            limited=self._limited or self._xml.limited or self._xml.pool.limited,
            elements_left_out=self._left_out or self._xml.limited,
        )

    def _check(self, package: str, split: Split) -> None:
        note = self._log.note
        if not package:
            note("manifest.no-package", "no package name", None, refused=True)
        elif package != "android" and (
            len(package) > _LONGEST_PACKAGE_NAME or not _PACKAGE_NAME.fullmatch(package)
        ):  # fmt: skip
            note("manifest.package-name", f"package name {package[:80]!r}", None, refused=True)
        if self._application is None and not self._instrumentation and not split.name:
            note("manifest.no-application", "no <application>", None, refused=True)

    def _check_aliases(self, components: tuple[Component, ...]) -> None:
        activities = {component.name for component in components if component.kind == "activity"}
        for component in components:
            if component.kind == "alias" and component.target not in activities:
                detail = f"{component.name[:80]!r} stands for {component.target[:80]!r}, which is not there"
                self._log.note("manifest.alias-without-target", detail, component.offset, refused=True)

    def _version_code(self, low: tuple[int, int, int] | None, high: tuple[int, int, int] | None) -> int | None:
        code, major = self._values.number(low), self._values.number(high)
        if code is None and major is None:
            return None
        return (((major or 0) & _NO_ID) << 32 | (code or 0) & _NO_ID) if major else code

    def _compile_sdk(self, root: Element | None) -> Sdk | None:
        if root is None:
            return None
        stated = self._sdk_value(root, fw.COMPILE_SDK_VERSION)
        if stated is not None:
            return stated
        text = self._values.text(root.named("platformBuildVersionCode"))
        return Sdk(text, parse_number(text) or fw.CODE_NAME_LEVEL, root.offset) if text else None

    def _split(self, root: Element) -> Split:
        values, attributes = self._values, root.attributes
        application = self._application.attributes if self._application is not None else {}
        vending = any(
            data.name == "com.android.vending.splits.required" and data.value in {"true", "1", "-1"}
            for data in self._metadata
        )
        required = values.flag(attributes.get(fw.IS_SPLIT_REQUIRED)) or values.flag(
            application.get(fw.IS_SPLIT_REQUIRED)
        )
        return Split(
            name=values.text(root.named("split")),
            config_for=values.text(root.named("configForSplit")),
            feature=bool(values.flag(attributes.get(fw.IS_FEATURE_SPLIT))),
            required=bool(required) or vending,
            required_types=values.texts(attributes.get(fw.REQUIRED_SPLIT_TYPES), ","),
            types=values.texts(attributes.get(fw.SPLIT_TYPES), ","),
        )

    def _build_application(self) -> Application:
        element = self._application
        if element is None:
            return Application()
        values, get = self._values, element.attributes.get
        flag, text = values.flag, values.text
        label = get(fw.LABEL)
        label_resource = reference(label)
        return Application(
            name=self._class(self._name(element)),
            enabled=flag(get(fw.ENABLED)) is not False,
            label="" if label_resource else text(label),
            label_resource=label_resource,
            icon=reference(get(fw.ICON)),
            round_icon=reference(get(fw.ROUND_ICON)),
            theme=reference(get(fw.THEME)),
            permission=text(get(fw.PERMISSION)),
            process=text(get(fw.PROCESS)),
            debuggable=flag(get(fw.DEBUGGABLE)),
            test_only=flag(get(fw.TEST_ONLY)),
            allow_backup=flag(get(fw.ALLOW_BACKUP)),
            cleartext_traffic=flag(get(fw.USES_CLEARTEXT_TRAFFIC)),
            has_code=flag(get(fw.HAS_CODE)),
            persistent=flag(get(fw.PERSISTENT)),
            exclude_from_recents=flag(get(fw.EXCLUDE_FROM_RECENTS)),
            network_security=reference(get(fw.NETWORK_SECURITY_CONFIG)),
            full_backup_content=reference(get(fw.FULL_BACKUP_CONTENT)),
            data_extraction_rules=reference(get(fw.DATA_EXTRACTION_RULES)),
            metadata=tuple(self._metadata),
            libraries=tuple(self._libraries),
            offset=element.offset,
            present=True,
        )

    def _build_component(self, opened: _OpenComponent, application: Application, target: int) -> Component:
        element, kind = opened.element, opened.kind
        values, get = self._values, element.attributes.get
        flag, text = values.flag, values.text
        name = self._class(self._name(element))
        if not name:
            self._log.note("manifest.component-without-name", kind, element.offset, refused=True)
        stated = flag(get(fw.EXPORTED))
        types = values.number(get(fw.FOREGROUND_SERVICE_TYPE)) or 0
        return Component(
            kind=kind,
            name=name,
            exported=self._implied_export(opened, target) if stated is None else stated,
            exported_stated=stated,
            enabled=flag(get(fw.ENABLED)) is not False,
            permission=text(get(fw.PERMISSION)) or application.permission,
            read_permission=text(get(fw.READ_PERMISSION)),
            write_permission=text(get(fw.WRITE_PERMISSION)),
            process=text(get(fw.PROCESS)),
            theme=reference(get(fw.THEME)),
            label=text(get(fw.LABEL), needed=False),
            label_resource=reference(get(fw.LABEL)),
            exclude_from_recents=bool(flag(get(fw.EXCLUDE_FROM_RECENTS))),
            no_history=bool(flag(get(fw.NO_HISTORY))),
            target=self._class(text(get(fw.TARGET_ACTIVITY))) if kind == "alias" else "",
            authorities=values.texts(get(fw.AUTHORITIES), ";"),
            foreground_types=fw.flag_names(types, fw.FOREGROUND_SERVICE_TYPES) if types else (),
            filters=tuple(self._build_filter(item) for item in opened.filters),
            metadata=tuple(opened.metadata),
            offset=element.offset,
        )

    def _implied_export(self, opened: _OpenComponent, target: int) -> bool:
        if opened.kind == "provider":
            return target < _PROVIDERS_NOT_EXPORTED
        if opened.filters and target >= _EXPORTED_MUST_BE_STATED:
            self._log.note("manifest.exported-missing", "exported is not stated", opened.element.offset, refused=True)
        return bool(opened.filters)

    def _build_filter(self, opened: _OpenFilter) -> IntentFilter:
        element = opened.element
        priority = self._values.number(element.attributes.get(fw.PRIORITY)) or 0
        actions, categories, data = tuple(opened.actions), tuple(opened.categories), tuple(opened.data)
        return IntentFilter(actions, categories, data, priority, element.offset)
