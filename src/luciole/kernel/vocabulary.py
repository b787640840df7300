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
    ("code", "The code: strings, addresses, references to functions of the system"),
    ("native", "Native libraries and files carried inside the app"),
    ("rules", "YARA rules over the code"),
    ("splits", "All parts of an app that comes in several files"),
)

_ANDROID_AREAS = {
    **_areas(
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
    ),
    **_areas(
        "device",
        "android ios computer",
        ("device.names", "App names, hosts and digests anywhere in the texts of the acquisition"),
    ),
    **_areas(
        "device",
        "android",
        ("device.backup", "The backup"),
        ("device.apks", "App files taken from the device"),
    ),
}

_IOS_AREAS = _areas(
    "device",
    "ios",
    ("ios.device", "Model, iOS version and state of the backup"),
    ("ios.apps", "Installed apps and where they came from"),
    ("ios.removed", "Traces of apps that were removed"),
    ("ios.grants", "Which apps may use the microphone, the camera, contacts and the like"),
    ("ios.location", "Which apps may know the place"),
    ("ios.profiles", "Configuration profiles"),
    ("ios.management", "Management from elsewhere and supervision"),
    ("ios.network", "VPN, proxy, filters and name servers"),
    ("ios.keyboards", "Keyboards"),
    ("ios.computers", "Computers that the device trusts"),
    ("ios.accounts", "Accounts on the device"),
    ("ios.shortcuts", "Shortcuts and automations"),
    ("ios.usage", "Network use of apps"),
    ("ios.settings", "Settings of protection and sharing"),
    ("ios.jailbreak", "Traces of changes to the system"),
    ("ios.files", "The list of files"),
    ("ios.processes", "Running processes"),
    ("ios.logs", "Logs of crashes, power, installations and restarts"),
    ("ios.messages", "Messages"),
    ("ios.calls", "Calls"),
    ("ios.contacts", "Contacts"),
    ("ios.photos", "Photos"),
    ("ios.browsing", "Pages visited in browsers"),
)

_NETWORK_AREAS = _areas(
    "device",
    "network",
    ("network.packets", "The packets of the capture: who talked with whom, when and how much"),
    ("network.names", "Names of servers that were looked up"),
    ("network.tls", "Names shown at the start of encrypted connections"),
    ("network.certificates", "Certificates that servers showed"),
    ("network.http", "Unencrypted web requests: only the names of servers"),
    ("network.alerts", "Alerts that another tool wrote beside the capture"),
)

_COMPUTER_AREAS = _areas(
    "device",
    "computer",
    ("computer.system", "Name and version of the computer's system and its protections"),
    ("computer.programs", "Installed programs"),
    ("computer.signers", "Who signed the programs that start by themselves"),
    ("computer.autostart", "Programs that start when a person signs in"),
    ("computer.services", "Services, drivers and extensions of the system"),
    ("computer.tasks", "Scheduled tasks"),
    ("computer.hooks", "Places where a program can hook itself into the system or into other programs"),
    ("computer.extensions", "Browser extensions"),
    ("computer.grants", "Programs that may see the screen, read keys, control the computer or read all files"),
    ("computer.management", "Management from elsewhere and configuration profiles"),
    ("computer.protection", "Exclusions and findings of the protection against harmful programs"),
    ("computer.remote", "Remote access, and accounts that may use it"),
    ("computer.network", "Proxy, name servers and the hosts file"),
    ("computer.certificates", "Certificate authorities added to the computer"),
)

CLOSED = "evidence.closed"
"""The one area of evidence that could not be opened, so that nobody knows what kind of device it is about."""
_CLOSED_AREA = {CLOSED: Area(CLOSED, "Everything that the encrypted file holds", (), "device")}

AREAS: dict[str, Area] = {
    **_APP_FILE_AREAS,
    **_ANDROID_AREAS,
    **_IOS_AREAS,
    **_NETWORK_AREAS,
    **_COMPUTER_AREAS,
    **_CLOSED_AREA,
}
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
    ("file.kind", "text", "file", "", "apk, split-set, apks, xapk, apkm, ipa, app, pe, macho, msi, nsis, inno, dmg or pkg"),
    ("file.size", "number", "file", "path:text", "size in bytes"),
    ("file.sha256", "text", "file computer.signers", "path:text", "SHA-256 of the app file"),
    ("file.sha1", "text", "file", "path:text", "SHA-1 of the app file"),
    ("file.md5", "text", "file", "path:text", "MD5 of the app file"),
    ("file.tlsh", "text", "file", "", "TLSH similarity digest of the app file"),
    ("file.ssdeep", "text", "file", "", "ssdeep similarity digest, when asked for"),
    ("file.part", "text", "file splits", "split:text sha256:text size:number", "one file of a split set, by its SHA-256"),
    ("file.part_missing", "text", "splits", "", "a part that the base says must exist and was not handed in"),
    ("app.package", "text", "manifest device.packages computer.programs", "", "the application id"),
    ("app.label", "text", "resources computer.programs ios.apps", "locale:text of:text plain:text",
     "the name shown to people, for each locale; of: application, or the class whose home-screen entry bears it; plain: in "
     "small letters, without invisible characters, look-alike letters as Latin ones"),
    ("app.icon", "text", "resources", "path:text size:number data:text kind:text",
     "SHA-256 of the icon; data: base64 of small images; kind: png, webp, jpeg, gif, adaptive, xml, other, transparent, blank"),
    ("app.version_name", "text", "manifest device.packages computer.programs ios.apps", "", "version as shown to people"),
    ("app.version_code", "number", "manifest device.packages", "", "version as Android compares it (64 bits)"),
    ("app.sdk", "text", "manifest", "kind:text", "SDK level or code name; kind: min, target, compile, max"),
    ("app.target_sdk", "number", "manifest device.packages", "", "target SDK level; a code name counts as 10000"),
    ("app.min_sdk", "number", "manifest device.packages", "", "minimum SDK level; a code name counts as 10000"),
    ("app.shared_user", "text", "manifest device.packages", "", "shared user id"),
    ("app.flag", "text", "manifest device.packages", "value:flag",
     "an application flag as written: debuggable, test_only, allow_backup, cleartext_traffic, has_code, persistent, exclude_from_recents"),
    ("app.split", "text", "manifest", "config_for:text feature:flag", "name of this split"),
    ("app.overlay_target", "text", "manifest", "", "package that a resource overlay changes"),
    ("permission.requested", "text", "manifest device.packages computer.extensions", "max_sdk:number", "a permission the app asks for"),
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
     "v1, v2, v3, v3.1, authenticode or apple; state: verified, failed, absent, unsupported, ad-hoc (no signer, digests fit), not-compared (its list of digests verifies, the entries were not compared)"),
    ("signature.certificate", "text", "signing computer.signers ios.apps",
     "verified:flag schemes:texts sha1:text md5:text subject:text issuer:text common_name:text organization:text not_before:text not_after:text "
     "algorithm:text key:text key_bits:number serial:text role:text",
     "SHA-256 of a signer certificate (empty digest fields where only another digest is known); role: signer, lineage, stamp"),
    ("signature.accepted", "text", "signing", "signers:texts scheme:text", "range of API levels on which a device accepts the signature: 21-23, 24-27, 28-32, 33+"),
    ("signature.weak", "text", "signing", "why:text", "SHA-256 of a signer that proves little: android-test-key, debug, shared, self-signed"),
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
     "path of an APK, DEX, ELF, archive or unreadable high-entropy file carried inside; kind: apk, dex, elf, zip, opaque, 7z, rar, cab, msi, pkg, dmg, behind-the-program"),
    ("rule.match", "text", "rules", "namespace:text member:text family:text", "identifier of a YARA rule that matched"),
    ("anomaly", "text", "archive manifest resources signing code", "detail:text refused:flag",
     "id of a trick or damage, such as zip.local-method-differs; refused: current Android would not install or load it"),
)  # fmt: skip

APP_ON_DEVICE: dict[str, FactType] = _facts(
    "app",
    ("app.state", "text", "device.packages device.removed computer.programs ios.apps", "",
     "installed, archived, removed-data-kept, removed-traces, running-unlisted (a process of it runs, no list names it) or, on computers, present (no list names it); besides installed: disabled, hidden, suspended"),
    ("app.named", "text", "device.names", "count:number",
     "a place that names the app: source and section, such as dumpsys appops; when: the latest time that the place tells of the app (use, removal, installation, line of a log, change of a file), where it tells one"),
    ("app.system", "flag", "device.packages computer.programs ios.apps", "updated:flag privileged:flag", "part of the system image"),
    ("app.uid", "number", "device.packages", "", "user id number"),
    ("app.code_path", "text", "device.packages computer.programs", "", "where it is installed"),
    ("app.installer", "text", "device.packages", "initiator:text originator:text", "app that installed it; empty when Android names none"),
    ("app.sideloaded", "flag", "device.packages computer.programs ios.apps", "", "user-installed and not by a known app store"),
    ("app.first_installed", "text", "device.packages computer.programs ios.apps", "", "ISO 8601 time of first installation"),
    ("app.last_updated", "text", "device.packages ios.apps", "", "ISO 8601 time of last update"),
    ("permission.granted", "text", "device.packages computer.grants ios.grants", "flags:texts", "a permission granted to the app for this user"),
    ("appop", "text", "device.appops", "mode:text last_foreground:text last_background:text last_rejected:text duration:text",
     "an operation the app was allowed or used, such as RECORD_AUDIO; times ISO 8601 or empty"),
    ("accessibility.state", "text", "device.accessibility device.settings", "state:text label:text", "accessibility service; state: installed, enabled, bound, crashed"),
    ("device_admin.active", "text", "device.admin", "policies:texts", "active device-admin receiver"),
    ("device_owner", "text", "device.admin", "kind:text", "owner component; kind: device or profile"),
    ("notification_listener", "text", "device.notifications device.settings", "state:text", "component that may read notifications; state: allowed, live"),
    ("role.holder", "text", "device.roles", "", "role held: sms, dialer, assistant, home, browser, call-screening, call-redirection, or the full role name"),
    ("keyboard", "text", "device.keyboards ios.keyboards", "state:text", "input method; state: installed, enabled, default"),
    ("battery.exempt", "text", "device.battery", "", "kind of exemption: user, system, temporary"),
    ("background_data", "text", "device.network-policy", "", "network policy of the app's uid, such as ALLOW_METERED_BACKGROUND"),
    ("vpn.always_on", "flag", "device.network-policy device.settings", "lockdown:flag", "the app is the always-on VPN"),
    ("usage.last_used", "text", "device.usage", "total_seconds:number", "ISO 8601 time when last in the foreground"),
    ("usage.never_foreground", "flag", "device.usage", "", "no foreground use recorded although the app is installed"),
    ("job", "text", "device.jobs", "kind:text", "scheduled component; kind: job, alarm, sync"),
    ("changed_setting", "text", "device.settings", "value:text namespace:text", "key of a setting that this app changed"),
    ("resolver", "text", "device.resolvers", "component:text priority:number", "system event the app answers to"),
    ("process", "text", "device.processes ios.processes", "pid:number user:text", "running process of the app"),
    ("removal", "text", "device.removed ios.removed", "", "ISO 8601 time or period of a removal found in the battery history or install sessions"),
)  # fmt: skip

DEVICE: dict[str, FactType] = _facts(
    "device",
    ("device.property", "text", "device.properties computer.system ios.device network.packets", "key:text",
     "model, manufacturer, os_version, sdk, build, patch_level, timezone, locale, serial (masked) …, named by key"),
    ("device.patch_age_days", "number", "device.properties", "", "days between the patch level and when the evidence was taken"),
    ("device.verified_boot", "text", "device.properties", "", "green, yellow, orange, red or empty"),
    ("device.bootloader_locked", "flag", "device.properties", "", "the bootloader is locked"),
    ("device.debuggable", "flag", "device.properties", "", "the system is built to be debugged"),
    ("device.selinux", "text", "device.root device.properties", "", "enforcing or permissive"),
    ("root.trace", "text", "device.root ios.jailbreak", "kind:text", "trace of root access; kind: binary, package, property, mount, process, file"),
    ("device.user", "number", "device.users", "kind:text name:text flags:texts running:flag",
     "a user of the device; kind: owner, secondary, work-profile, private-profile, secure-folder, clone, guest, restricted"),
    ("setting", "text", "device.settings ios.settings", "value:text namespace:text package:text user:number", "a setting worth showing, by its key"),
    ("protection.off", "text", "device.settings computer.protection", "value:text package:text",
     "a protection that is switched off: play-protect, install-verification, adb-verification, upload-for-checking"),
    ("unknown_sources", "text", "device.appops device.settings", "", "app that may install other apps, or legacy-setting"),
    ("proxy", "text", "device.network-policy device.settings computer.network ios.network", "", "global or network proxy, host:port"),
    ("private_dns", "text", "device.settings", "mode:text", "private DNS server that was set"),
    ("user_certificate", "text", "device.certificates computer.certificates ios.profiles", "subject:text sha1:text", "certificate authority added by a person"),
    ("adb.enabled", "flag", "device.adb device.settings", "wireless:flag", "debugging is switched on"),
    ("adb.trusted_key", "text", "device.adb", "host:text", "fingerprint of a computer trusted for debugging"),
    ("developer_options", "flag", "device.settings ios.settings", "", "developer options are switched on"),
    ("device.managed", "flag", "device.admin computer.management ios.management", "", "the device has a device owner"),
    ("named.host", "text", "device.names", "source:text", "a host of the indicators that a text of the evidence names"),
    ("named.digest", "text", "device.files device.names ios.files", "path:text kind:text", "a file digest of the indicators, of a file on the device"),
    ("named.package", "text", "device.names", "source:text", "an app of the indicators that a text names, though no list of apps does"),
    ("contacted.host", "text", "device.logs network.names network.tls", "package:text source:text", "a host that a network log or the traffic itself says was contacted"),
    ("unreadable.section", "text", "device.properties ios.device", "why:text", "a section of the evidence that Luciole does not know"),
)  # fmt: skip

PROGRAM_FILE: dict[str, FactType] = _facts(
    "app",
    ("program.file", "text", "file archive", "format:text architecture:text kind:text size:number sha256:text",
     "one program of what was handed in, by its path; format: pe, macho; kind: main, extension, framework, library, driver, helper"),
    ("program.api", "text", "code", "group:text behaviours:texts how:text library:text part:text",
     "referenced (not: called) function or class of the system, as library.name; group: what it is for; how: import (listed), name (its name stands in the texts)"),
    ("program.library", "text", "code", "part:text", "a library or framework of the system or of others that the program links"),
    ("program.trait", "text", "manifest code signing", "detail:text part:text",
     "how the program shows itself or runs: console, no-dock-icon, background-only, driver, asks-for-administrator, ui-access, dotnet, encrypted"),
    ("program.property", "text", "manifest", "key:text", "a text of the program's own description, such as company, description, copyright, named by key"),
    ("program.entitlement", "text", "signing ios.apps", "setting:text values:texts part:text", "a right that the signature gives the program, by its key"),
    ("program.usage", "text", "manifest", "text:text part:text", "a reason that the program shows when it asks for private data, by its key"),
    ("program.background", "text", "manifest ios.apps", "part:text", "something that the program may do while nobody looks at it, such as location or audio"),
    ("program.url_scheme", "text", "manifest", "", "a kind of address that opens the program"),
    ("program.extension", "text", "manifest", "part:text", "the place of the system that an extension of the program serves, such as com.apple.keyboard-service"),
    ("program.bundle", "text", "manifest signing", "kind:text",
     "id of a bundle or program inside the app; kind: extension, helper, framework, library, or program (as its signature bears it)"),
    ("program.made_with", "text", "code", "detail:text", "what the program was made with: autoit, pyinstaller, electron, nwjs, dotnet, nsis, inno, sevenzip, installshield; or the kind of an installer: msi, cab, pkg, dmg"),
    ("program.team", "text", "signing", "name:text", "Apple's number of the team that signed"),
    ("program.profile", "text", "signing", "kind:text devices:number team:text team_name:text created:text expires:text",
     "name of the provisioning profile inside; kind: development, ad-hoc, enterprise, store; devices: how many it is made for"),
    ("program.installs", "text", "manifest", "kind:text detail:text", "what an installer puts in place; kind: file, service, autostart, shortcut, action, hidden"),
)  # fmt: skip
"""Facts of app files of other systems: IPA, PE, Mach-O, installers."""

_IOS_APP = _facts(
    "app",
    ("app.origin", "text", "ios.apps", "proof:text",
     "where the app came from: app-store, testflight, marketplace, management, enterprise, developer, sideload-tool or no-store-record; proof: what says so"),
    ("app.extension", "text", "ios.apps", "kind:text", "id of an extension or shared folder of the app; kind: plug-in or group"),
    ("app.managed", "flag", "ios.management", "", "the app was put there by a management server, or is managed by one"),
    ("location.access", "text", "ios.location", "last_used:text", "how far the app may know the place: always, when-in-use, never or asked; last_used: ISO 8601 or empty"),
    ("keyboard.full_access", "flag", "ios.grants", "", "a keyboard of the app may send what is typed"),
    ("app.traffic", "number", "ios.usage", "received:number sent:number", "bytes that the app moved, as the device counted; when: the last time it counted"),
    ("app.crash", "text", "ios.logs", "kind:text", "log of a crash, or of much use of power or memory, by its file name"),
)  # fmt: skip

_IOS_DEVICE = _facts(
    "device",
    ("device.supervised", "flag", "ios.management", "organization:text", "the device is supervised, so its manager may set more rules and hide more"),
    ("profile.payload", "text", "ios.profiles",
     "kind:text profile:text host:text provider:text always_on:flag access_rights:number detail:text",
     "type of a part of a configuration profile; kind: mdm, root-certificate, certificate, vpn, proxy, content-filter, dns, "
     "notifications, restrictions, wifi, mail, web-clip, home-screen, single-app, other; host: server that it names; provider: app that serves it"),
    ("profile.event", "text", "ios.profiles", "operation:text process:text", "identifier of a profile that was installed, changed or removed; operation: as written"),
    ("vpn.configuration", "text", "ios.network", "kind:text server:text reach:text enabled:flag on_demand:flag always_on:flag name:text",
     "app or built-in type that carries a VPN; kind: vpn, app-vpn, always-on, dns-proxy, content-filter, dns-settings, relay; reach: home "
     "or internet for a server that is a bare address, empty for a name"),
    ("trusted_computer", "text", "ios.computers", "", "digest of the id of a computer that the device trusts, shortened; when: the latest time it was noted"),
    ("account", "text", "ios.accounts", "kind:text owner:text active:flag",
     "kind of an account on the device, by its type id; kind: apple, google, microsoft, messenger, mail, social, other; owner: masked"),
    ("shortcut", "text", "ios.shortcuts", "kind:text actions:texts sends:flag reads:texts asks:flag enabled:flag",
     "number of a shortcut in its list; kind: shortcut or automation; actions: as written; sends: it sends something to others; reads: "
     "place, photo, sound, messages, contacts, health, screen or clipboard; asks: it asks before it runs"),
    ("photos.made_with", "text", "ios.photos", "count:number", "app that saved photos on the device, when asked for"),
    ("device.restart", "text", "ios.logs", "clients:number", "ISO 8601 time of a shutdown; clients: how many programs were still running then"),
)  # fmt: skip

IOS: dict[str, FactType] = {**_IOS_APP, **_IOS_DEVICE}
"""Facts of evidence from iPhones and iPads that no other evidence has."""

_TRAFFIC = (
    "addresses:texts ports:texts sent:number received:number connections:number first:text last:text service:text"
)

NETWORK: dict[str, FactType] = _facts(
    "device",
    ("network.packets", "number", "network.packets", "sent:number received:number seconds:number servers:number last:text router:flag",
     "how many packets of the device the capture holds; router: it passes on for others"),
    ("network.lookup", "text", "network.names", "kind:text server:text count:number addresses:texts aliases:texts failed:flag",
     "a name that was looked up; kind: question, alias (a name that the answer led to) or local (asked of everybody nearby)"),
    ("network.lease", "text", "network.packets", "kind:text",
     "name or server that stood in a request for an address in the local network; kind: own-name and given-name (of the device), and what "
     "the network told the device to use: router, name-server, domain, search-domain, proxy-script, time-server, sign-in-page, "
     "boot-server, lease-server"),
    ("network.many_names", "text", "network.names", "names:number lookups:number longest:number",
     "a registered name below which many names were looked up; longest: characters of the longest part of a name"),
    ("network.server", "text", "network.packets", f"{_TRAFFIC} names:texts resolved:text",
     "address on the internet; resolved: looked-up, named (by the connection itself), never, or not-visible (name look-ups may be hidden); service: push, time, check, names, tunnel or empty"),
    ("network.destination", "text", "network.packets", f"{_TRAFFIC} share_sent:number unusual:texts",
     "server by its name, else its address; share_sent: percent of all bytes that the device sent; unusual: as for network.regular"),
    ("network.volume", "text", "network.packets", "sent:number received:number",
     "server by its name, else its address, with the bytes of one hour; when: the hour"),
    ("network.regular", "text", "network.packets", f"{_TRAFFIC} share_sent:number resolved:text unusual:texts seconds:number contacts:number spread:number near:number span:number",
     "server that was contacted at a regular beat; seconds: the beat; spread, near: percent, how much the times differ and how many fit; span: seconds from first to last; unusual: never-resolved, odd-port, self-signed, plain-upload"),
    ("network.screen_off", "text", "network.packets", "sent:number share:number",
     "server to which the device sent while the screen was off; share: percent of all that was sent to it"),
    ("network.tls", "text", "network.tls",
     "address:text port:number ja4:text alpn:texts version:text named:flag encrypted_hello:flag quic:flag odd_port:flag local:flag resolved:text",
     "start of an encrypted connection, by the name of the server, else its address; ja4: fingerprint of the program that opened it; version: as the server chose"),
    ("network.certificate", "text", "network.certificates",
     "sha1:text md5:text subject:text issuer:text names:texts own:flag self_signed:flag not_before:text not_after:text address:text port:number odd_port:flag local:flag readable:flag resolved:text",
     "SHA-256 of a certificate that a server showed; own: the server's own, not that of who vouches for it"),
    ("network.http", "text", "network.http", "address:text port:number methods:texts count:number sent:number upload:flag local:flag literal:flag",
     "server of unencrypted web requests; upload: content was sent; literal: it was called by its address"),
    ("network.resolver", "text", "network.packets", "kind:text operator:text known:flag personal:flag encrypted:flag",
     "name service that was asked; kind: DNS, DNS over TLS, DNS over HTTPS or DNS over QUIC; personal: an account shows somebody which names were asked for"),
    ("network.tunnel", "text", "network.packets", "kind:text port:text sent:number received:number", "server of a tunnel that hides other traffic"),
    ("network.inbound", "text", "network.packets", "from:texts count:number sent:number received:number local:flag",
     "port of the device to which somebody else opened a connection that was answered"),
    ("network.alert", "text", "network.alerts", "tool:text level:text host:text text:text named:texts",
     "id or title of an alert, in the words of another tool; named: hosts and digests in its title and description"),
)  # fmt: skip
"""Facts of the traffic of one local device."""

_STARTS = "kind:text command:text scope:text hidden:flag enabled:flag from:text trigger:text"

_COMPUTER_APP = _facts(
    "app",
    ("autostart.entry", "text", "computer.autostart", _STARTS,
     "place that starts the program when a person signs in; kind: run-key, startup-folder, launch-agent, login-item, background-item, "
     "desktop-entry, shell; scope: system or user; from: system, programs, user, temporary (where the program lies), or unknown"),
    ("autostart.service", "text", "computer.services", _STARTS,
     "service that runs the program; kind: service, driver, launch-daemon, unit, kernel-extension, system-extension, kernel-module"),
    ("autostart.task", "text", "computer.tasks", _STARTS, "scheduled task that runs the program; kind: task, cron, timer"),
    ("autostart.hook", "text", "computer.hooks", _STARTS,
     "place through which the program is hooked in; kind: winlogon, image-options, appinit, wmi, preload, key-filter, pointer-filter, active-setup, lsa, "
     "udev (a device comes), sign-in (a step of signing in)"),
    ("program.path", "text", "computer.programs", "from:text sha256:text", "path of the program; from: as for autostart.entry; sha256: of its file"),
    ("program.signer", "text", "computer.signers", "state:text team:text",
     "name of who signed the program, may be empty; state: valid, invalid, unsigned, ad-hoc; team: team id of Apple"),
    ("program.publisher", "text", "computer.programs", "", "publisher as the list of programs names it, not verified"),
    ("program.unsigned", "flag", "computer.signers", "", "nobody's signature holds for the program: none, one that is broken, or one without a name"),
    ("program.excluded", "text", "computer.protection", "", "exclusion of the protection that covers the program"),
    ("program.unlisted", "flag", "computer.programs", "", "the program starts by itself, and no list of installed programs names it"),
    ("program.hidden", "text", "computer.programs", "path:text",
     "how the program stays out of sight: hidden-folder, hidden-file, hidden-task, list-entry-hidden, no-window or system-name"),
    ("program.remote_tool", "text", "computer.programs", "kind:text", "well-known tool for remote help or management that the program is; kind: help, management"),
    ("program.remote_unattended", "text", "computer.programs computer.services", "", "service or setting through which a remote tool answers without a person at the computer"),
    ("extension.place", "text", "computer.extensions", "browser:text from:text enabled:flag",
     "folder of a browser extension; from: store, policy, unpacked, program or unknown"),
    ("extension.forced", "text", "computer.extensions", "browser:text", "rule that installs the extension by force"),
)  # fmt: skip

_COMPUTER_DEVICE = _facts(
    "device",
    ("dns.server", "text", "computer.network ios.network", "interface:text reach:text",
     "name server that was set by hand or by a program; reach: home for one of the network around, internet for another, where told"),
    ("hosts.entry", "text", "computer.network", "address:text blocks:flag", "host name in the hosts file; blocks: the address leads nowhere"),
    ("proxy.script", "text", "computer.network", "", "address of a script that chooses a proxy"),
    ("protection.exclusion", "text", "computer.protection", "kind:text",
     "what the protection does not look at; kind: path, process, extension, address"),
    ("protection.finding", "text", "computer.protection", "path:text state:text", "name that the protection gave to something it found"),
    ("hook", "text", "computer.hooks", "kind:text command:text", "place where something is hooked in, where no program file is named; kind: as for autostart.hook"),
    ("input.reader", "text", "computer.grants", "kind:text", "account or driver that may read all keys; kind: group, key-filter"),
    ("remote.service", "text", "computer.remote", "kind:text enabled:flag", "service for access from elsewhere; kind: rdp, ssh, vnc, screen-sharing, remote-management, winrm, file-sharing"),
    ("remote.account", "text", "computer.remote", "kind:text enabled:flag", "account that may sign in from elsewhere; kind: remote-desktop, ssh-key, administrator, screen-sharing"),
    ("account.local", "text", "computer.remote", "kind:text hidden:flag", "account of a person on the computer; kind: administrator, standard"),
    ("management.enrolment", "text", "computer.management ios.management", "kind:text server:text", "management that the computer is enrolled in; kind: mdm, entra, domain, intune, profiles"),
    ("management.profile", "text", "computer.management ios.profiles", "organization:text payloads:texts removal_disallowed:flag", "configuration profile, by its identifier"),
)  # fmt: skip

COMPUTER: dict[str, FactType] = {**_COMPUTER_APP, **_COMPUTER_DEVICE}
"""Facts of computers that phones do not have."""

FACTS: dict[str, FactType] = {**APP_FILE, **PROGRAM_FILE, **APP_ON_DEVICE, **DEVICE, **IOS, **NETWORK, **COMPUTER}
"""Every fact there is, by name."""
