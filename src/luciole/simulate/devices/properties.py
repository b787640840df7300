"""System properties, mounts, processes, services and other short texts of a simulated device."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from luciole.simulate.devices.phone import Phone

SERVICE_INTERFACES = {
    "accessibility": "android.view.accessibility.IAccessibilityManager",
    "account": "android.accounts.IAccountManager",
    "activity": "android.app.IActivityManager",
    "appops": "com.android.internal.app.IAppOpsService",
    "package": "android.content.pm.IPackageManager",
    "settings": "",
}


def properties(phone: Phone) -> dict[str, str]:
    """The properties that getprop prints, sorted by key."""
    description = phone.description
    brand = description.manufacturer.lower()
    build = f"UQ1A.{phone.number('build', 900_000) + 100_000}"
    product = description.model.lower().replace(" ", "_")
    rooted = description.root.debuggable
    values = {
        "gsm.version.baseband": "1.0",
        "net.hostname": f"android-{phone.identity('host')}",
        "persist.sys.locale": description.locale,
        "persist.sys.timezone": description.timezone,
        "persist.sys.usb.config": "adb" if description.adb_enabled else "mtp",
        "ro.adb.secure": "1",
        "ro.boot.flash.locked": "1" if description.verified_boot == "green" else "0",
        "ro.boot.vbmeta.device_state": "locked" if description.verified_boot == "green" else "unlocked",
        "ro.boot.verifiedbootstate": description.verified_boot,
        "ro.boot.selinux": "permissive" if description.root.permissive else "enforcing",
        "ro.build.display.id": build,
        "ro.build.fingerprint": f"{brand}/{product}/{product}:{description.android_version}/{build}/1:user/"
        + ("test-keys" if rooted else "release-keys"),
        "ro.build.id": build,
        "ro.build.tags": "test-keys" if rooted else "release-keys",
        "ro.build.type": "userdebug" if rooted else "user",
        "ro.build.version.release": description.android_version,
        "ro.build.version.sdk": str(phone.sdk),
        "ro.build.version.security_patch": description.patch_level,
        "ro.crypto.state": "encrypted",
        "ro.debuggable": str(int(rooted)),
        "ro.product.brand": brand,
        "ro.product.device": product,
        "ro.product.manufacturer": description.manufacturer.lower() if phone.samsung else description.manufacturer,
        "ro.product.model": description.model,
        "ro.product.name": product,
        "ro.secure": "1",
        "ro.serialno": description.serial,
    }
    if phone.samsung:
        values["ro.boot.warranty_bit"] = "0" if description.verified_boot == "green" else "1"
    for index, host in enumerate(phone.planted("host", "getprop")):
        values[f"net.dns{index + 1}"] = host
    return dict(sorted(values.items()))


def getprop(phone: Phone) -> Iterator[str]:
    """The text of getprop."""
    return (f"[{key}]: [{value}]\n" for key, value in properties(phone).items())


def mounts(phone: Phone) -> list[str]:
    """Lines of the mount table."""
    return [
        "/dev/block/dm-4 on / type ext4 (ro,seclabel,relatime)",
        "/dev/block/dm-5 on /vendor type ext4 (ro,seclabel,relatime)",
        "/dev/block/dm-9 on /data type f2fs (rw,lazytime,seclabel,nosuid,nodev,noatime)",
        *phone.description.root.mounts,
    ]


def services(phone: Phone) -> Iterator[str]:
    """The text of `service list`."""
    rows = dict(SERVICE_INTERFACES)
    for app in phone.at("services"):
        if app.only_in:
            rows[app.package] = f"{app.package}.IRemoteService"
    yield f"Found {len(rows)} services:\n"
    for index, (name, interface) in enumerate(sorted(rows.items())):
        yield f"{index}\t{name}: [{interface}]\n"


_Process = tuple[str, str, int, int]


def _processes(phone: Phone) -> Iterator[_Process]:
    """Short name, command, process id and user id."""
    yield "init", "/system/bin/init second_stage", 1, 0
    for index in range(phone.description.filler.processes):
        yield f"kworker/{index}", "", index + 2, 0
    for app, user in phone.each("processes command"):
        if app.process:
            yield app.package[-15:], app.package, phone.pid(app, user), phone.uid(app, user)
    for app in phone.at("processes remote"):
        if app.only_in:
            yield "remote", f"{app.package}:remote", phone.pid(app), phone.uid(app)


def processes_json(phone: Phone) -> bytes:
    """Processes as the collector lists them."""
    rows = [
        {
            "pid": number, "uid": uid, "ppid": 1, "pgroup": number, "psid": 0, "filename": f"({name})", "priority": 20,
            "state": "S", "user_time": 12, "kernel_time": 7,
            "path": "/system/bin/app_process64" if uid >= 10_000 else "",  # noqa: PLR2004 - the number is the format's
            "context": "u:r:untrusted_app:s0", "previous_context": "u:r:zygote:s0",
            "command_line": [part for part in command.split(" ") if part], "env": [], "cwd": "/",
        }
        for name, command, number, uid in _processes(phone)
    ]  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(rows), indent=4)


def processes_text(phone: Phone) -> Iterator[str]:
    """Processes as `ps -A` lists them."""
    yield "USER           PID  PPID     VSZ    RSS WCHAN            ADDR S NAME                       \n"
    for name, command, number, uid in _processes(phone):
        owner = "root" if uid < 10_000 else f"u{uid // 100_000}_a{uid % 100_000 - 10_000}"  # noqa: PLR2004 - the number is the format's
        shown = command.partition(" ")[0] or f"[{name}]"
        yield f"{owner:<12} {number:>5} {1:>5} {14_000_000:>8} {90_000:>6} {'do_epoll_wait':<16} {0:>4} S {shown}\n"
