"""The dumpsys sections about special access: accessibility, device_policy, notification, role and input_method."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.simulate.devices.description import Accessibility, App, User
from luciole.simulate.devices.phone import Phone, full, short

Lines = Iterator[str]
Service = tuple[App, Accessibility]

_FEEDBACK = "feedbackType[FEEDBACK_SPOKEN, FEEDBACK_GENERIC]"


def accessibility(phone: Phone) -> Lines:
    """Android 9, later Android, or the shape of Samsung devices, for each running user."""
    yield "ACCESSIBILITY MANAGER (dumpsys accessibility)"
    yield ""
    if phone.since(11):
        yield "currentUserId=0"
    for user in phone.users:
        if not user.running:
            continue
        if phone.samsung and not phone.since(13):
            yield from _samsung_user(phone, user)
        elif not phone.since(10):
            yield from _old_user(phone, user)
        else:
            yield from _user(phone, user)
    yield ""


def _services(phone: Phone, user: User, *states: str) -> list[Service]:
    place = "dumpsys accessibility installed" if "installed" in states else "dumpsys accessibility enabled"
    return [
        (app, service)
        for app in phone.user_apps(phone.at(place), user.id)
        for service in app.accessibility
        if service.state in states
    ]


def _installed(phone: Phone, user: User) -> list[Service]:
    return _services(phone, user, "installed", "enabled", "bound", "crashed")


def _bound_text(app: App, service: Accessibility) -> str:
    label = service.label or app.label or app.package
    return (
        f"Service[label={label}, {_FEEDBACK}, capabilities=11, eventTypes=TYPES_ALL_MASK, "
        f"notificationTimeout=0, requestA11yBtn=false]"
    )


def _old_user(phone: Phone, user: User) -> Lines:
    bound = ", \n                     ".join(_bound_text(*row) for row in _services(phone, user, "bound"))
    current = str(user.id == 0).lower()
    yield (
        f"User state[attributes:{{id={user.id}, currentUser={current}, touchExplorationEnabled=false, "
        f"displayMagnificationEnabled=false, navBarMagnificationEnabled=false, autoclickEnabled=false}}"
    )
    yield f"           services:{{{bound}}}]"
    yield ""


def _user(phone: Phone, user: User) -> Lines:
    installed = _installed(phone, user)
    yield "User state["
    yield (
        f"     attributes:{{id={user.id}, touchExplorationEnabled=false, serviceHandlesDoubleTap=false, "
        f"requestMultiFingerGestures=false, displayMagnificationEnabled=false, autoclickEnabled=false, "
        f"nonInteractiveUiTimeout=0, interactiveUiTimeout=0, installedServiceCount={len(installed)}}}"
    )
    if phone.samsung:
        yield "     installed services: {"
        for index, (app, service) in enumerate(installed):
            yield f"      {index} : {short(app, service.service)}{'  (A11yTool)' if service.tool else ''}"
        yield "     }"
    else:
        yield "     shortcut key:{}"
        yield "     button:{}"
        yield "     button target:{null}"
    bound = ", \n                     ".join(_bound_text(*row) for row in _services(phone, user, "bound"))
    yield f"     Bound services:{{{bound}}}"
    yield f"     Enabled services:{{{_set(_services(phone, user, 'enabled', 'bound', 'crashed'))}}}"
    yield "     Binding services:{}"
    yield f"     Crashed services:{{{_set(_services(phone, user, 'crashed'))}}}"
    yield "     Client list info:{"
    yield "          Client list callbacks: 6"
    yield "          Registered clients:{"
    names = "".join(f"[{app.package}]" for app in _clients(phone, user))
    yield f"{names}}}]"
    yield ""


def _clients(phone: Phone, user: User) -> Iterator[App]:
    apps = phone.user_apps(phone.at("dumpsys accessibility clients"), user.id)
    return (app for app in apps if app.process or app.usage)


def _set(services: list[Service]) -> str:
    return ", ".join(f"{{{full(app, service.service)}}}" for app, service in services)


def _samsung_user(phone: Phone, user: User) -> Lines:
    yield f"User state[attributes:{{id={user.id}, currentUser={str(user.id == 0).lower()}"
    yield "  mIsNavBarMagnificationAssignedToAccessibilityButton = false"
    yield "  mIsTouchExplorationEnabled = false"
    yield "  mBindInstantServiceAllowed = false"
    yield "  }"
    groups: tuple[tuple[str, list[Service]], ...] = (
        ("installed services: {", _installed(phone, user)),
        ("enabled services: {", _services(phone, user, "enabled", "bound", "crashed")),
        ("binding services: {", []),
        ("bound services:{", _services(phone, user, "bound")),
    )
    for title, rows in groups:
        yield f"  {title}"
        yield from (f"    {index} : {short(app, service.service)}" for index, (app, service) in enumerate(rows))
        yield "  }"
    yield "  AccessibilityInputFilter:{"
    yield "  }]"
    yield ""


def device_policy(phone: Phone) -> Lines:
    """Owners, then the active administrators of each user with their policies."""
    yield "Current Device Policy Manager state:"
    if phone.since(11):
        yield from ("  Immutable state:", "    mHasFeature=true", "    mIsWatch=false", "    mIsAutomotive=false", "")
    for app in phone.at("dumpsys device_policy device-owner"):
        if app.admin and app.admin.owner == "device":
            yield "  Device Owner: "
            yield from _owner(app)
            yield "    User ID: 0"
            yield ""
    for app in phone.at("dumpsys device_policy profile-owner"):
        if app.admin and app.admin.owner == "profile":
            yield f"  Profile Owner (User {app.users[0]}): "
            yield from _owner(app)
            yield ""
    for user in phone.users:
        yield from _admins(phone, user)
    yield "  Encryption Status: per-user"
    yield "  Logout enabled: false" if not phone.since(11) else "  Keep profiles running: false"


def _owner(app: App) -> Lines:
    receiver = app.admin.receiver if app.admin else ""
    yield f"    admin=ComponentInfo{{{full(app, receiver)}}}"
    yield f"    name={app.label}"
    yield f"    package={app.package}"


def _admins(phone: Phone, user: User) -> Lines:
    yield f"  Enabled Device Admins (User {user.id}, provisioningState: 0):"
    for app in phone.user_apps(phone.at("dumpsys device_policy admin"), user.id):
        if app.admin is None:
            continue
        yield f"    {short(app, app.admin.receiver)}:"
        yield f"      uid={phone.uid(app, user.id)}"
        yield "      testOnlyAdmin=false"
        yield "      policies:"
        yield from (f"        {policy}" for policy in app.admin.policies)
        yield "      passwordQuality=0x0"
        yield "      minimumPasswordLength=0"
        yield "      disableCamera=false"
        vpn = app.package if app.vpn in {"always-on", "lockdown"} else "null"
        if phone.since(11):
            yield f"      mAlwaysOnVpnPackage={vpn}"
            yield f"      mAlwaysOnVpnLockdown={str(app.vpn == 'lockdown').lower()}"
        yield "      isParent=false"
    yield "    "
    yield "    mPasswordOwner=-1"
    yield "    User control disabled packages:null" if phone.since(12) else "    mDelegationMap={}"
    yield ""


def notification(phone: Phone) -> Lines:
    """Preferences of each app, then who may read notifications."""
    yield "Current Notification Manager state:"
    yield "  Notification List:"
    yield ""
    yield " Notification Preferences:"
    yield "    per-package config version: 4"
    yield "PackagePreferences:"
    for app in phone.at("dumpsys notification settings"):
        if not app.system:
            yield f"      AppSettings: {app.package} ({phone.uid(app, app.users[0])}) importance=DEFAULT userSet=false"
    yield "Restored without uid:"
    yield ""
    yield "  Notification listeners:"
    yield "    Allowed notification listeners:"
    for user in phone.users:
        apps = phone.user_apps(phone.at("dumpsys notification allowed"), user.id)
        names = [full(app, app.listener.service) for app in apps if app.listener]
        yield f"      {':'.join(names)} (user: {user.id} isPrimary: true)"
    live = [app for app in phone.at("dumpsys notification live") if app.listener and app.listener.live]
    components = [f"ComponentInfo{{{full(app, app.listener.service)}}}" for app in live if app.listener]
    yield f"    All notification listeners ({len(live)}) enabled for current profiles:"
    yield from (f"      {component}" for component in components)
    yield f"    Live notification listeners ({len(live)}):"
    for app, component in zip(live, components, strict=True):
        proxy = f"android.service.notification.INotificationListener$Stub$Proxy@{phone.identity(app.package + 'nl')}"
        yield f"      {component} (user {app.users[0]}): {proxy}"
    yield "    Snoozed notification listeners (0):"
    yield ""


_ROLES = ("ASSISTANT", "BROWSER", "DIALER", "HOME", "SMS", "EMERGENCY", "CALL_SCREENING", "CALL_REDIRECTION")


def role(phone: Phone) -> Lines:
    """Holders of roles; the section does not exist before Android 10."""
    yield "ROLE STATE (dumpsys role):" if phone.since(12) else "ROLE MANAGER STATE (dumpsys role):"
    yield "{"
    for user in phone.users:
        holders = _holders(phone, user)
        yield "  user_states={"
        yield f"    user_id={user.id}"
        yield "    version=1"
        yield f"    packages_hash={phone.identity('roles') * 8:.64}"
        yield "    roles=["
        for name in sorted({*(f"android.app.role.{name}" for name in _ROLES), *holders}):
            yield "      {"
            yield f"        name={name}"
            yield from (f"        holders={package}" for package in holders.get(name, ()))
            yield "      }"
        yield "    ]"
        yield "  }"
    yield "}"


def _holders(phone: Phone, user: User) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app in phone.user_apps(phone.at("dumpsys role"), user.id):
        for name in app.roles:
            whole = name if "." in name else f"android.app.role.{name}"
            found.setdefault(whole, []).append(app.package)
    return found


def input_method(phone: Phone) -> Lines:
    """Installed input methods and the current one."""
    yield "Current Input Method Manager state:"
    yield "  Input Methods:"
    keyboards = [(app, app.keyboard) for app in phone.at("dumpsys input_method") if app.keyboard]
    for index, (app, keyboard) in enumerate(keyboards):
        yield f"  InputMethod #{index}:"
        yield f"    mId={short(app, keyboard.service)} mSettingsActivityName=null mIsVrOnly=false"
        yield f"    mIsDefaultResId=0x{phone.identity(app.package)}"
        yield "    Service:"
        yield "      ServiceInfo:"
        yield f"        name={full(app, keyboard.service).partition('/')[2]}"
        yield f"        packageName={app.package}"
        yield f"        labelRes=0x0 nonLocalizedLabel=null icon=0x0 processName={app.package}"
    current = next((short(app, board.service) for app, board in keyboards if board.state == "default"), "null")
    yield f"  mCurMethodId={current}"
    yield f"  mSelectedMethodId={current}"
    yield ""
