"""The description of an inert app: what a person writes in YAML or JSON, checked strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from luciole.kernel.errors import ContentError

Text = str | dict[str, str]
"""One text, or texts by locale with the key "default" for all other locales."""
MetadataValue = str | int | bool
Launcher = bool | Literal["info", "leanback"]
Theme = Literal["", "no-display", "translucent", "own-no-display", "own-translucent"]
Scheme = Literal["v1", "v2", "v3", "v3.1"]
CarriedKind = Literal["dex", "apk", "elf", "zip", "opaque"]
TableLayout = Literal["plain", "sparse", "compact", "offset16"]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every part of a description: frozen, and an unknown key is an error."""


class Filter(Part, frozen=True):
    """One intent filter. hosts without schemes get the scheme https."""

    actions: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    mime_types: tuple[str, ...] = ()
    priority: int = 0


class Component(Part, frozen=True):
    """What activities, aliases, services, receivers and providers share.

    name: class name, ".X" is relative to the package; exported: written as given, else true where there is a filter;
    actions and priority: a short way to write one filter; metadata: name → value.
    """

    name: str
    exported: bool | None = None
    enabled: bool | None = None
    permission: str = ""
    process: str = ""
    label: str = ""
    actions: tuple[str, ...] = ()
    priority: int = 0
    filters: tuple[Filter, ...] = ()
    metadata: dict[str, MetadataValue] = {}


class Activity(Component, frozen=True):
    """An activity. launcher: true, "leanback" (television) or "info" (no icon, as declared by apps without one)."""

    launcher: Launcher = False
    exclude_from_recents: bool = False
    no_history: bool = False
    theme: Theme = ""


class Alias(Component, frozen=True):
    """Another name of an activity, often the one that shows the icon."""

    target: str = ""
    launcher: Launcher = False


class Accessibility(Part, frozen=True):
    """The configuration file of an accessibility service; names as in Android's documentation."""

    can_retrieve_window_content: bool = False
    can_perform_gestures: bool = False
    can_take_screenshot: bool = False
    can_filter_keys: bool = False
    is_accessibility_tool: bool | None = None
    event_types: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ("feedbackGeneric",)
    packages: tuple[str, ...] = ()
    description: str = ""
    settings: str = ""


class Service(Component, frozen=True):
    """A service. accessibility: adds the configuration file, and action and permission where they are not given."""

    accessibility: Accessibility | None = None
    foreground_types: tuple[str, ...] = ()


class Receiver(Component, frozen=True):
    """A receiver. device_admin: policies; adds their file, and action and permission where they are not given."""

    device_admin: tuple[str, ...] | None = None


class Provider(Component, frozen=True):
    """A content provider."""

    authorities: tuple[str, ...] = ()


class Application(Part, frozen=True):
    """Flags of the application element; only what is given is written."""

    debuggable: bool | None = None
    cleartext_traffic: bool | None = None
    allow_backup: bool | None = None
    exclude_from_recents: bool | None = None
    test_only: bool | None = None
    has_code: bool | None = None
    persistent: bool | None = None


class NetworkSecurity(Part, frozen=True):
    """The network security configuration: whether plain text is allowed and certificates added by a person count."""

    cleartext: bool = False
    user_certificates: bool = False
    domains: tuple[str, ...] = ()


class Carried(Part, frozen=True):
    """A file carried inside that is something else than it seems."""

    name: str
    kind: CarriedKind


class Split(Part, frozen=True):
    """One split of a set: what it adds to the base. feature: a feature split, else a configuration split."""

    feature: bool = False
    label: Text = ""
    permissions: tuple[str, ...] = ()
    activities: tuple[Activity, ...] = ()
    aliases: tuple[Alias, ...] = ()
    services: tuple[Service, ...] = ()
    receivers: tuple[Receiver, ...] = ()
    providers: tuple[Provider, ...] = ()
    strings: tuple[str, ...] = ()
    apis: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    native_libraries: dict[str, tuple[str, ...]] = {}
    assets: dict[str, str] = {}


class AppDescription(Part, frozen=True):
    """All that an inert app is made from; every key except `package` may be left out.

    Permissions without a dot mean android.permission.X. strings, apis (package.Class.method) and classes go into the
    DEX files as constants, references and empty classes. versions_by_reference: version code and name stand in the
    resource table. short_file_names: files of resources are called r/a, r/A, r/b …, as shrinkers
    do. tricks: names of `luciole.simulate.apps.tricks`.
    """

    package: str
    label: Text = ""
    version_code: int = 1
    version_name: str = "1.0"
    versions_by_reference: bool = False
    min_sdk: int | str = 24
    target_sdk: int | str = 33
    permissions: tuple[str, ...] = ()
    declared_permissions: tuple[str, ...] = ()
    shared_user: str = ""
    application: Application = Application()
    activities: tuple[Activity, ...] = ()
    aliases: tuple[Alias, ...] = ()
    services: tuple[Service, ...] = ()
    receivers: tuple[Receiver, ...] = ()
    providers: tuple[Provider, ...] = ()
    metadata: dict[str, MetadataValue] = {}
    queries: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    network_security: NetworkSecurity | None = None
    strings: tuple[str, ...] = ()
    apis: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    dex_files: int = 1
    dex_version: Literal["035", "037", "038", "039", "040", "041"] = "035"
    native_libraries: dict[str, tuple[str, ...]] = {}
    assets: dict[str, str] = {}
    carried: tuple[Carried, ...] = ()
    icon: Literal["", "transparent", "blank", "plain"] = ""
    resource_table: TableLayout = "plain"
    short_file_names: bool = False
    xml_encoding: Literal["utf-8", "utf-16"] = "utf-8"
    signing: tuple[Scheme, ...] = ("v2", "v3")
    key: str = "own"
    rotation: tuple[str, ...] = ()
    split: str = ""
    config_for_split: str | None = None
    is_feature_split: bool = False
    splits_required: bool = False
    splits: dict[str, Split] = {}
    tricks: tuple[str, ...] = ()


def describe(source: AppDescription | Mapping[str, object]) -> AppDescription:
    """The checked description of a mapping as read from YAML or JSON; a description is returned as it is.

    Raises ContentError that names the key and what was expected.
    """
    if isinstance(source, AppDescription):
        return source
    try:
        return msgspec.convert(source, AppDescription)
    except msgspec.ValidationError as error:
        raise ContentError([f"description of an inert app: {_plain(str(error))}"]) from error


def _plain(message: str) -> str:
    """The message of msgspec in the words of a person who writes YAML."""
    return (
        message.replace("Object contains unknown field", "unknown key")
        .replace("Object missing required field", "missing key")
        .replace(" - at `$.", " in `")
        .replace(" - at `$`", "")
    )


def full_permission(name: str) -> str:
    """The name of a permission in full: a name without a dot is one of Android's own."""
    return name if "." in name else f"android.permission.{name}"


def full_class(package: str, name: str) -> str:
    """The class name of a component in full: ".X" and "X" belong to the package."""
    if name.startswith("."):
        return package + name
    return name if "." in name else f"{package}.{name}"
