"""The settings of a simulated device: what Android sets by itself, what was described, and what apps stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from luciole.simulate.devices.description import App, Setting
from luciole.simulate.devices.phone import Phone, full, short

_DEFAULTS = (
    Setting("global", "adb_enabled", "1"),
    Setting("global", "airplane_mode_on", "0", "android"),
    Setting("global", "development_settings_enabled", "1"),
    Setting("global", "device_provisioned", "1", "com.google.android.setupwizard"),
    Setting("global", "package_verifier_user_consent", "1", "com.google.android.gms"),
    Setting("global", "verifier_verify_adb_installs", "1", "android"),
    Setting("global", "package_verifier_enable", "1", "android"),
    Setting("global", "upload_apk_enable", "1", "com.google.android.gms"),
    Setting("secure", "install_non_market_apps", "1", "android"),
    Setting("secure", "location_mode", "3", "android"),
    Setting("secure", "user_setup_complete", "1", "com.google.android.setupwizard"),
    Setting("secure", "lock_screen_show_notifications", "1"),
    Setting("system", "screen_brightness", "102", "com.android.systemui"),
    Setting("system", "screen_off_timeout", "30000"),
    Setting("system", "user_rotation", "0", "android"),
)


def settings_of(phone: Phone, user: int) -> list[Setting]:
    """All settings of one user, sorted as Android lists them; global ones belong to user 0."""
    rows: dict[tuple[str, str], Setting] = {}
    for row in (*_DEFAULTS, *_from_device(phone, user), *_from_apps(phone, user), *phone.description.settings):
        shared = row in _DEFAULTS and row.namespace != "global"
        if shared or row.user == user:
            rows[row.namespace, row.key] = row
    return [rows[key] for key in sorted(rows)]


def _from_device(phone: Phone, user: int) -> Iterator[Setting]:
    description = phone.description
    if user:
        return
    yield Setting("global", "adb_enabled", str(int(description.adb_enabled)))
    proxies = [description.proxy, *(f"{host}:8080" for host in phone.planted("host", "proxy"))]
    if proxies[-1]:
        yield Setting("global", "http_proxy", proxies[-1])
        host, _, port = proxies[-1].partition(":")
        yield Setting("global", "global_http_proxy_host", host)
        yield Setting("global", "global_http_proxy_port", port)
    servers = [description.private_dns, *phone.planted("host", "private-dns")]
    if servers[-1]:
        yield Setting("global", "private_dns_mode", "hostname")
        yield Setting("global", "private_dns_specifier", servers[-1])
    for host in phone.planted("host", "settings global"):
        yield Setting("global", "captive_portal_http_url", f"http://{host}/generate_204")
    for app in phone.at("dumpsys settings package"):
        if app.only_in:
            yield Setting("secure", "sampled_setting", "1", app.package)
    for app in phone.at("dumpsys settings history"):
        if app.only_in:
            yield Setting("secure", "sampled_history", "1", app.package, at=phone.description.taken, before="0")


def _joined(names: list[str]) -> str:
    return ":".join(names)


def _from_apps(phone: Phone, user: int) -> Iterator[Setting]:
    def apps(place: str) -> Iterator[App]:
        return phone.user_apps(phone.at(place), user)

    on = {"enabled", "bound", "crashed"}
    services = [
        full(app, service.service)
        for app in apps("settings accessibility")
        for service in app.accessibility
        if service.state in on
    ]
    if services:
        yield Setting("secure", "accessibility_enabled", "1", user=user)
        yield Setting("secure", "enabled_accessibility_services", _joined(services), user=user)
    listeners = [full(app, app.listener.service) for app in apps("settings listeners") if app.listener]
    if listeners:
        yield Setting("secure", "enabled_notification_listeners", _joined(listeners), "android", user=user)
    boards = [app for app in apps("settings keyboard") if app.keyboard]
    used = [short(app, app.keyboard.service) for app in boards if app.keyboard and app.keyboard.state != "installed"]
    if used:
        yield Setting("secure", "enabled_input_methods", _joined(used), "android", user=user)
    for app in boards:
        if app.keyboard and app.keyboard.state == "default":
            yield Setting("secure", "default_input_method", short(app, app.keyboard.service), "android", user=user)
    yield from _role_settings(apps, user)


def _role_settings(apps: Callable[[str], Iterator[App]], user: int) -> Iterator[Setting]:
    for place, role, key, tail in (
        ("settings sms", "SMS", "sms_default_application", ""),
        ("settings dialer", "DIALER", "dialer_default_application", ""),
        ("settings assistant", "ASSISTANT", "assistant", "/.AssistService"),
    ):
        for app in apps(place):
            if role in app.roles:
                yield Setting("secure", key, app.package + tail, "android", user=user)
    for app in apps("settings autofill"):
        if app.autofill:
            yield Setting("secure", "autofill_service", f"{app.package}/.FillService", user=user)
    for app in apps("settings vpn"):
        if app.vpn in {"always-on", "lockdown"}:
            yield Setting("secure", "always_on_vpn_app", app.package, "android", user=user)
            yield Setting("secure", "always_on_vpn_lockdown", str(int(app.vpn == "lockdown")), "android", user=user)
