"""The files of a simulated iPhone, by domain and path, as its own services write them."""

from __future__ import annotations

import datetime as dt
import hashlib
import plistlib
from collections.abc import Iterator
from typing import Any, cast

from luciole.simulate.devices.ios.databases import Cell, database
from luciole.simulate.devices.ios.description import App, IosDescription, Place, Profile

File = tuple[str, str, bytes]
"""Domain, path, content."""
MAC_EPOCH = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
PROFILES = "SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles"
_PROFILE_FOLDER = "Library/ConfigurationProfiles"
_OTHERS = ("com.apple.", "net.whatsapp.")
"""Actions of apps, which keep their whole name."""
_LOCATION = {"never": 1, "when-in-use": 2, "always": 4}


def moment(when: str) -> dt.datetime:
    """An ISO 8601 time, UTC, without a zone as property lists have it."""
    return dt.datetime.fromisoformat(when).astimezone(dt.UTC).replace(tzinfo=None)


def unix(when: str) -> int:
    """Unix seconds of an ISO 8601 time."""
    return int(dt.datetime.fromisoformat(when).timestamp())


def mac(when: str) -> float:
    """Seconds since 2001 of an ISO 8601 time."""
    return (dt.datetime.fromisoformat(when) - MAC_EPOCH).total_seconds()


def planted(description: IosDescription, place: Place) -> list[str]:
    """The names planted in one place."""
    return [each.value for each in description.planted if each.place == place]


def binary(value: object) -> bytes:
    """A binary property list."""
    return plistlib.dumps(cast("dict[str, object]", value), fmt=plistlib.FMT_BINARY)


def archived(value: object) -> bytes:
    """A keyed archive of maps, lists, texts, numbers and data."""
    objects: list[Any] = ["$null"]

    def add(part: object) -> plistlib.UID:
        at = len(objects)
        objects.append(None)
        if isinstance(part, dict):
            keys, values = [add(key) for key in part], [add(each) for each in part.values()]
            objects[at] = {"NS.keys": keys, "NS.objects": values, "$class": add_class("NSDictionary")}
        elif isinstance(part, list):
            objects[at] = {"NS.objects": [add(each) for each in part], "$class": add_class("NSArray")}
        else:
            objects[at] = part
        return plistlib.UID(at)

    def add_class(name: str) -> plistlib.UID:
        objects.append({"$classname": name, "$classes": [name, "NSObject"]})
        return plistlib.UID(len(objects) - 1)

    top = {"root": add(value)}
    return binary({"$archiver": "NSKeyedArchiver", "$version": 100_000, "$top": top, "$objects": objects})


# ---------------------------------------------------------------------- beside the list of files


def info(description: IosDescription) -> bytes:
    """Info.plist."""
    present = [app for app in description.apps if not app.removed]
    names = [app.bundle for app in present] + planted(description, "installed")
    applications: dict[str, object] = {app.bundle: _application(app) for app in present}
    applications |= {name: {"PlaceholderIcon": b""} for name in planted(description, "applications")}
    value: dict[str, object] = {
        "Build Version": description.build,
        "Device Name": "Inert phone",
        "Last Backup Date": moment(description.taken),
        "Product Type": description.model,
        "Product Version": description.version,
        "Serial Number": description.serial,
        "Unique Identifier": description.udid,
        "iTunes Version": "12.13",
        "Installed Applications": names,
    }
    if description.applications:
        value["Applications"] = applications
    return plistlib.dumps(value)


def _application(app: App) -> dict[str, object]:
    record = store_record(app)
    return {"PlaceholderIcon": b"", **({"iTunesMetadata": plistlib.dumps(record)} if record else {})}


def store_record(app: App) -> dict[str, object]:
    """What the store writes about an app; nothing for an app that came another way."""
    source = {"app-store": "com.apple.AppStore", "testflight": "com.apple.TestFlight", "management": "com.apple.dmd"}
    if app.origin not in source and app.origin != "marketplace":
        return {}
    number = int(hashlib.sha256(app.bundle.encode()).hexdigest()[:7], 16)
    value: dict[str, object] = {
        "softwareVersionBundleId": app.bundle,
        "itemId": number,
        "itemName": app.name or app.bundle.rpartition(".")[2],
        "bundleShortVersionString": app.version,
        "purchaseDate": dt.datetime(2024, 5, 1, 10, 0, 0),  # noqa: DTZ001 - property lists have no zone
    }
    if app.origin == "marketplace":
        value["distributorInfo"] = {"distributorID": "org.example.marketplace"}
    else:
        value["sourceApp"] = source[app.origin]
    return value


def manifest_list(description: IosDescription, key_bag: bytes = b"", manifest_key: bytes = b"") -> bytes:
    """Manifest.plist; with a key bag for encrypted backups."""
    present = [app for app in description.apps if not app.removed]
    apps = {app.bundle: {"CFBundleVersion": app.version, "CFBundleIdentifier": app.bundle} for app in present}
    apps |= {name: {"CFBundleVersion": "1"} for name in planted(description, "manifest-applications")}
    value: dict[str, object] = {
        "Version": "10.0",
        "Date": moment(description.taken),
        "IsEncrypted": bool(key_bag),
        "WasPasscodeSet": True,
        "Lockdown": {
            "ProductType": description.model,
            "ProductVersion": description.version,
            "BuildVersion": description.build,
            "SerialNumber": description.serial,
            "UniqueDeviceID": description.udid,
        },
        "Applications": apps,
    }
    if key_bag:
        value |= {"BackupKeyBag": key_bag, "ManifestKey": manifest_key}
    return binary(value)


def status(description: IosDescription) -> bytes:
    """Status.plist."""
    return binary(
        {"IsFullBackup": True, "SnapshotState": "finished", "Date": moment(description.taken), "Version": "3.3"}
    )


# ---------------------------------------------------------------------- in the list of files


def files(description: IosDescription) -> Iterator[File]:
    """Every file whose content matters, in a stable order, without those that are absent."""
    for domain, path, content in _files(description):
        if path.rpartition("/")[2] not in description.absent:
            yield domain, path, content


def _files(description: IosDescription) -> Iterator[File]:
    yield "HomeDomain", "Library/TCC/TCC.db", tcc(description)
    yield "RootDomain", "Library/Caches/locationd/clients.plist", clients(description)
    yield "HomeDomain", "Library/FrontBoard/applicationState.db", application_state(description)
    yield "WirelessDomain", "Library/Databases/DataUsage.sqlite", data_usage(description)
    yield "HomeDomain", "Library/Preferences/com.apple.osanalytics.addaily.plist", _daily(description)
    yield "HomeDomain", "Library/Accounts/Accounts3.sqlite", _accounts(description)
    yield "HomeDomain", "Library/Preferences/.GlobalPreferences.plist", _global(description)
    yield "HomeDomain", "Library/Preferences/com.apple.findmy.plist", binary({"ShareMyLocation": True})
    yield "HomeDomain", "Library/Preferences/com.apple.ScreenTimeAgent.plist", _screen_time(description)
    yield "HomeDomain", "Library/BulletinBoard/VersionedSectionInfo.plist", _notifications(description)
    yield "HomeDomain", "Library/Shortcuts/Shortcuts.sqlite", shortcuts(description)
    yield "SystemPreferencesDomain", "SystemConfiguration/com.apple.networkextension.plist", network(description)
    yield "SystemPreferencesDomain", "SystemConfiguration/preferences.plist", _services(description)
    yield (
        "RootDomain",
        "Library/Lockdown/data_ark.plist",
        binary({"com.apple.mobile.wireless_lockdown-EnableWifiConnections": description.computer_over_wifi}),
    )
    for number, host in enumerate(description.computers):
        yield "RootDomain", f"Library/Lockdown/pair_records/{number}.plist", binary({"HostID": host})
    state = {"Installed": {name: {"state": 1} for name in planted(description, "install-state")}}
    yield "InstallDomain", "Library/MobileInstallation/BackedUpState/InstallState.plist", binary(state)
    for path, content in profile_files(description):
        yield PROFILES, f"{_PROFILE_FOLDER}/{path}", content
    for number, (app, content) in enumerate(_provisioning(description)):
        yield "HomeDomain", f"Library/MobileDevice/ProvisioningProfiles/{number}-{app}.mobileprovision", content
    yield from _folders(description)
    yield from _private(description)


def _folders(description: IosDescription) -> Iterator[File]:
    for app in description.apps:
        if app.removed:
            continue
        yield f"AppDomain-{app.bundle}", f"Library/Preferences/{app.bundle}.plist", binary({})
        for path in app.files:
            yield f"AppDomain-{app.bundle}", path, b""
        for extension in app.extensions:
            yield f"AppDomainPlugin-{extension}", "Library/Preferences/settings.plist", binary({})
        for group in app.groups:
            yield f"AppDomainGroup-{group}", "Library/Preferences/settings.plist", binary({})
    for start, place in (("AppDomain-", "domain"), ("AppDomainPlugin-", "plug-in"), ("AppDomainGroup-group.", "group")):
        for name in planted(description, place):  # type: ignore[arg-type] # the three are places
            yield f"{start}{name}{'.part' if place == 'plug-in' else ''}", "Library/settings.plist", binary({})
    for path in description.jailbreak_paths:
        yield "RootDomain", path, b""


def _private(description: IosDescription) -> Iterator[File]:
    """Stores of private data: the reader leaves them alone unless it is asked."""
    messages = [("message", (f"see https://{host}/a", b"")) for host in planted(description, "message")]
    script = "CREATE TABLE message (text TEXT, attributedBody BLOB);"
    yield "HomeDomain", "Library/SMS/sms.db", database(script, [("message", ("See you at ten.", b"")), *messages])
    pages = [("history_items", (f"https://{host}/b",)) for host in planted(description, "browsing")]
    yield "HomeDomain", "Library/Safari/History.db", database("CREATE TABLE history_items (url TEXT);", pages)
    calls = database("CREATE TABLE ZCALLRECORD (ZSERVICE_PROVIDER TEXT);", [("ZCALLRECORD", ("com.apple.Telephony",))])
    yield "HomeDomain", "Library/CallHistoryDB/CallHistory.storedata", calls
    people = database("CREATE TABLE ABMultiValue (value TEXT);", [("ABMultiValue", ("+15550100",))])
    yield "HomeDomain", "Library/AddressBook/AddressBook.sqlitedb", people
    script = "CREATE TABLE ZADDITIONALASSETATTRIBUTES (ZIMPORTEDBYBUNDLEIDENTIFIER TEXT, ZCREATORBUNDLEID TEXT);"
    made = [("ZADDITIONALASSETATTRIBUTES", ("org.example.camera", None))] * 3
    yield "CameraRollDomain", "Media/PhotoData/Photos.sqlite", database(script, made)


def tcc(description: IosDescription) -> bytes:
    """TCC.db in the form of newer or older systems."""
    column = "auth_value INTEGER" if description.tcc == "auth_value" else "allowed INTEGER"
    script = (
        "CREATE TABLE access (service TEXT NOT NULL, client TEXT NOT NULL, "  # noqa: S608 - it creates, it asks nothing
        f"client_type INTEGER NOT NULL, {column} NOT NULL, "
        "last_modified INTEGER NOT NULL DEFAULT (CAST(strftime('%s','now') AS INTEGER)), "
        "PRIMARY KEY (service, client, client_type));"
        "CREATE VIEW everything AS SELECT * FROM access;"
    )
    old = description.tcc == "allowed"
    rows: list[tuple[str, tuple[Cell, ...]]] = []
    for app in description.apps:
        for grant in app.grants:
            state = int(grant.state > 0) if old else grant.state
            rows.append(("access", (grant.service, app.bundle, 0, state, unix(grant.when))))
        if app.keyboard:
            rows.append(
                ("access", ("kTCCServiceKeyboardNetwork", app.keyboard, 0, 1 if old else 2, unix(description.taken)))
            )
    rows += [("access", ("kTCCServiceCamera", name, 0, 0, 0)) for name in planted(description, "tcc")]
    return database(script, rows)


def clients(description: IosDescription) -> bytes:
    """clients.plist of the location service."""
    value: dict[str, object] = {
        f"i{app.bundle}:": {
            "BundleId": app.bundle,
            "Authorization": _LOCATION[app.location],
            "LocationTimeStopped": mac(description.taken) - 600,
        }
        for app in description.apps
        if app.location
    }
    value |= {name: {"Authorized": False} for name in planted(description, "location")}
    return binary(value)


def application_state(description: IosDescription) -> bytes:
    """applicationState.db: also of apps that are gone."""
    script = (
        "CREATE TABLE application_identifier_tab (id INTEGER PRIMARY KEY, application_identifier TEXT NOT NULL);"
        "CREATE TABLE key_tab (id INTEGER PRIMARY KEY, key TEXT NOT NULL);"
        "CREATE TABLE kvs (id INTEGER PRIMARY KEY, application_identifier INTEGER, key INTEGER, value BLOB);"
    )
    names = ["com.apple.mobilesafari", *(app.bundle for app in description.apps), *planted(description, "state")]
    rows: list[tuple[str, tuple[Cell, ...]]] = [
        ("application_identifier_tab", (number, name)) for number, name in enumerate(names, 1)
    ]
    rows.append(("key_tab", (1, "compatibilityInfo")))
    rows += [
        ("kvs", (number, number, 1, binary(binary({"bundleIdentifier": name})))) for number, name in enumerate(names, 1)
    ]
    return database(script, rows)


def data_usage(description: IosDescription) -> bytes:
    """DataUsage.sqlite."""
    script = (
        "CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZFIRSTTIMESTAMP TIMESTAMP, ZTIMESTAMP TIMESTAMP, "
        "ZBUNDLENAME VARCHAR, ZPROCNAME VARCHAR);"
        "CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZWIFIIN FLOAT, ZWIFIOUT FLOAT, "
        "ZWWANIN FLOAT, ZWWANOUT FLOAT);"
    )
    rows: list[tuple[str, tuple[Cell, ...]]] = []
    moved = [app for app in description.apps if app.sent or app.received]
    for number, app in enumerate(moved, 1):
        seen = mac(description.taken)
        rows.append(("ZPROCESS", (number, seen, seen, app.bundle, f"Part/{app.bundle}")))
        rows.append(("ZLIVEUSAGE", (number, number, float(app.received), float(app.sent), 0.0, 0.0)))
    for number, name in enumerate(planted(description, "usage"), len(moved) + 1):
        rows.append(("ZPROCESS", (number, 0.0, 0.0, None, f"mDNSResponder/{name}")))
    return database(script, rows)


def _daily(description: IosDescription) -> bytes:
    rows = {name: [moment(description.taken), 1, 2, 3, 4] for name in planted(description, "daily")}
    return binary({"netUsageBaseline": rows})


def _accounts(description: IosDescription) -> bytes:
    script = (
        "CREATE TABLE ZACCOUNTTYPE (Z_PK INTEGER PRIMARY KEY, ZIDENTIFIER VARCHAR);"
        "CREATE TABLE ZACCOUNT (Z_PK INTEGER PRIMARY KEY, ZACCOUNTTYPE INTEGER, ZUSERNAME VARCHAR, ZDATE TIMESTAMP, "
        "ZACTIVE INTEGER, ZPARENTACCOUNT INTEGER);"
    )
    rows: list[tuple[str, tuple[Cell, ...]]] = []
    for number, account in enumerate(description.accounts, 1):
        rows.append(("ZACCOUNTTYPE", (number, account.type)))
        rows.append(("ZACCOUNT", (number, number, account.owner, mac(description.taken), 1, None)))
    return database(script, rows)


def _global(description: IosDescription) -> bytes:
    keyboards = ["en_US@sw=QWERTY;hw=Automatic", "emoji@sw=Emoji"]
    keyboards += [app.keyboard for app in description.apps if app.keyboard] + planted(description, "keyboard")
    value: dict[str, object] = {"AppleKeyboards": keyboards, "AppleLanguages": ["en-US"]}
    return binary(value | ({"LDMGlobalEnabled": True} if description.lockdown_mode else {}))


def _screen_time(description: IosDescription) -> bytes:
    family = {"isManagedByFamily": True} if description.managed_by_family else {}
    return binary({"ScreenTimeEnabled": True, **family})


def _notifications(description: IosDescription) -> bytes:
    names = [app.bundle for app in description.apps if not app.removed] + planted(description, "notifications")
    return binary({"sectionInfo": dict.fromkeys(names, b"")})


def shortcuts(description: IosDescription) -> bytes:
    """Shortcuts.sqlite."""
    script = (
        "CREATE TABLE ZSHORTCUT (Z_PK INTEGER PRIMARY KEY, ZNAME VARCHAR, ZCREATIONDATE TIMESTAMP, "
        "ZMODIFICATIONDATE TIMESTAMP);"
        "CREATE TABLE ZSHORTCUTACTIONS (Z_PK INTEGER PRIMARY KEY, ZSHORTCUT INTEGER, ZDATA BLOB);"
        "CREATE TABLE ZTRIGGER (Z_PK INTEGER PRIMARY KEY, ZSHORTCUT INTEGER, ZENABLED INTEGER, ZSHOULDPROMPT INTEGER);"
    )
    rows: list[tuple[str, tuple[Cell, ...]]] = []
    texts = planted(description, "shortcut")
    every = [(each.actions, each.text, each.automation, each.asks) for each in description.shortcuts]
    every += [(("downloadurl",), f"https://{text}/c", False, True) for text in texts]
    for number, (names, text, automation, asks) in enumerate(every, 1):
        actions = [
            {
                "WFWorkflowActionIdentifier": name if name.startswith(_OTHERS) else f"is.workflow.actions.{name}",
                "WFWorkflowActionParameters": {"WFText": text},
            }
            for name in names
        ]
        seen = mac(description.taken)
        rows.append(("ZSHORTCUT", (number, "Evening", seen, seen)))
        rows.append(("ZSHORTCUTACTIONS", (number, number, binary(actions))))
        if automation:
            rows.append(("ZTRIGGER", (number, number, 1, int(asks))))
    return database(script, rows)


def network(description: IosDescription) -> bytes:
    """com.apple.networkextension.plist, a keyed archive."""
    value: dict[str, object] = {"Version": 1}
    vpns = [
        (each.kind, each.app, each.provider, each.server, each.enabled, each.on_demand) for each in description.vpns
    ]
    vpns += [("VPN", name, f"{name}.tunnel", "", True, False) for name in planted(description, "vpn")]
    for number, (kind, app, provider, server, enabled, on_demand) in enumerate(vpns):
        protocol = {"ServerAddress": server, "NEProviderBundleIdentifier": provider}
        section = {"Enabled": enabled, "OnDemandEnabled": on_demand, "Protocol": protocol}
        value[f"configuration {number}"] = {"Name": "Network", "Application": app, kind: section}
    return archived(value)


def _services(description: IosDescription) -> bytes:
    host, _, port = description.proxy.partition(":")
    proxies: dict[str, object] = {"HTTPEnable": 1, "HTTPProxy": host, "HTTPPort": int(port or 0)} if host else {}
    names = {"DNS": {"ServerAddresses": list(description.name_servers)}} if description.name_servers else {}
    hosts = {f"planted {n}": {"Proxies": {"HTTPEnable": 1, "HTTPProxy": name, "HTTPPort": 8080}}
             for n, name in enumerate(planted(description, "wifi"))}  # fmt: skip
    return binary({"NetworkServices": {"service": {"Proxies": proxies, **names}, **hosts}})


# ---------------------------------------------------------------------- profiles


def profile_files(description: IosDescription) -> Iterator[tuple[str, bytes]]:
    """The files of the folder of profiles."""
    names = [profile.identifier for profile in description.profiles]
    yield "PayloadManifest.plist", binary({"OrderedProfiles": names, "HiddenProfiles": []})
    yield "ProfileTruth.plist", binary({"planted": planted(description, "profile")})
    cloud: dict[str, object] = {"IsSupervised": description.supervised, "OrganizationName": description.organization}
    yield "CloudConfigurationDetails.plist", binary(cloud)
    server = next(iter(planted(description, "mdm")), description.mdm_server)
    mdm = {"ServerURL": f"https://{server}/mdm", "CheckInURL": f"https://{server}/in"} if server else {}
    yield "MDM.plist", binary(mdm)
    events = [{name: {"timestamp": moment(description.taken), "operation": "install", "process": "profiled"}}
              for name in [*names, *planted(description, "event")]]  # fmt: skip
    yield "MCProfileEvents.plist", binary({"ProfileEvents": events})
    for number, profile in enumerate(description.profiles):
        yield f"profile-{number:040x}.stub", binary(_profile(profile))


def _profile(profile: Profile) -> dict[str, object]:
    parts = [
        {
            "PayloadType": part.type,
            "PayloadIdentifier": f"{profile.identifier}.{n}",
            "PayloadUUID": f"part-{n}",
            **part.fields,
        }
        for n, part in enumerate(profile.payloads)
    ]
    return {
        "PayloadIdentifier": profile.identifier,
        "PayloadOrganization": profile.organization,
        "PayloadRemovalDisallowed": profile.removal_disallowed,
        "PayloadType": "Configuration",
        "InstallDate": moment(profile.installed),
        "PayloadContent": parts,
    }


def _provisioning(description: IosDescription) -> Iterator[tuple[str, bytes]]:
    signed = [(app.bundle, app.origin) for app in description.apps if app.origin in {"enterprise", "developer"}]
    signed += [(name, "enterprise") for name in planted(description, "provisioning")]
    for bundle, kind in signed:
        value: dict[str, object] = {
            "Name": "Inert", "TeamName": "Example Team", "TeamIdentifier": ["A1B2C3D4E5"],
            "Entitlements": {"application-identifier": f"A1B2C3D4E5.{bundle}"},
        }  # fmt: skip
        value |= {"ProvisionsAllDevices": True} if kind == "enterprise" else {"ProvisionedDevices": [description.udid]}
        yield bundle, b"\x30\x80\x06\x09" + plistlib.dumps(value) + b"\0\0"
