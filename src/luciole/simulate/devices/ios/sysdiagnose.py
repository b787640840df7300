"""The files of a simulated diagnosis archive (sysdiagnose) of an iPhone, and the archive itself."""

from __future__ import annotations

import io
import plistlib
import tarfile
from collections.abc import Iterator

from luciole.simulate.devices.ios import content
from luciole.simulate.devices.ios.content import binary, moment, planted
from luciole.simulate.devices.ios.databases import database
from luciole.simulate.devices.ios.description import IosDescription

Named = tuple[str, bytes]


def folder(description: IosDescription) -> str:
    """The folder inside the archive, as the system names it."""
    stamp = moment(description.taken).strftime("%Y.%m.%d_%H-%M-%S+0000")
    return f"sysdiagnose_{stamp}_iPhone-OS_iPhone_{description.build}"


def archive(description: IosDescription) -> bytes:
    """The tar.gz archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", format=tarfile.PAX_FORMAT) as target:
        for name, data in members(description):
            entry = tarfile.TarInfo(f"{folder(description)}/{name}")
            entry.size, entry.mtime, entry.mode = len(data), content.unix(description.taken), 0o644
            target.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def members(description: IosDescription) -> Iterator[Named]:
    """Every file with its name inside the folder."""
    for name, data in _members(description):
        if name.rpartition("/")[2] not in description.absent:
            yield name, data


def _members(description: IosDescription) -> Iterator[Named]:
    version = {
        "ProductName": "iPhone OS",
        "ProductVersion": description.version,
        "ProductBuildVersion": description.build,
    }
    yield "logs/SystemVersion/SystemVersion.plist", plistlib.dumps(version)
    yield "sysdiagnose.log", b"sysdiagnose started\n"
    for path, data in content.profile_files(description):
        yield f"logs/MCState/Shared/{path}", data
    yield "logs/Accessibility/TCC.db", content.tcc(description)
    yield "logs/Networking/com.apple.networkextension.plist", content.network(description)
    yield "logs/MobileInstallation/mobile_installation.log.0", _installation(description)
    yield "logs/MobileContainerManager/containermanagerd.log.0", _containers(description)
    yield "logs/appinstallation/AppUpdates.sqlitedb", _updates(description)
    yield "logs/powerlogs/powerlog_2025-03-20.PLSQL", _power(description)
    yield "ps.txt", _processes(description)
    yield "taskinfo.txt", _tasks(description)
    yield "system_logs.logarchive/Extra/shutdown.log", _shutdown(description)
    yield (
        "remotectl_dumpstate.txt",
        f"\tProductType => {description.model}\n\tOSVersion => {description.version}\n".encode(),
    )
    for name in planted(description, "crash"):
        yield from _crash(description, name)
    yield "logs/other.txt", b"nothing of interest\n"


def _stamp(description: IosDescription) -> str:
    return moment(description.taken).strftime("%a %b %d %H:%M:%S %Y")


def _installation(description: IosDescription) -> bytes:
    names = [app.bundle for app in description.apps if not app.removed] + planted(description, "install-log")
    lines = [
        f"{_stamp(description)} [78] <notice> (0x16f2d3000) -[MIInstaller performInstallationWithError:]: Installing "
        f"<MIInstallableBundle ID={name}; Version=1, ShortVersion=1.0>"
        for name in names
    ]
    lines += [
        f"{_stamp(description)} [78] <notice> (0x16f2d3000) -[MIUninstaller _uninstallBundleWithIdentity:"
        f"linkedToChildren:"
        f"waitForDeletion:uninstallReason:deleteDataContainers:wasLastReference:error:]: Uninstalling "
        f"identifier {app.bundle}"
        for app in description.apps
        if app.removed
    ]
    return ("\n".join(lines) + "\n").encode()


def _containers(description: IosDescription) -> bytes:
    lines = [f"{_stamp(description)} [99] <notice> containermanagerd: creating container for {name}"
             for name in planted(description, "container-log")]  # fmt: skip
    return ("\n".join(["containermanagerd start", *lines]) + "\n").encode()


def _updates(description: IosDescription) -> bytes:
    script = (
        "CREATE TABLE app_updates (pid INTEGER PRIMARY KEY, bundle_id TEXT, item_id INTEGER, update_state INTEGER);"
    )
    names = [app.bundle for app in description.apps if app.origin == "app-store" and not app.removed]
    names += planted(description, "app-database")
    return database(script, [("app_updates", (n, name, n, 0)) for n, name in enumerate(names, 1)])


def _power(description: IosDescription) -> bytes:
    script = (
        "CREATE TABLE PLApplicationAgent_EventNone_AllApps (ID INTEGER PRIMARY KEY, timestamp REAL, AppName TEXT, "
        "AppBundleId TEXT, AppDeletedDate REAL);"
    )
    table = "PLApplicationAgent_EventNone_AllApps"
    names = [(app.bundle, app.removed) for app in description.apps]
    names += [(name, False) for name in planted(description, "power-log")]
    seen = float(content.unix(description.taken))
    return database(
        script, [(table, (n, seen, "App", name, seen if gone else 0.0)) for n, (name, gone) in enumerate(names, 1)]
    )


def _processes(description: IosDescription) -> bytes:
    columns = "USER UID PRSNA PID PPID F %CPU %MEM PRI NI VSZ RSS WCHAN TT STAT STARTED TIME COMMAND"
    widths = (16, 4, 6, 5, 5, 8, 5, 4, 3, 2, 9, 6, 8, 3, 4, 8, 8, 0)
    folder = "/private/var/containers/Bundle/Application/0A0A0A0A-0000"
    commands = ["/sbin/launchd", "/usr/libexec/locationd"]
    commands += [f"{folder}/{name}.app/{name}" for name in planted(description, "process")]
    lines = [columns.split()]
    for number, command in enumerate(commands, 1):
        values = f"mobile 501 - {number} 1 4004 0.0 0.1 31 0 407933888 3000 - ?? Ss 10:00AM 0:00.10".split()
        lines.append([*values, command])
    return "".join(
        " ".join(part.ljust(width) for part, width in zip(line, widths, strict=True)) + "\n" for line in lines
    ).encode()


def _tasks(description: IosDescription) -> bytes:
    del description
    return b'process: "launchd" [1] [unique ID: 1]\nprocess: "locationd" [2] [unique ID: 2]\n'


def _shutdown(description: IosDescription) -> bytes:
    when = content.unix(description.taken)
    return (
        "After 1.5s, these clients are still here:\n"
        "\t\tremaining client pid: 72 (/usr/libexec/backboardd)\n"
        f"SIGTERM: [{when}] All buses are still here\n"
    ).encode()


def _crash(description: IosDescription, name: str) -> Iterator[Named]:
    when = moment(description.taken).strftime("%Y-%m-%d-%H%M%S")
    head = f'{{"app_name":"App","timestamp":"{description.taken}","bug_type":"309","bundleID":"{name}"}}\n'
    yield f"crashes_and_spins/App-{when}.ips", (head + '{"procName":"App"}\n').encode()
    yield f"crashes_and_spins/proxied-{when}.ips", binary({})
