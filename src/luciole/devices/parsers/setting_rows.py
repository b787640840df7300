"""What one setting of Android says: protections, default apps, services that were switched on, proxies, DNS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from luciole.devices.parsers.rows import Component, Row, component, components, is_package
from luciole.kernel.facts import Value

_OFF = frozenset({"0", "-1", "false"})
_ON = frozenset({"1", "true"})
PROTECTIONS = {
    "package_verifier_user_consent": "play-protect",
    "package_verifier_enable": "install-verification",
    "package_verifier_state": "install-verification",
    "verifier_verify_adb_installs": "adb-verification",
    "adb_install_need_confirm": "adb-verification",
    "upload_apk_enable": "upload-for-checking",
}
"""Keys of protections, by what they protect; 0, -1 and false are off."""
_ROLES = {"sms_default_application": "sms", "dialer_default_application": "dialer", "assistant": "assistant"}
_SHOWN = frozenset(PROTECTIONS) | frozenset(_ROLES) | {
    "send_security_reports", "samsung_errorlog_agree", "send_action_app_error", "accessibility_enabled",
    "enabled_accessibility_services", "enabled_notification_listeners", "default_input_method",
    "enabled_input_methods", "install_non_market_apps", "http_proxy", "global_http_proxy_host",
    "global_http_proxy_port", "private_dns_mode", "private_dns_specifier", "adb_enabled", "adb_wifi_enabled",
    "development_settings_enabled", "always_on_vpn_app", "always_on_vpn_lockdown", "location_mode",
    "device_provisioned",
    "voice_interaction_service", "autofill_service", "stay_on_while_plugged_in", "touch_exploration_enabled",
    "screen_off_timeout", "lock_screen_show_notifications", "hidden_api_policy", "package_verifier_include_adb",
    "enabled_notification_policy_access_packages", "enabled_notification_assistant", "default_vr_service",
    "trust_agents_initialized", "enabled_trust_agents", "lockscreen.disabled",
}  # fmt: skip
"""Keys worth showing; everything else is only searched for names."""
NOBODY = frozenset({"", "null", "android", "com.android.settings", "com.android.providers.settings", "root"})
"""Settings that these changed were changed by a person or by Android itself."""


LONGEST_SHOWN = 4_096
"""Characters of a value that a fact shows; the apps in a value are read to its end."""


class Setting(NamedTuple):
    """One setting as read. package: who set it, where that is printed."""

    line: int
    namespace: str
    key: str
    value: str
    user: int | None = None
    package: str = ""


def setting_rows(setting: Setting) -> Iterator[Row]:
    """Every row that the setting stands for; apps that only happen to be named in a value are named too."""
    value = "" if setting.value == "null" else setting.value
    if setting.key in _SHOWN:
        yield _shown(setting)
    if setting.package not in NOBODY and is_package(setting.package):
        attributes: dict[str, Value] = {"value": value[:LONGEST_SHOWN], "namespace": setting.namespace}
        yield Row("changed_setting", setting.key, setting.line, setting.package, setting.user, attributes)
    if setting.key in PROTECTIONS and value in _OFF:
        yield Row(
            "protection.off",
            PROTECTIONS[setting.key],
            setting.line,
            attributes={"value": value, "package": setting.package},
        )
    yield from _apps(setting, value)
    yield from _device(setting, value)


def _shown(setting: Setting) -> Row:
    attributes: dict[str, Value] = {"value": setting.value[:LONGEST_SHOWN], "namespace": setting.namespace}
    if setting.package:
        attributes["package"] = setting.package
    if setting.user is not None:
        attributes["user"] = setting.user
    return Row("setting", setting.key, setting.line, attributes=attributes)


def _apps(setting: Setting, value: str) -> Iterator[Row]:
    """Rows about the apps in a value."""
    line, user = setting.line, setting.user
    if setting.key in _ROLES:
        package = value.partition("/")[0]
        if is_package(package):
            yield Row("role.holder", _ROLES[setting.key], line, package, user)
    elif setting.key == "enabled_accessibility_services":
        yield from (_state("accessibility.state", each, "enabled", setting) for each in _listed(value))
    elif setting.key == "enabled_notification_listeners":
        yield from (_state("notification_listener", each, "allowed", setting) for each in _listed(value))
    elif setting.key == "default_input_method":
        yield from (_state("keyboard", each, "default", setting) for each in components(value))
    elif setting.key == "enabled_input_methods":
        yield from (_state("keyboard", each, "enabled", setting) for each in _listed(value))
    elif setting.key == "always_on_vpn_app" and is_package(value):
        yield Row("vpn.always_on", value=True, line=line, package=value, user=user)
    else:
        yield from (Row("app.named", "", line, each.package, user) for each in components(value))


def _listed(value: str) -> list[Component]:
    """Components separated by colons; subtypes after a semicolon are dropped."""
    found = (component(part.partition(";")[0].strip()) for part in value.split(":"))
    return [each for each in found if each is not None]


def _state(name: str, found: Component, state: str, setting: Setting) -> Row:
    return Row(name, found.name, setting.line, found.package, setting.user, {"state": state})


def _device(setting: Setting, value: str) -> Iterator[Row]:
    """Rows about the device itself."""
    line = setting.line
    if setting.key in {"adb_enabled", "adb_wifi_enabled"}:
        yield Row("adb.enabled", value in _ON, line, attributes={"wireless": setting.key == "adb_wifi_enabled"})
    elif setting.key == "development_settings_enabled":
        yield Row("developer_options", value in _ON, line)
    elif setting.key == "install_non_market_apps" and value in _ON:
        yield Row("unknown_sources", "legacy-setting", line)
    elif (setting.key == "http_proxy" and value not in {"", ":0"}) or (
        setting.key == "global_http_proxy_host" and value
    ):
        yield Row("proxy", value, line)
    elif setting.key == "private_dns_specifier" and value:
        yield Row("private_dns", value, line, attributes={"mode": "hostname"})
