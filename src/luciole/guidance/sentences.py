"""One plain sentence for each kind of fact, so that evidence reads as words and not as field names.

{value} is the fact's value; other places are its attributes. A sentence says what was read, never what somebody did.
"""

from __future__ import annotations

from luciole.kernel.text import mark as _

APP_FILE: dict[str, str] = {
    "file.kind": _("The app came as: {value}"),
    "file.size": _("Size of the file: {value} bytes"),
    "file.sha256": _("SHA-256 of the file: {value}"),
    "file.sha1": _("SHA-1 of the file: {value}"),
    "file.md5": _("MD5 of the file: {value}"),
    "file.tlsh": _("Similarity digest (TLSH): {value}"),
    "file.ssdeep": _("Similarity digest (ssdeep): {value}"),
    "file.part": _("Part {split} of the app: {value}"),
    "file.part_missing": _("This part of the app was not handed in: {value}"),
    "app.package": _("Package name: {value}"),
    "app.label": _("Name shown to people: {value}"),
    "app.icon": _("Icon: {path}"),
    "app.version_name": _("Version: {value}"),
    "app.version_code": _("Version number: {value}"),
    "app.sdk": _("Android level ({kind}): {value}"),
    "app.target_sdk": _("Made for Android level {value}"),
    "app.min_sdk": _("Needs at least Android level {value}"),
    "app.shared_user": _("Shares its identity with other apps: {value}"),
    "app.flag": _("The app sets the property {value}"),
    "app.split": _("This file is the part {value} of an app"),
    "app.overlay_target": _("It changes how another app looks: {value}"),
    "permission.requested": _("The app asks for the permission {value}"),
    "permission.declared": _("The app defines the permission {value}"),
    "component": _("The app has a part of kind {kind}: {value}"),
    "intent_filter": _("{value} is called on: {actions}"),
    "metadata": _("The app states {value} = {value_of}"),
    "query": _("The app asks to see {value}"),
    "feature": _("The app names the device feature {value}"),
    "launcher.entry": _("An entry for the home screen, {state}: {value}"),
    "launcher.visible": _("The app shows an icon on the home screen: {value}"),
    "theme.invisible": _("A screen that shows nothing: {value}"),
    "accessibility.service": _("The app can be an accessibility service: {value}"),
    "device_admin.policies": _("As device administrator the app could: {policies}"),
    "network_security": _("Network rules of the app: {value}"),
    "backup.rules": _("Backup rules of the app: {value}"),
    "signature.scheme": _("Signature {value}: {state}"),
    "signature.certificate": _("Signed with the certificate {value} ({subject})"),
    "signature.accepted": _("Android levels {value} accept the signature"),
    "signature.weak": _("The signer proves little ({why}): {value}"),
    "signature.block": _("Further block beside the signature: {value}"),
    "code.dex": _("Code file {member}: {value}"),
    "code.url": _("The app holds the address {value}"),
    "code.host": _("The app names the host {value}"),
    "code.api": _("The code refers to the Android function {value}"),
    "code.string": _("The code holds the text {value}"),
    "code.cluster": _("Code under {prefix}: {value}"),
    "code.packer": _("The code is wrapped by a packer: {value}"),
    "native.library": _("Native library: {value}"),
    "native.export": _("Native function: {value}"),
    "carried.file": _("A file of kind {kind} is carried inside: {value}"),
    "rule.match": _("The rule {value} matches the code"),
    "anomaly": _("The file is put together in an odd way: {value} ({detail})"),
}

APP_ON_DEVICE: dict[str, str] = {
    "app.state": _("State on the device: {value}"),
    "app.named": _("Named in: {value}"),
    "app.system": _("Part of the system as delivered: {value}"),
    "app.uid": _("User number of the app: {value}"),
    "app.code_path": _("Installed in: {value}"),
    "app.installer": _("Installed by: {value}"),
    "app.sideloaded": _("Installed from outside an app store: {value}"),
    "app.first_installed": _("First installed: {value}"),
    "app.last_updated": _("Last updated: {value}"),
    "permission.granted": _("The permission {value} is granted"),
    "appop": _("{value}: {mode}, last used in the background: {last_background}, in the foreground: {last_foreground}"),
    "accessibility.state": _("Accessibility service {state}: {value}"),
    "device_admin.active": _("Active device administrator: {value}"),
    "device_owner": _("Owner of the {kind}: {value}"),
    "notification_listener": _("May read notifications: {value}"),
    "role.holder": _("Default app for: {value}"),
    "keyboard": _("Keyboard ({state}): {value}"),
    "battery.exempt": _("Exempt from battery saving: {value}"),
    "background_data": _("Rule for background data: {value}"),
    "vpn.always_on": _("All network traffic runs through this app: {value}"),
    "usage.last_used": _("Last opened: {value}"),
    "usage.never_foreground": _("No record that the app was ever opened: {value}"),
    "job": _("Scheduled work ({kind}): {value}"),
    "changed_setting": _("This app changed the setting {value}"),
    "resolver": _("The app is called on: {value}"),
    "process": _("Running process: {value}"),
    "removal": _("Removed: {value}"),
}

DEVICE: dict[str, str] = {
    "device.property": _("{key}: {value}"),
    "device.patch_age_days": _("Age of the security patch level in days: {value}"),
    "device.verified_boot": _("State of the verified start: {value}"),
    "device.bootloader_locked": _("The start program is locked: {value}"),
    "device.debuggable": _("The system is built for debugging: {value}"),
    "device.selinux": _("System protection SELinux: {value}"),
    "root.trace": _("Trace of root access ({kind}): {value}"),
    "device.user": _("User {value} of the device ({kind})"),
    "setting": _("Setting {value} = {value_of}"),
    "protection.off": _("A protection is switched off: {value}"),
    "unknown_sources": _("May install other apps: {value}"),
    "proxy": _("Network traffic runs through a proxy: {value}"),
    "private_dns": _("Private DNS server: {value}"),
    "user_certificate": _("A certificate authority was added: {value}"),
    "adb.enabled": _("Debugging over a cable or Wi-Fi is switched on: {value}"),
    "adb.trusted_key": _("A computer is trusted for debugging: {value}"),
    "developer_options": _("Developer options are switched on: {value}"),
    "device.managed": _("The device has an owner app: {value}"),
    "named.host": _("A text of the evidence names the host {value} ({source})"),
    "named.digest": _("A file with the digest {value} is on the device: {path}"),
    "named.package": _("A text of the evidence names the app {value} ({source})"),
    "contacted.host": _("The host {value} was contacted, says {source}"),
    "unreadable.section": _("A part that Luciole does not know: {value}"),
}

PROGRAM_FILE: dict[str, str] = {}

IOS: dict[str, str] = {}

NETWORK: dict[str, str] = {}

COMPUTER: dict[str, str] = {}

SENTENCES: dict[str, str] = {
    **APP_FILE, **PROGRAM_FILE, **APP_ON_DEVICE, **DEVICE, **IOS, **NETWORK, **COMPUTER,
}  # fmt: skip
"""The sentence for each fact name of the vocabulary; a test asserts that none is missing."""
