"""The XML resources a manifest points to: accessibility, device admin, network security and backup rules."""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from luciole.apps.apk import framework as fw
from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.binary_xml import TYPE_STRING, BinaryXml, Element
from luciole.apps.apk.manifest_model import Component, Manifest
from luciole.apps.apk.resources import Table
from luciole.apps.apk.values import FRAMEWORK, Values
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import DEFAULT, MIB, Limits

Read = Callable[[bytes], bytes]
"""Reads one entry of the archive by its name; raises ParseError."""

ACCESSIBILITY_ACTION = "android.accessibilityservice.AccessibilityService"
_ACCESSIBILITY_PERMISSION = "android.permission.BIND_ACCESSIBILITY_SERVICE"
_ACCESSIBILITY_DATA = "android.accessibilityservice"
_ADMIN_DATA = "android.app.device_admin"
_ADMIN_PERMISSION = "android.permission.BIND_DEVICE_ADMIN"
_LARGEST_FILE = 1 * MIB
_MOST_FILES = 64
_FILES_OF_ONE_RESOURCE = 4
_POLICY_DEPTH = 3


class AccessibilityService(msgspec.Struct, frozen=True):
    """An accessibility service and one configuration of it. Flags are None where the file does not state them.

    file: path of the configuration; empty where the manifest names none, or it could not be read.
    """

    service: str
    file: str = ""
    offset: int = 0
    can_retrieve_window_content: bool | None = None
    can_perform_gestures: bool | None = None
    can_take_screenshot: bool | None = None
    can_filter_keys: bool | None = None
    is_accessibility_tool: bool | None = None
    event_types: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    description: str = ""
    settings: str = ""


class DeviceAdmin(msgspec.Struct, frozen=True):
    """A device-admin receiver. policies: names as in the file, such as "wipe-data"; visible: shown in Settings."""

    receiver: str
    file: str = ""
    offset: int = 0
    policies: tuple[str, ...] = ()
    visible: bool | None = None


class NetworkSecurity(msgspec.Struct, frozen=True):
    """A network security configuration; flags are None where the file does not state them.

    cleartext: plain HTTP is allowed by default or for some domain; user_certificates: authorities added by a person
    are trusted outside debugging; domains: those that have rules of their own.
    """

    file: str
    offset: int = 0
    cleartext: bool | None = None
    user_certificates: bool | None = None
    domains: tuple[str, ...] = ()


class BackupRules(msgspec.Struct, frozen=True):
    """Backup or data-extraction rules. include, exclude: "domain:path"."""

    file: str
    offset: int = 0
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class XmlResources(msgspec.Struct, frozen=True):
    """Everything read from XML resources. problems: what could not be read; limited: a bound was reached."""

    accessibility: tuple[AccessibilityService, ...] = ()
    admins: tuple[DeviceAdmin, ...] = ()
    network_security: tuple[NetworkSecurity, ...] = ()
    backup: tuple[BackupRules, ...] = ()
    problems: tuple[str, ...] = ()
    limited: bool = False


class XmlResourceReader:
    """Opens XML resources by resource id, each file once, within bounds."""

    def __init__(
        self,
        read: Read,
        names: Collection[bytes],
        table: Table | None,
        anomalies: list[Anomaly],
        limits: Limits = DEFAULT,
    ) -> None:
        self._read = read
        self._names = names
        self._table = table
        self._anomalies = anomalies
        self._limits = limits
        self._open: dict[str, BinaryXml | None] = {}
        self._known: dict[int, list[tuple[str, BinaryXml]]] = {}
        self._policies: dict[str, tuple[tuple[str, ...], bool | None]] = {}
        self.problems: list[str] = []
        self.limited = False

    def read_all(self, manifest: Manifest) -> XmlResources:
        """All XML resources that the manifest names and that matter here."""
        accessibility: list[AccessibilityService] = []
        admins: list[DeviceAdmin] = []
        for component in manifest.components:
            if component.kind == "service" and _is_accessibility(component):
                accessibility += self._accessibility(component)
            elif component.kind == "receiver" and _is_admin(component):
                admins += self._admin(component)
        application = manifest.application
        security = [self._network_security(*item) for item in self._files(application.network_security)]
        backup_resources = dict.fromkeys((application.full_backup_content, application.data_extraction_rules))
        backup = [self._backup(*item) for resource in backup_resources for item in self._files(resource)]
        return XmlResources(
            tuple(accessibility), tuple(admins), tuple(security), tuple(backup), tuple(self.problems), self.limited
        )

    def _files(self, resource: int) -> list[tuple[str, BinaryXml]]:
        """Every file that a resource id stands for in some configuration, with its document."""
        if not resource:
            return []
        if resource not in self._known:
            self._known[resource] = self._find(resource)
        return self._known[resource]

    def _find(self, resource: int) -> list[tuple[str, BinaryXml]]:
        if self._table is None:
            self._problem(f"XML resource 0x{resource:08x} cannot be found without a resource table")
            return []
        pool = self._table.pool
        paths = [pool.text(found.data) for found in self._table.resolve(resource) if found.kind == TYPE_STRING]
        if not paths and resource >> 24 != FRAMEWORK:
            self._problem(f"XML resource 0x{resource:08x} is not in the resource table")
        opened = ((path, self._document(path)) for path in list(dict.fromkeys(paths))[:_FILES_OF_ONE_RESOURCE])
        return [(path, document) for path, document in opened if document is not None]

    def _document(self, path: str) -> BinaryXml | None:
        if path not in self._open:
            if len(self._open) >= _MOST_FILES:
                self.limited = True
                return None
            self._open[path] = self._load(path)
        return self._open[path]

    def _load(self, path: str) -> BinaryXml | None:
        name = path.encode("utf-8", "surrogatepass")
        if name not in self._names:
            self._problem(f"{path[:200]} is named by the resource table and not in the archive")
            return None
        try:
            data = self._read(name)
            if len(data) > _LARGEST_FILE:
                self.limited = True
                return None
            return BinaryXml(data, self._anomalies, path, self._limits)
        except ParseError as error:
            self._problem(f"{path[:200]}: {error.message}")
            return None

    def _problem(self, text: str) -> None:
        if len(self.problems) < _MOST_FILES:
            self.problems.append(text)

    def _accessibility(self, component: Component) -> list[AccessibilityService]:
        files = [item for data in component.metadata if data.name == _ACCESSIBILITY_DATA
                 for item in self._files(data.resource)]  # fmt: skip
        found = [self._accessibility_file(component.name, *item) for item in files]
        return found or [AccessibilityService(component.name, offset=component.offset)]

    def _accessibility_file(self, service: str, path: str, document: BinaryXml) -> AccessibilityService:
        root = next(document.elements(), None)
        if root is None:
            self._problem(f"{path}: no element")
            return AccessibilityService(service, path)
        values, get = Values(document.pool, self._table), root.attributes.get
        return AccessibilityService(
            service,
            path,
            root.offset,
            can_retrieve_window_content=values.flag(get(fw.CAN_RETRIEVE_WINDOW_CONTENT)),
            can_perform_gestures=values.flag(get(fw.CAN_PERFORM_GESTURES)),
            can_take_screenshot=values.flag(get(fw.CAN_TAKE_SCREENSHOT)),
            can_filter_keys=values.flag(get(fw.CAN_REQUEST_FILTER_KEY_EVENTS)),
            is_accessibility_tool=values.flag(get(fw.IS_ACCESSIBILITY_TOOL)),
            event_types=_names(values, root, fw.ACCESSIBILITY_EVENT_TYPES, fw.ACCESSIBILITY_EVENTS, "typeAllMask"),
            flags=_names(values, root, fw.ACCESSIBILITY_FLAGS, fw.ACCESSIBILITY_FLAGS_NAMES),
            feedback=_names(values, root, fw.ACCESSIBILITY_FEEDBACK_TYPE, fw.ACCESSIBILITY_FEEDBACK, "feedbackAllMask"),
            packages=values.texts(get(fw.PACKAGE_NAMES), ","),
            description=values.text(get(fw.DESCRIPTION)),
            settings=values.text(get(fw.SETTINGS_ACTIVITY)),
        )

    def _admin(self, component: Component) -> list[DeviceAdmin]:
        files = [item for data in component.metadata if data.name == _ADMIN_DATA for item in self._files(data.resource)]
        found = [self._admin_file(component.name, *item) for item in files]
        return found or [DeviceAdmin(component.name, offset=component.offset)]

    def _admin_file(self, receiver: str, path: str, document: BinaryXml) -> DeviceAdmin:
        if path not in self._policies:
            self._policies[path] = self._read_policies(document)
        policies, visible = self._policies[path]
        return DeviceAdmin(receiver, path, 0, policies, visible)

    def _read_policies(self, document: BinaryXml) -> tuple[tuple[str, ...], bool | None]:
        values = Values(document.pool, self._table)
        policies: dict[str, None] = {}
        visible: bool | None = None
        parent = ""
        for element in document.elements():
            if element.depth == 1:
                visible = values.flag(element.attributes.get(fw.VISIBLE))
            elif element.depth < _POLICY_DEPTH:
                parent = element.tag
            elif element.depth == _POLICY_DEPTH and parent == "uses-policies":
                policies[element.tag] = None
        return tuple(policies), visible

    def _network_security(self, path: str, document: BinaryXml) -> NetworkSecurity:
        values = Values(document.pool, self._table)
        cleartext: list[bool] = []
        user = None
        domains: dict[str, None] = {}
        section = ""
        # The whole list: an element's text is known only after the next one was read.
        for element in list(document.elements()):
            tag = element.tag
            section = tag if element.depth == 2 else section  # noqa: PLR2004 - children of the root
            stated = values.flag(element.named("cleartextTrafficPermitted"))
            if stated is not None and section != "debug-overrides":
                cleartext.append(stated)
            if tag == "domain":
                domains[element.text.strip()] = None
            elif tag == "certificates" and section != "debug-overrides":
                user = bool(user) or values.text(element.named("src")) == "user"
        return NetworkSecurity(path, 0, any(cleartext) if cleartext else None, user, tuple(filter(None, domains)))

    def _backup(self, path: str, document: BinaryXml) -> BackupRules:
        values = Values(document.pool, self._table)
        rules: dict[str, dict[str, None]] = {"include": {}, "exclude": {}}
        for element in document.elements():
            chosen = rules.get(element.tag)
            if chosen is not None:
                place = (values.text(element.named(name)) for name in ("domain", "path"))
                chosen[":".join(place)] = None
        return BackupRules(path, 0, tuple(rules["include"]), tuple(rules["exclude"]))


def _is_accessibility(component: Component) -> bool:
    return (
        component.permission == _ACCESSIBILITY_PERMISSION
        or any(data.name == _ACCESSIBILITY_DATA for data in component.metadata)
        or any(ACCESSIBILITY_ACTION in item.actions for item in component.filters)
    )


def _is_admin(component: Component) -> bool:
    return component.permission == _ADMIN_PERMISSION or any(data.name == _ADMIN_DATA for data in component.metadata)


def _names(
    values: Values, element: Element, attribute: int, names: dict[int, str], everything: str = ""
) -> tuple[str, ...]:
    number = values.number(element.attributes.get(attribute))
    return fw.flag_names(number, names, everything) if number else ()
