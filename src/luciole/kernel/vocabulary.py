"""The names of facts and areas: the one table that readers write to, and criteria and matching read from."""

from __future__ import annotations

from typing import Literal

import msgspec

ValueType = Literal["text", "number", "flag"]
SubjectKind = Literal["app", "device"]
Platform = Literal["android", "ios", "windows", "macos", "linux", "network"]
"""What a subject is, or runs on; network: a device known only by its traffic."""

PLATFORMS: dict[str, tuple[Platform, ...]] = {
    "android": ("android",),
    "ios": ("ios",),
    "windows": ("windows",),
    "macos": ("macos",),
    "linux": ("linux",),
    "network": ("network",),
    "computer": ("windows", "macos", "linux"),
    "apple": ("ios", "macos"),
    "any": ("android", "ios", "windows", "macos", "linux", "network"),
}
"""The platforms that a criterion or an area can name, alone or together."""


class Area(msgspec.Struct, frozen=True):
    """A part of the evidence that is looked at or not, as a whole.

    title: for people, through translation; of: the kind of evidence, a file of an app or a device; platforms: those whose evidence can speak of it.
    """

    name: str
    title: str
    platforms: tuple[Platform, ...] = PLATFORMS["any"]
    of: SubjectKind = "app"


class FactType(msgspec.Struct, frozen=True):
    """What a fact of this name says.

    areas: any one of these, fully examined, is enough to say that the fact is absent.
    attributes: name → what it holds ("text", "number", "flag" or "texts").
    """

    name: str
    subject: SubjectKind
    value: ValueType
    areas: tuple[str, ...]
    about: str
    attributes: dict[str, str] = {}


def _areas(of: SubjectKind, platforms: str, *rows: tuple[str, str]) -> dict[str, Area]:
    """Rows of name and title; platforms: names of `PLATFORMS`, "a b"."""
    reached = tuple(dict.fromkeys(each for name in platforms.split() for each in PLATFORMS[name]))
    return {name: Area(name, title, reached, of) for name, title in rows}


_APP_FILE_AREAS = _areas(
    "app",
    "any",
    ("file", "The file itself: size and digests"),
    ("archive", "The archive structure of the app file"),
    ("manifest", "The manifest: permissions, components, settings"),
    ("resources", "Labels, icons and XML resources of the app"),
    ("signing", "Signatures and certificates"),
    ("code", "The code: strings, addresses, references to Android functions"),
    ("native", "Native libraries and files carried inside the app"),
    ("rules", "YARA rules over the code"),
    ("splits", "All parts of an app that comes in several files"),
)

_ANDROID_AREAS = _areas(
    "device",
    "android",
    ("device.properties", "Model, Android version, patch level, boot state"),
    ("device.users", "Users and profiles of the device"),
    ("device.packages", "Installed apps and their permissions"),
    ("device.removed", "Traces of apps that were removed"),
    ("device.resolvers", "Which apps answer to system events and show an icon"),
    ("device.appops", "When apps last used microphone, camera, location and the like"),
    ("device.accessibility", "Accessibility services"),
    ("device.admin", "Device administrators and owners"),
    ("device.notifications", "Apps that may read notifications"),
    ("device.roles", "Default apps: messages, calls, assistant, launcher"),
    ("device.keyboards", "Keyboards"),
    ("device.battery", "Exemptions from battery saving"),
    ("device.network-policy", "Background data, VPN and proxy"),
    ("device.usage", "When apps were last used"),
    ("device.jobs", "Scheduled jobs and alarms"),
    ("device.settings", "System settings and who changed them"),
    ("device.root", "Traces of root access"),
    ("device.certificates", "Certificates added by a person"),
    ("device.adb", "Computers trusted for debugging"),
    ("device.processes", "Running processes and services"),
    ("device.files", "The list of files"),
    ("device.logs", "Log texts"),
    ("device.names", "App names, hosts and digests anywhere in the texts of the acquisition"),
    ("device.backup", "The backup"),
    ("device.apks", "App files taken from the device"),
)

_IOS_AREAS = _areas("device", "ios")

_NETWORK_AREAS = _areas("device", "network")

_COMPUTER_AREAS = _areas("device", "computer")

AREAS: dict[str, Area] = {**_APP_FILE_AREAS, **_ANDROID_AREAS, **_IOS_AREAS, **_NETWORK_AREAS, **_COMPUTER_AREAS}
"""Every area there is, by name."""


def _facts(subject: SubjectKind, *rows: tuple[str, ValueType, str, str, str]) -> dict[str, FactType]:
    """Rows of name, value type, areas ("a b"), attributes ("name:type name:type"), meaning."""
    return {
        name: FactType(
            name, subject, value, tuple(areas.split()), about,
            dict(pair.split(":", 1) for pair in attributes.split()),
        )
        for name, value, areas, attributes, about in rows
    }  # fmt: skip


_COMPONENT = (
    "kind:text exported:flag enabled:flag permission:text process:text exclude_from_recents:flag no_history:flag"
)

APP_FILE: dict[str, FactType] = _facts(
    "app",
    ("file.kind", "text", "file", "", "apk, split-set, apks, xapk or apkm"),
    ("file.size", "number", "file", "path:text", "size in bytes"),
    ("file.sha256", "text", "file", "path:text", "SHA-256 of the app file"),
    ("file.sha1", "text", "file", "path:text", "SHA-1 of the app file"),
    ("file.md5", "text", "file", "path:text", "MD5 of the app file"),
    ("file.tlsh", "text", "file", "", "TLSH similarity digest of the app file"),
    ("file.ssdeep", "text", "file", "", "ssdeep similarity digest, when asked for"),
    ("file.part", "text", "file splits", "split:text sha256:text size:number", "one file of a split set, by its SHA-256"),
    ("file.part_missing", "text", "splits", "", "a part that the base says must exist and was not handed in"),
    ("app.package", "text", "manifest device.packages", "", "the application id"),
    ("app.label", "text", "resources", "locale:text of:text plain:text",
     "the name shown to people, for each locale; of: application, or the class whose home-screen entry bears it; plain: in "
     "small letters, without invisible characters, look-alike letters as Latin ones"),
    ("app.icon", "text", "resources", "path:text size:number data:text kind:text",
     "SHA-256 of the icon; data: base64 of small images; kind: png, webp, jpeg, gif, adaptive, xml, other, transparent, blank"),
    ("app.version_name", "text", "manifest device.packages", "", "version as shown to people"),
    ("app.version_code", "number", "manifest device.packages", "", "version as Android compares it (64 bits)"),
    ("app.sdk", "text", "manifest", "kind:text", "SDK level or code name; kind: min, target, compile, max"),
    ("app.target_sdk", "number", "manifest device.packages", "", "target SDK level; a code name counts as 10000"),
    ("app.min_sdk", "number", "manifest device.packages", "", "minimum SDK level; a code name counts as 10000"),
    ("app.shared_user", "text", "manifest device.packages", "", "shared user id"),
    ("app.flag", "text", "manifest device.packages", "value:flag",
     "an application flag as written: debuggable, test_only, allow_backup, cleartext_traffic, has_code, persistent, exclude_from_recents"),
    ("app.split", "text", "manifest", "config_for:text feature:flag", "name of this split"),
    ("app.overlay_target", "text", "manifest", "", "package that a resource overlay changes"),
    ("permission.requested", "text", "manifest device.packages", "max_sdk:number", "a permission the app asks for"),
    ("permission.declared", "text", "manifest", "protection:text", "a permission the app defines"),
    ("component", "text", "manifest", _COMPONENT + " label:text theme:text target:text authorities:texts foreground_types:texts",
     "class name of a component; kind: activity, alias, service, receiver, provider"),
    ("intent_filter", "text", "manifest",
     "kind:text actions:texts categories:texts schemes:texts hosts:texts mime_types:texts priority:number permission:text exported:flag enabled:flag",
     "class name of the component that has the filter; kind as for component"),
    ("metadata", "text", "manifest", "owner:text value:text resource:text", "name of a meta-data element; owner: class, empty for the application"),
    ("query", "text", "manifest", "kind:text", "package, action or authority the app asks to see; kind: package, intent, provider"),
    ("feature", "text", "manifest", "required:flag", "hardware or software feature the app names"),
    ("launcher.entry", "text", "manifest", "kind:text state:text",
     "class with a home-screen filter; state: shown, disabled, info-only, tv-only, not-exported, needs-data"),
    ("launcher.visible", "flag", "manifest device.resolvers", "", "an enabled component puts an entry on the home screen"),
    ("theme.invisible", "text", "manifest", "theme:text kind:text",
     "class of an activity whose theme shows nothing; kind: no-display, or translucent with a clear background"),
    ("accessibility.service", "text", "resources",
     "can_retrieve_window_content:flag can_perform_gestures:flag can_take_screenshot:flag can_filter_keys:flag is_accessibility_tool:flag "
     "event_types:texts flags:texts feedback:texts packages:texts description:text settings:text",
     "class of an accessibility service, with its configuration"),
    ("device_admin.policies", "text", "resources", "policies:texts visible:flag", "class of a device-admin receiver, with what it may do"),
    ("network_security", "text", "resources", "cleartext:flag user_certificates:flag domains:texts", "network security configuration file"),
    ("backup.rules", "text", "resources", "include:texts exclude:texts", "backup rules file"),
    ("signature.scheme", "text", "signing", "state:text error:text signers:number",
     "v1, v2, v3 or v3.1; state: verified, failed, absent, unsupported, not-compared (its list of digests verifies, the entries were not compared)"),
    ("signature.certificate", "text", "signing",
     "verified:flag schemes:texts sha1:text md5:text subject:text issuer:text common_name:text organization:text not_before:text not_after:text "
     "algorithm:text key:text key_bits:number serial:text role:text",
     "SHA-256 of a signer certificate (empty digest fields where only another digest is known); role: signer, lineage, stamp"),
    ("signature.accepted", "text", "signing", "signers:texts scheme:text", "range of API levels on which a device accepts the signature: 21-23, 24-27, 28-32, 33+"),
    ("signature.weak", "text", "signing", "why:text", "SHA-256 of a signer that proves little: android-test-key, debug, shared"),
    ("signature.block", "text", "signing", "size:number", "id (hex) of a pair in the signing block"),
    ("code.dex", "text", "code", "member:text strings:number methods:number classes:number size:number loaded:flag",
     "SHA-256 of a DEX file (empty where it was not asked for); loaded: Android loads it by itself"),
    ("code.url", "text", "code", "loaded:flag where:text",
     "an address found in the app's texts; where: dex (strings of the code), asset (text file, also in res/raw), resource (string resources) or native (library)"),
    ("code.host", "text", "code", "loaded:flag where:text", "host of such an address, or a host named alone; lower case; where: as for code.url"),
    ("code.api", "text", "code", "behaviours:texts loaded:flag",
     "referenced (not: called) function, as package.Class.method, from the behaviours catalogue"),
    ("code.string", "text", "code", "group:text loaded:flag", "a string of the watched list, such as content://sms or a messenger's package; group names the list"),
    ("code.cluster", "text", "code", "prefix:text classes:number", "digest of the class names under one package prefix: shows a shared code base"),
    ("code.packer", "text", "code native", "", "known packer or obfuscator whose traces were seen"),
    ("native.library", "text", "native", "abi:text sha256:text size:number exports:number", "path of a native library"),
    ("native.export", "text", "native", "library:text", "exported function of a native library"),
    ("carried.file", "text", "native", "kind:text sha256:text size:number encrypted:flag",
     "path of an APK, DEX, ELF, archive or unreadable high-entropy file carried inside; kind: apk, dex, elf, zip, opaque"),
    ("rule.match", "text", "rules", "namespace:text member:text family:text", "identifier of a YARA rule that matched"),
    ("anomaly", "text", "archive manifest resources signing code", "detail:text refused:flag",
     "id of a trick or damage, such as zip.local-method-differs; refused: current Android would not install or load it"),
)  # fmt: skip

APP_ON_DEVICE: dict[str, FactType] = _facts(
    "app",
    ("app.state", "text", "device.packages device.removed", "",
     "installed, archived, removed-data-kept, removed-traces or running-unlisted (a process of it runs, no list names it); besides installed: disabled, hidden, suspended"),
    ("app.named", "text", "device.names", "count:number",
     "a place that names the app: source and section, such as dumpsys appops; when: the latest time that the place tells of the app (use, removal, installation, line of a log, change of a file), where it tells one"),
    ("app.system", "flag", "device.packages", "updated:flag privileged:flag", "part of the system image"),
    ("app.uid", "number", "device.packages", "", "user id number"),
    ("app.code_path", "text", "device.packages", "", "where it is installed"),
    ("app.installer", "text", "device.packages", "initiator:text originator:text", "app that installed it; empty when Android names none"),
    ("app.sideloaded", "flag", "device.packages", "", "user-installed and not by a known app store"),
    ("app.first_installed", "text", "device.packages", "", "ISO 8601 time of first installation"),
    ("app.last_updated", "text", "device.packages", "", "ISO 8601 time of last update"),
    ("permission.granted", "text", "device.packages", "flags:texts", "a permission granted to the app for this user"),
    ("appop", "text", "device.appops", "mode:text last_foreground:text last_background:text last_rejected:text duration:text",
     "an operation the app was allowed or used, such as RECORD_AUDIO; times ISO 8601 or empty"),
    ("accessibility.state", "text", "device.accessibility device.settings", "state:text label:text", "accessibility service; state: installed, enabled, bound, crashed"),
    ("device_admin.active", "text", "device.admin", "policies:texts", "active device-admin receiver"),
    ("device_owner", "text", "device.admin", "kind:text", "owner component; kind: device or profile"),
    ("notification_listener", "text", "device.notifications device.settings", "state:text", "component that may read notifications; state: allowed, live"),
    ("role.holder", "text", "device.roles", "", "role held: sms, dialer, assistant, home, browser, call-screening, call-redirection, or the full role name"),
    ("keyboard", "text", "device.keyboards", "state:text", "input method; state: installed, enabled, default"),
    ("battery.exempt", "text", "device.battery", "", "kind of exemption: user, system, temporary"),
    ("background_data", "text", "device.network-policy", "", "network policy of the app's uid, such as ALLOW_METERED_BACKGROUND"),
    ("vpn.always_on", "flag", "device.network-policy device.settings", "lockdown:flag", "the app is the always-on VPN"),
    ("usage.last_used", "text", "device.usage", "total_seconds:number", "ISO 8601 time when last in the foreground"),
    ("usage.never_foreground", "flag", "device.usage", "", "no foreground use recorded although the app is installed"),
    ("job", "text", "device.jobs", "kind:text", "scheduled component; kind: job, alarm, sync"),
    ("changed_setting", "text", "device.settings", "value:text namespace:text", "key of a setting that this app changed"),
    ("resolver", "text", "device.resolvers", "component:text priority:number", "system event the app answers to"),
    ("process", "text", "device.processes", "pid:number user:text", "running process of the app"),
    ("removal", "text", "device.removed", "", "ISO 8601 time or period of a removal found in the battery history or install sessions"),
)  # fmt: skip

DEVICE: dict[str, FactType] = _facts(
    "device",
    ("device.property", "text", "device.properties", "key:text",
     "model, manufacturer, os_version, sdk, build, patch_level, timezone, locale, serial (masked) …, named by key"),
    ("device.patch_age_days", "number", "device.properties", "", "days between the patch level and when the evidence was taken"),
    ("device.verified_boot", "text", "device.properties", "", "green, yellow, orange, red or empty"),
    ("device.bootloader_locked", "flag", "device.properties", "", "the bootloader is locked"),
    ("device.debuggable", "flag", "device.properties", "", "the system is built to be debugged"),
    ("device.selinux", "text", "device.root device.properties", "", "enforcing or permissive"),
    ("root.trace", "text", "device.root", "kind:text", "trace of root access; kind: binary, package, property, mount, process, file"),
    ("device.user", "number", "device.users", "kind:text name:text flags:texts running:flag",
     "a user of the device; kind: owner, secondary, work-profile, private-profile, secure-folder, clone, guest, restricted"),
    ("setting", "text", "device.settings", "value:text namespace:text package:text user:number", "a setting worth showing, by its key"),
    ("protection.off", "text", "device.settings", "value:text package:text",
     "a protection that is switched off: play-protect, install-verification, adb-verification, upload-for-checking"),
    ("unknown_sources", "text", "device.appops device.settings", "", "app that may install other apps, or legacy-setting"),
    ("proxy", "text", "device.network-policy device.settings", "", "global or network proxy, host:port"),
    ("private_dns", "text", "device.settings", "mode:text", "private DNS server that was set"),
    ("user_certificate", "text", "device.certificates", "subject:text", "certificate authority added by a person"),
    ("adb.enabled", "flag", "device.adb device.settings", "wireless:flag", "debugging is switched on"),
    ("adb.trusted_key", "text", "device.adb", "host:text", "fingerprint of a computer trusted for debugging"),
    ("developer_options", "flag", "device.settings", "", "developer options are switched on"),
    ("device.managed", "flag", "device.admin", "", "the device has a device owner"),
    ("named.host", "text", "device.names", "source:text", "a host of the indicators that a text of the evidence names"),
    ("named.digest", "text", "device.files device.names", "path:text kind:text", "a file digest of the indicators, of a file on the device"),
    ("named.package", "text", "device.names", "source:text", "an app of the indicators that a text names, though no list of apps does"),
    ("contacted.host", "text", "device.logs", "package:text source:text", "a host that a network log says was contacted"),
    ("unreadable.section", "text", "device.properties", "why:text", "a section of the evidence that Luciole does not know"),
)  # fmt: skip

PROGRAM_FILE: dict[str, FactType] = _facts("app")
"""Facts of app files of other systems: IPA, PE, Mach-O, installers."""

IOS: dict[str, FactType] = {**_facts("app"), **_facts("device")}
"""Facts of evidence from iPhones and iPads that no other evidence has."""

NETWORK: dict[str, FactType] = _facts("device")
"""Facts of the traffic of one local device."""

COMPUTER: dict[str, FactType] = {**_facts("app"), **_facts("device")}
"""Facts of computers that phones do not have."""

FACTS: dict[str, FactType] = {**APP_FILE, **PROGRAM_FILE, **APP_ON_DEVICE, **DEVICE, **IOS, **NETWORK, **COMPUTER}
"""Every fact there is, by name."""
