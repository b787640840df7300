"""What a manifest says, typed: identity, permissions, components, filters and what they point to."""

from __future__ import annotations

from typing import Literal

import msgspec

ComponentKind = Literal["activity", "alias", "service", "receiver", "provider"]


class Data(msgspec.Struct, frozen=True, gc=False):
    """One <data> of an intent filter; empty texts are not stated. path: as written, with its kind before a colon."""

    scheme: str = ""
    host: str = ""
    port: str = ""
    path: str = ""
    mime_type: str = ""


class IntentFilter(msgspec.Struct, frozen=True):
    """What a component answers to. offset: of the element in the manifest, as everywhere below."""

    actions: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    data: tuple[Data, ...] = ()
    priority: int = 0
    offset: int = 0


class MetaData(msgspec.Struct, frozen=True):
    """One <meta-data>. value: text of android:value; resource: resource id of android:resource or 0; file: its path."""

    name: str
    value: str = ""
    resource: int = 0
    file: str = ""
    offset: int = 0


class Component(msgspec.Struct, frozen=True):
    """A component of the application.

    exported: as Android takes it; exported_stated: as written, None where it is implied. theme: resource id or 0.
    process: as written, empty for the application's. permission: its own or the application's.
    """

    kind: ComponentKind
    name: str
    exported: bool
    exported_stated: bool | None
    enabled: bool
    permission: str = ""
    read_permission: str = ""
    write_permission: str = ""
    process: str = ""
    theme: int = 0
    label: str = ""
    label_resource: int = 0
    exclude_from_recents: bool = False
    no_history: bool = False
    target: str = ""
    authorities: tuple[str, ...] = ()
    foreground_types: tuple[str, ...] = ()
    filters: tuple[IntentFilter, ...] = ()
    metadata: tuple[MetaData, ...] = ()
    offset: int = 0


class RequestedPermission(msgspec.Struct, frozen=True, gc=False):
    """A permission asked for. tag: the element, which may restrict it to API 23 and later; max_sdk: None for all."""

    name: str
    tag: str
    max_sdk: int | None = None
    offset: int = 0


class DeclaredPermission(msgspec.Struct, frozen=True, gc=False):
    """A permission the app defines. protection: such as "signature|privileged"."""

    name: str
    protection: str
    offset: int = 0


class Sdk(msgspec.Struct, frozen=True, gc=False):
    """An SDK level. text: as written; level: its number, a code name counts as 10000."""

    text: str
    level: int
    offset: int = 0


class Feature(msgspec.Struct, frozen=True, gc=False):
    """A feature of the device that the app names."""

    name: str
    required: bool
    offset: int = 0


class Query(msgspec.Struct, frozen=True, gc=False):
    """Another app that the app asks to see. kind: package, intent or provider; name: package, action or authority."""

    kind: str
    name: str
    offset: int = 0


class Library(msgspec.Struct, frozen=True, gc=False):
    """A library the app uses. tag: uses-library, uses-native-library, uses-static-library, library, static-library."""

    name: str
    tag: str
    required: bool = True


class Instrumentation(msgspec.Struct, frozen=True, gc=False):
    """Code that runs inside another app for tests."""

    name: str
    target_package: str
    offset: int = 0


class Application(msgspec.Struct, frozen=True):
    """The first <application>. Flags are None where they are not stated; resource ids are 0 where not stated."""

    name: str = ""
    enabled: bool = True
    label: str = ""
    label_resource: int = 0
    icon: int = 0
    round_icon: int = 0
    theme: int = 0
    permission: str = ""
    process: str = ""
    debuggable: bool | None = None
    test_only: bool | None = None
    allow_backup: bool | None = None
    cleartext_traffic: bool | None = None
    has_code: bool | None = None
    persistent: bool | None = None
    exclude_from_recents: bool | None = None
    split_required: bool | None = None
    network_security: int = 0
    full_backup_content: int = 0
    data_extraction_rules: int = 0
    metadata: tuple[MetaData, ...] = ()
    libraries: tuple[Library, ...] = ()
    offset: int = 0
    present: bool = False


class Split(msgspec.Struct, frozen=True):
    """The place of this file in a split set. name: empty for a base or a single file."""

    name: str = ""
    config_for: str = ""
    feature: bool = False
    required: bool = False
    required_types: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


class Manifest(msgspec.Struct, frozen=True):
    """AndroidManifest.xml as Android takes it.

    version_code: 64 bits, None where not stated; min_sdk, target_sdk: as written, None where not stated;
    min_level, target_level: what Android takes, its defaults included. unresolved: values by reference that could
    not be followed. limited: a bound was reached; elements_left_out: so that components may be missing.
    """

    package: str
    version_code: int | None = None
    version_name: str = ""
    shared_user: str = ""
    min_sdk: Sdk | None = None
    target_sdk: Sdk | None = None
    max_sdk: Sdk | None = None
    compile_sdk: Sdk | None = None
    min_level: int = 1
    target_level: int = 1
    application: Application = Application()
    components: tuple[Component, ...] = ()
    requested: tuple[RequestedPermission, ...] = ()
    declared: tuple[DeclaredPermission, ...] = ()
    features: tuple[Feature, ...] = ()
    queries: tuple[Query, ...] = ()
    instrumentation: tuple[Instrumentation, ...] = ()
    overlay_target: str = ""
    split: Split = Split()
    offset: int = 0
    unresolved: int = 0
    limited: bool = False
    elements_left_out: bool = False
