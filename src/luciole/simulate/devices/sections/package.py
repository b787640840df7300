"""The dumpsys section `package`: packages with their permissions, as Android 9, 10 to 13 and 14 print them."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.simulate.devices.description import App, User
from luciole.simulate.devices.phone import Phone, permission
from luciole.simulate.devices.sections.resolvers import resolver_tables
from luciole.simulate.devices.sections.sessions import install_sessions

Lines = Iterator[str]

_RUNTIME = frozenset(
    permission(name)
    for name in (
        "READ_SMS", "SEND_SMS", "RECEIVE_SMS", "RECEIVE_MMS", "READ_CALL_LOG", "WRITE_CALL_LOG", "READ_CONTACTS",
        "WRITE_CONTACTS", "GET_ACCOUNTS", "CAMERA", "RECORD_AUDIO", "ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION",
        "ACCESS_BACKGROUND_LOCATION", "READ_PHONE_STATE", "READ_PHONE_NUMBERS", "CALL_PHONE", "READ_CALENDAR",
        "WRITE_CALENDAR", "READ_EXTERNAL_STORAGE", "WRITE_EXTERNAL_STORAGE", "READ_MEDIA_IMAGES", "READ_MEDIA_VIDEO",
        "READ_MEDIA_AUDIO", "BODY_SENSORS", "ACTIVITY_RECOGNITION", "POST_NOTIFICATIONS", "PROCESS_OUTGOING_CALLS",
        "BLUETOOTH_CONNECT", "BLUETOOTH_SCAN", "ANSWER_PHONE_CALLS",
    )
)  # fmt: skip
_RESTRICTED = frozenset(
    permission(name)
    for name in ("READ_SMS", "SEND_SMS", "RECEIVE_SMS", "RECEIVE_MMS", "READ_CALL_LOG", "ACCESS_BACKGROUND_LOCATION")
)
_ENABLED = {"disabled": 3}
_SCREENS = "supportsScreens=[small, medium, large, xlarge, resizeable, anyDensity]"


def package(phone: Phone) -> Lines:
    """The whole section."""
    yield from _opening(phone)
    yield from resolver_tables(phone)
    yield from _permissions(phone)
    yield "Packages:"
    for app in phone.at("dumpsys package packages"):
        yield from _package(phone, app)
    yield from _hidden(phone)
    yield from _shared_users(phone)
    yield ""
    yield "Package Changes:"
    yield "  Sequence number=42"
    yield "  User 0:"
    for app in phone.at("dumpsys package packages"):
        if not app.system:
            yield f"    seq={phone.number(app.package + 'seq', 40)}, package={app.package}"
            break
    yield ""
    yield from install_sessions(phone)


def _opening(phone: Phone) -> Lines:
    yield "Database versions:"
    yield "  Internal:"
    yield f"    sdkVersion={phone.sdk} databaseVersion=3"
    yield f"    fingerprint={phone.description.manufacturer.lower()}/{phone.description.model.replace(' ', '_')}"
    yield "  External:"
    yield "    sdkVersion=28 databaseVersion=3"
    yield ""
    yield "Verifiers:"
    yield "  Required: com.android.vending (uid=10019)"
    yield ""
    yield "Libraries:"
    yield "  android.test.base -> (jar) /system/framework/android.test.base.jar"
    yield "  com.google.android.webview -> (so) libwebviewchromium.so"
    yield ""
    yield "Features:"
    yield "  android.hardware.camera"
    yield "  android.hardware.telephony"
    yield ""


def _permissions(phone: Phone) -> Lines:
    yield "Permissions:"
    for app in phone.at("dumpsys package permissions"):
        if app.system:
            continue
        name = f"{app.package}.DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION"
        yield f"  Permission [{name}] ({phone.identity(name)}):"
        yield f"    sourcePackage={app.package}"
        yield f"    uid={phone.app_id(app)} gids=[] type=0 prot=signature"
        yield f"    perm=PermissionInfo{{{phone.identity(name + 'i')} {name}}}"
        yield "    flags=0x0"
    yield ""
    yield "Registered ContentProviders:"
    for app in phone.at("dumpsys package providers"):
        if not app.system:
            yield f"  {app.package}/androidx.startup.InitializationProvider:"
            identity = phone.identity(app.package + "pr")
            yield f"    Provider{{{identity} {app.package}/androidx.startup.InitializationProvider}}"
    yield ""
    yield "Key Set Manager:"
    yield ""


def _package(phone: Phone, app: App) -> Lines:
    yield f"  Package [{app.package}] ({phone.identity(app.package + 'ps')}):"
    yield f"    {'appId' if phone.since(14) else 'userId'}={phone.app_id(app)}"
    if app.shared_user:
        shared = f"{phone.identity(app.shared_user)} {app.shared_user}/{phone.app_id(app)}"
        yield f"    sharedUser=SharedUserSetting{{{shared}}}"
    removed = app.state in {"removed-data-kept", "archived"}
    yield f"    pkg={'null' if removed else f'Package{{{phone.identity(app.package)} {app.package}}}'}"
    yield from _where(phone, app)
    if not removed:
        yield from _declared(phone, app)
    yield from _times(phone, app)
    yield from _install_source(phone, app)
    version = 3 if phone.since(11) else 2
    identity = phone.identity(app.package + "sig")
    signed = f"{identity} version:{version}, signatures:[{phone.signature_hash(app)}], past signatures:[]"
    yield f"    signatures=PackageSignatures{{{signed}}}"
    yield "    installPermissionsFixed=true"
    yield f"    pkgFlags=[ {_flags(app)} ]"
    if phone.since(14):
        yield "    privatePkgFlags=[ ALLOW_AUDIO_PLAYBACK_CAPTURE PRIVATE_FLAG_ALLOW_NATIVE_HEAP_POINTER_TAGGING ]"
        yield "    apexModuleName=null"
    yield from _requested(phone, app)
    for user in phone.users:
        yield from _user(phone, app, user)


def _where(phone: Phone, app: App) -> Lines:
    path = phone.code_path(app)
    yield f"    codePath={path}"
    yield f"    resourcePath={path}"
    yield f"    legacyNativeLibraryDir={path}/lib"
    if phone.since(14):
        yield "    extractNativeLibs=false"
    yield "    primaryCpuAbi=arm64-v8a"
    yield "    secondaryCpuAbi=null"
    if phone.since(11):
        yield "    cpuAbiOverride=null"
    yield f"    versionCode={app.version_code} minSdk={app.min_sdk} targetSdk={app.target_sdk}"


def _declared(phone: Phone, app: App) -> Lines:
    if phone.since(13):
        yield "    minExtensionVersions=[]"
    yield f"    versionName={app.version_name}"
    if phone.since(11):
        yield "    usesNonSdkApi=false"
    yield "    splits=[base]"
    yield "    apkSigningVersion=2"
    if not phone.since(14):
        yield f"    applicationInfo=ApplicationInfo{{{phone.identity(app.package + 'ai')} {app.package}}}"
    yield f"    flags=[ {_flags(app)} ]"
    privileged = "PRIVILEGED " if app.privileged else ""
    yield f"    privateFlags=[ PRIVATE_FLAG_ACTIVITIES_RESIZE_MODE_RESIZEABLE_VIA_SDK_VERSION {privileged}]"
    if phone.since(11):
        yield "    forceQueryable=false"
        yield "    queriesPackages=[]"
    yield f"    dataDir=/data/user/0/{app.package}"
    yield f"    {_SCREENS}"


def _flags(app: App) -> str:
    system = "SYSTEM " if app.system else ""
    updated = "UPDATED_SYSTEM_APP " if app.updated_system else ""
    return f"{system}HAS_CODE ALLOW_CLEAR_USER_DATA {updated}ALLOW_BACKUP"


def _times(phone: Phone, app: App) -> Lines:
    yield f"    timeStamp={phone.stamp(app.last_updated)}"
    if not phone.since(14):
        yield f"    firstInstallTime={phone.stamp(app.first_installed)}"
    yield f"    lastUpdateTime={phone.stamp(app.last_updated)}"


def _install_source(phone: Phone, app: App) -> Lines:
    if not phone.since(14):
        if app.installer is not None:
            yield f"    installerPackageName={app.installer}"
        return
    if app.system and app.installer is None:
        return
    yield f"    installerPackageName={app.installer or 'null'}"
    yield f"    installerPackageUid={10_134 if app.installer else -1}"
    yield f"    initiatingPackageName={app.initiator or 'null'}"
    yield f"    originatingPackageName={app.originator or 'null'}"
    yield f"    packageSource={0 if app.installer == 'com.android.vending' else 3}"
    yield "    appMetadataFilePath=null"


def _requested(phone: Phone, app: App) -> Lines:
    if not app.permissions or app.state in {"removed-data-kept", "archived"}:
        return
    yield "    requested permissions:"
    for name in map(permission, app.permissions):
        restricted = ": restricted=true" if phone.since(10) and name in _RESTRICTED else ""
        yield f"      {name}{restricted}"
    install = [name for name in map(permission, app.permissions) if name not in _RUNTIME]
    if install:
        granted = set(map(permission, app.granted))
        yield "    install permissions:"
        for name in install:
            yield f"      {name}: granted={str(name in granted).lower()}"


def _user(phone: Phone, app: App, user: User) -> Lines:
    installed = user.id in app.users and app.state not in {"removed-data-kept", "archived"}
    yield f"    User {user.id}: {_user_state(phone, app, user, installed=installed)}"
    if phone.since(11):
        yield f"      installReason={0 if app.system else 4}"
    if phone.since(14) and user.id in app.users:
        yield f"      firstInstallTime={phone.stamp(app.first_installed)}"
        yield "      uninstallReason=0"
    if app.state == "archived" and user.id in app.users:
        yield f"      archiveTime={phone.stamp(app.last_updated)}"
        yield f"      unarchiveInstallerTitle={app.installer}"
    if not installed:
        return
    if app.state == "disabled":
        yield "      lastDisabledCaller: com.android.settings"
    if app.state == "suspended":
        yield "      suspendingPackage=com.google.android.apps.wellbeing dialogInfo=null"
    yield "      gids=[3003]"
    yield from _runtime(app)


def _user_state(phone: Phone, app: App, user: User, *, installed: bool) -> str:
    words = [f"ceDataInode={phone.number(f'{app.package}{user.id}', 1 << 20) if installed else 0}"]
    if phone.since(14):
        words.append(f"deDataInode={phone.number(f'{app.package}d{user.id}', 1 << 20) if installed else 0}")
    words.append(f"installed={_flag(installed)}")
    words.append(f"hidden={_flag(app.state == 'hidden')}")
    words.append(f"suspended={_flag(app.state == 'suspended')}")
    if phone.since(10):
        words.append("distractionFlags=0")
    launched = installed or app.system
    words.append(f"stopped={_flag(not launched)} notLaunched={_flag(not launched)}")
    words.append(f"enabled={_ENABLED.get(app.state, 0)} instant=false virtual=false")
    if phone.since(14):
        words.append("quarantined=false")
    return " ".join(words)


def _flag(value: bool) -> str:  # noqa: FBT001 - one of two forms
    return "true" if value else "false"


def _runtime(app: App) -> Lines:
    names = [name for name in map(permission, app.permissions) if name in _RUNTIME]
    if not names:
        return
    granted = set(map(permission, app.granted))
    yield "      runtime permissions:"
    for name in names:
        given = name in granted
        flags = "USER_SET|USER_SENSITIVE_WHEN_GRANTED" if given else "USER_SENSITIVE_WHEN_GRANTED"
        yield f"        {name}: granted={_flag(given)}, flags=[ {flags}|USER_SENSITIVE_WHEN_DENIED]"


def _hidden(phone: Phone) -> Lines:
    """The versions in the system image of system apps that were updated since."""
    yield ""
    yield "Hidden system packages:"
    for app in phone.at("dumpsys package hidden"):
        if app.updated_system:
            yield f"  Package [{app.package}] ({phone.identity(app.package + 'hidden')}):"
            yield f"    {'appId' if phone.since(14) else 'userId'}={phone.app_id(app)}"
            yield f"    codePath=/system/app/{app.package.rpartition('.')[2].capitalize()}"
            yield f"    versionCode=1 minSdk={app.min_sdk} targetSdk={app.target_sdk}"
            yield "    versionName=1.0"
            yield f"    pkgFlags=[ {_flags(app)} ]"


def _shared_users(phone: Phone) -> Lines:
    shared: dict[str, list[App]] = {}
    for app in phone.at("dumpsys package shared"):
        if app.shared_user:
            shared.setdefault(app.shared_user, []).append(app)
    yield ""
    yield "Shared users:"
    for name, apps in shared.items():
        yield f"  SharedUser [{name}] ({phone.identity(name)}):"
        yield f"    {'appId' if phone.since(14) else 'userId'}={phone.app_id(apps[0])}"
        yield "    Packages"
        for app in apps:
            yield f"      PackageSetting{{{phone.identity(app.package + 'ps')} {app.package}/{phone.app_id(app)}}}"
        yield "    install permissions:"
        yield "      android.permission.INTERNET: granted=true"
